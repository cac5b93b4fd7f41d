import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatSshConfig } from '../../src/exports/format-access.ts'
import { expectCode } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

const settings = (folder: string) => ({
  user: 'ada',
  knownHostsFile: join(folder, 'known_hosts'),
  identityFiles: [join(folder, 'id_ed25519')],
})
const target = { name: 'worker-1', host: '127.0.0.1', hostKeys: ['ssh-ed25519 AAAA node'] }

describe('paths in ssh_config', () => {
  testWith('ssh').each([
    'a b',
    'say "hi"',
    `it's`,
    'back\\slash\\',
    '%h %d %%',
    '$HOME $(id) $b{c}',
    '☃ Größe',
    '# no comment',
    '~',
    '=',
    '"\\" ProxyCommand',
  ])('%j is what ssh reads', (name) => {
    const folder = join(temporaryFolder(), name)
    mkdirSync(folder)
    const file = join(folder, 'ssh_config')
    writeFileSync(file, formatSshConfig([target], settings(folder)))
    const { status, output } = run('ssh', ['-G', '-F', file, 'worker-1'], { env: { LC_ALL: 'C.UTF-8' } })
    expect(status, output).toBe(0)
    const lines = output.split('\n')
    expect(lines).toContain(`userknownhostsfile ${join(folder, 'known_hosts')}`)
    // -G shows this one before its tokens are expanded.
    expect(lines).toContain(`identityfile ${join(folder, 'id_ed25519').replaceAll('%', '%%')}`)
    expect(lines.filter((line) => /^(proxycommand|localcommand)/.test(line))).toEqual([])
  })

  testWith('ssh', 'ssh-keygen')('a key in an ugly folder is the one that ssh loads', () => {
    const folder = join(temporaryFolder(), 'a "b" %d \\ ☃')
    mkdirSync(folder)
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'id_ed25519')])
    const file = join(folder, 'ssh_config')
    writeFileSync(file, formatSshConfig([target], settings(folder)))
    const { output } = run('ssh', ['-v', '-F', file, '-o', 'ProxyCommand=echo', 'worker-1'], {
      env: { LC_ALL: 'C.UTF-8' },
    })
    // ssh shows other characters than ASCII as octal numbers.
    expect(output).toMatch(/identity file .*id_ed25519 type 3/)
  })

  test.each([
    ['${HOME}', '"${"'],
    ['a${', '"${"'],
    ['a\nProxyCommand evil', '"\\n"'],
    ['a\rb', '"\\r"'],
  ])('%j is refused, because ssh has no way to write it', (name, text) => {
    const error = expectCode('ACCESS_PATH_UNSUPPORTED', () => formatSshConfig([target], settings(join('/srv', name))))
    expect(error.message).toContain(`no way to write ${text} there`)
    expect(error.message).not.toContain('\n')
  })
})
