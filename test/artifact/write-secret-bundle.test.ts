import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeSecretBundle } from '../../src/artifact/write-secret-bundle.ts'
import type { RenderedFile, SecretFiles } from '../../src/model/rendered-node.ts'
import { run, testWith } from '../support/validators.ts'

const LONG = `var/lib/${'long/'.repeat(30)}key`
const FILES: SecretFiles = {
  common: [
    secretFile('etc/rancher/k3s/config.yaml', 'token: x\n'),
    secretFile(LONG, 'key\n'),
    secretFile('srv/ümläut', ''),
    { ...secretFile('srv/owned', 'x'.repeat(513)), mode: 0o4640, uid: 1000, gid: 1001 },
    { ...secretFile('srv/closed', 'nobody\n'), mode: 0 },
  ],
  nocloud: [secretFile('etc/ssh/key', 'host key\n')],
  firstrun: [{ ...secretFile('usr/lib/bantam/provision', '#!/bin/sh\n'), mode: 0o700 }],
}
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bantam-bundle-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

function secretFile(path: string, content: string): RenderedFile {
  return { volume: 'root', path, content: new TextEncoder().encode(content), mode: 0o600, uid: 0, gid: 0 }
}

/** What each entry is, by its name: `-rw------- 0/0 788`. */
function listBy(program: readonly string[], path: string): Readonly<Record<string, string>> {
  const [command = '', ...parameters] = program
  const { output } = run(command, [...parameters, '-tvf', path], { env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' } })
  const lines = output.trimEnd().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [, mode = '', owner = '', size = '', time = '', name = ''] =
        /^(\S+) +(\S+) +(\d+) (1970-01-01 00:00(?::00)?) (.*)$/.exec(line) ?? []
      return [name, `${mode} ${owner} ${size} ${time.slice(0, 10)}`]
    }),
  )
}

testWith('tar', 'busybox').each([[['tar', '--numeric-owner']], [['busybox', 'tar']]])(
  'gives every file its mode, owner and time, as %s reads them',
  async (program) => {
    const path = await writeSecretBundle(join(folder, 'bundle.tar'), FILES)
    const { SHA256SUMS: manifest, ...listed } = listBy(program, path)
    expect(manifest).toMatch(/^-rw------- 0\/0 \d+ 1970-01-01$/)
    expect(listed).toEqual({
      'common/etc/rancher/k3s/config.yaml': '-rw------- 0/0 9 1970-01-01',
      [`common/${LONG}`]: '-rw------- 0/0 4 1970-01-01',
      'common/srv/ümläut': '-rw------- 0/0 0 1970-01-01',
      'common/srv/owned': '-rwSr----- 1000/1001 513 1970-01-01',
      // Not readable by others, although the library takes 0 for a mode that was left out.
      'common/srv/closed': '---------- 0/0 7 1970-01-01',
      'nocloud/etc/ssh/key': '-rw------- 0/0 9 1970-01-01',
      'firstrun/usr/lib/bantam/provision': '-rwx------ 0/0 10 1970-01-01',
    })
  },
)

testWith('tar', 'sha256sum')('lists the sum of every file in its first entry', async () => {
  const path = await writeSecretBundle(join(folder, 'bundle.tar'), FILES)
  expect(run('tar', ['-tf', path]).output.split('\n')[0]).toBe('SHA256SUMS')
  run('tar', ['-xf', path, '-C', folder])
  const { status, output } = run('sh', ['-c', `cd '${folder}' && sha256sum -c SHA256SUMS`])
  expect(status, output).toBe(0)
  expect(output.match(/: OK$/gm)).toHaveLength(7)
})

test('the same files give the same bundle', async () => {
  const one = await readFile(await writeSecretBundle(join(folder, 'one.tar'), FILES))
  const other = await readFile(await writeSecretBundle(join(folder, 'other.tar'), FILES))
  expect(one.equals(other)).toBe(true)
})
