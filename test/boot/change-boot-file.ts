import { expect } from 'vitest'
import { readWithMtools, volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

/** Puts a file onto an image's boot partition with mtools, as a user does after flashing. */
export function addBootFile(image: string, path: string, source: string): void {
  const verdict = run('mcopy', ['-i', `${image}@@${volumesOf(image).boot.byteStart}`, source, `::${path}`])
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
}

/** Changes a file of an image's boot partition with mtools, which know nothing of us. */
export function changeBootFile(image: string, path: string, change: (text: string) => string): void {
  const after = change(readWithMtools(image, path))
  const verdict = run('mcopy', ['-o', '-i', `${image}@@${volumesOf(image).boot.byteStart}`, '-', `::${path}`], {
    input: after,
  })
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  expect(readWithMtools(image, path)).toBe(after)
}
