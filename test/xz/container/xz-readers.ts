/** The readers of .xz files that users meet: XZ Utils, libarchive, pixz and Python's lzma. They judge what we write. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type test } from 'vitest'
import { run, testWith } from '../../support/validators.ts'

export const testWithXzReaders: typeof test = testWith('xz', 'bsdcat', 'pixz', 'python3')

const pythonReader = 'import lzma, sys; sys.stdout.buffer.write(lzma.LZMAFile(sys.stdin.buffer).read())'

const readers: readonly (readonly [string, readonly string[]])[] = [
  ['xz', ['-dc', '-T1']],
  ['xz', ['-dc', '-T2']],
  ['bsdcat', []],
  ['pixz', ['-d']],
  ['python3', ['-c', pythonReader]],
]

/** Expects every reader, or every one but some, to take a file and to give these bytes. */
export function expectReadable(
  packed: Uint8Array,
  data: Uint8Array,
  folder: string,
  { except = [] }: { readonly except?: readonly string[] } = {},
): void {
  const path = join(folder, 'judged.xz')
  writeFileSync(path, packed)
  expect(run('xz', ['-t', path])).toEqual({ status: 0, output: '' })
  expect(run('xz', ['--list', '-vv', path]).status).toBe(0)
  for (const [program, parameters] of readers) {
    if (except.includes(program)) continue
    expect([program, ...parameters, readWith(program, parameters, path).equals(data)]).toEqual([
      program,
      ...parameters,
      true,
    ])
  }
}

function readWith(program: string, parameters: readonly string[], path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    return execFileSync(program, parameters, { stdio: [fd, 'pipe', 'ignore'], maxBuffer: 1 << 28 })
  } finally {
    closeSync(fd)
  }
}
