import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { requireTools } from '../../../src/base-images/debian/require-tools.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run } from '../../support/validators.ts'

function usePath(path: string): void {
  const before = process.env.PATH
  process.env.PATH = path
  onTestFinished(() => {
    process.env.PATH = before
  })
}

test('names every program that is missing, with its package', async () => {
  const folder = temporaryFolder()
  for (const name of ['sh', 'env'])
    symlinkSync(run('sh', ['-c', `command -v ${name}`]).output.trim(), join(folder, name))
  usePath(folder)
  const { message, hint } = await expectRejection(
    'DEBIAN_TOOLS_MISSING',
    requireTools({ emulation: true, userNamespaces: true }, new AbortController().signal),
  )
  expect(message).toMatch(
    /apt-get \(package apt\), .*mmdebstrap \(package mmdebstrap\), .*mcopy \(package mtools\), .*qemu-aarch64-static \(package qemu-user-static\), newuidmap \(package uidmap\)/,
  )
  expect(hint).toContain('npm run setup')
})

test('asks for nothing that this machine does not need', async () => {
  const folder = temporaryFolder()
  for (const name of ['sh', 'env'])
    symlinkSync(run('sh', ['-c', `command -v ${name}`]).output.trim(), join(folder, name))
  usePath(folder)
  const { message } = await expectRejection(
    'DEBIAN_TOOLS_MISSING',
    requireTools({ emulation: false, userNamespaces: false }, new AbortController().signal),
  )
  expect(message).not.toMatch(/qemu|newuidmap/)
})

test('if no program is found, all are missing', async () => {
  usePath(temporaryFolder())
  await expectRejection(
    'DEBIAN_TOOLS_MISSING',
    requireTools({ emulation: false, userNamespaces: false }, new AbortController().signal),
  )
})
