import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { LoadOptions } from '../../../src/config/load-cluster.ts'
import { BuildError } from '../../../src/errors.ts'
import { reveal } from '../../../src/model/secret.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { run, testWith } from '../../support/validators.ts'
import { loadFixture, problemsOf, withClusterFile } from '../load-fixture.ts'

type Values = Partial<LoadOptions['values']>

const wifi = (password: string): string => `name: home
network: {wifi: {ssid: barn, password: ${JSON.stringify(password)}, country: GB}}
nodes:
  - {name: server-1, profile: server}
`

/** The Wi-Fi password that a cluster file gives. */
async function passwordOf(file: string, values: Values = {}): Promise<string | null> {
  const { cluster, warnings } = await loadFixture(file, undefined, values)
  expect(warnings).toEqual([])
  const password = cluster.nodes[0]?.network.wifi?.password ?? null
  return password === null ? null : reveal(password)
}

describe('a text', () => {
  test.each([
    ['${env:A}', 'correct horse'],
    ['x${env:A}y', 'xcorrect horsey'],
    ['${env:A}${env:B}', 'correct horsebattery'],
    ['correct $${env:A}', 'correct ${env:A}'],
    ['Pa$$w0rd$', 'Pa$$w0rd$'],
  ])('%s is %s', async (text, expected) => {
    await withClusterFile(wifi(text), async (file) => {
      expect(await passwordOf(file, { env: { A: 'correct horse', B: 'battery' } })).toBe(expected)
    })
  })

  test('with several references is checked as a whole, and a wrong one names them all', async () => {
    await withClusterFile(wifi('${env:A}${env:B}'), async (file) => {
      const [problem] = await problemsOf(file, { env: { A: 'pass', B: 'w' } })
      expect(problem).toMatchObject({ code: 'REFERENCE_VALUE_INVALID' })
      expect(problem?.message).toContain('`${env:A}` and `${env:B}`')
    })
  })

  test('with two references that have no value has two problems', async () => {
    await withClusterFile(wifi('${env:A}${secret:b}'), async (file) => {
      const codes = (await problemsOf(file)).map(({ code }) => code)
      expect(codes).toEqual(['REFERENCE_VARIABLE_UNSET', 'REFERENCE_SECRET_UNSET'])
    })
  })

  test('with `$${` is checked without it', async () => {
    await withClusterFile(wifi('short$${'), async (file) => {
      expect(await problemsOf(file)).toMatchObject([{ code: 'NETWORK_WIFI_PASSWORD_INVALID' }])
    })
  })

  test('is a Secret from the start: nothing that prints the cluster shows it', async () => {
    await withClusterFile(wifi('${env:A}'), async (file) => {
      const loaded = await loadFixture(file, undefined, { env: { A: 'correct horse' } })
      for (const printed of [JSON.stringify(loaded), inspect(loaded, { depth: 12, showHidden: true })])
        expect(printed).not.toContain('correct horse')
    })
  })
})

test('an empty variable is one without a value, and so is the name of a method', async () => {
  await withClusterFile(wifi('${env:A}'), async (file) => {
    expect(await problemsOf(file, { env: { A: '' } })).toMatchObject([
      { code: 'REFERENCE_VARIABLE_UNSET', message: expect.stringContaining('which is empty') as string },
    ])
  })
  await withClusterFile(wifi('${env:toString}'), async (file) => {
    expect(await problemsOf(file)).toMatchObject([{ code: 'REFERENCE_VARIABLE_UNSET' }])
  })
  await withClusterFile(wifi('${secret:constructor}'), async (file) => {
    expect(await problemsOf(file)).toMatchObject([{ code: 'REFERENCE_SECRET_UNSET' }])
  })
})

test('a variable whose bytes are no text has no value: Node puts U+FFFD in place of them', async () => {
  await withClusterFile(wifi('${env:A}'), async (file) => {
    const [found, ...others] = await problemsOf(file, { env: { A: 'caf\uFFFD au lait' } })
    expect(found).toMatchObject({ severity: 'error', code: 'REFERENCE_VARIABLE_NOT_TEXT' })
    expect(found?.message).toContain('`A` of the environment, which is not UTF-8 text')
    expect(JSON.stringify([found, others])).not.toContain('lait')
    expect(others).toEqual([])
  })
})

describe('a file', () => {
  const write = async (folder: string, content: string | Uint8Array, mode = 0o600): Promise<void> => {
    await writeFile(join(folder, 'wifi.txt'), content)
    await chmod(join(folder, 'wifi.txt'), mode)
  }

  test.each([
    ['correct horse', 'correct horse'],
    ['correct horse\n', 'correct horse'],
    ['correct horse\r\n', 'correct horse'],
    [' correct horse ', ' correct horse '],
  ])('that holds %j gives %j', async (content, expected) => {
    await withClusterFile(wifi('${file:wifi.txt}'), async (file, folder) => {
      await write(folder, content)
      expect(await passwordOf(file)).toBe(expected)
    })
  })

  testWith('mkfifo')('that is a pipe is refused: nothing waits for somebody who writes into it', async () => {
    await withClusterFile(wifi('${file:wifi.txt}'), async (file, folder) => {
      run('mkfifo', [join(folder, 'wifi.txt')])
      expect(await problemsOf(file)).toMatchObject([
        { code: 'REFERENCE_FILE_UNREADABLE', message: expect.stringContaining('not a regular file') as string },
      ])
    })
  })

  test('that ends in two line breaks gives a value with one', async () => {
    await withClusterFile(wifi('${file:wifi.txt}'), async (file, folder) => {
      await write(folder, 'correct horse\n\n')
      expect(await problemsOf(file)).toMatchObject([{ code: 'REFERENCE_VALUE_INVALID' }])
    })
  })

  test.each([
    ['nothing', '', 'it is empty'],
    ['a line break', '\n', 'it is empty'],
    ['bytes that are not UTF-8', Uint8Array.of(0xe9, 0x20), 'not UTF-8'],
    ['too much', 'x'.repeat(65_537), 'larger than 65536'],
  ])('with %s is refused', async (_name, content, reason) => {
    await withClusterFile(wifi('${file:wifi.txt}'), async (file, folder) => {
      await write(folder, content)
      expect(await problemsOf(file)).toMatchObject([
        { code: 'REFERENCE_FILE_UNREADABLE', message: expect.stringContaining(reason) as string },
      ])
    })
  })

  test.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o666, 0o620])(
    'of mode %o is used, with a warning that others may use it',
    async (mode) => {
      await withClusterFile(wifi('${file:wifi.txt}'), async (file, folder) => {
        await write(folder, 'correct horse', mode)
        expect(await problemsOf(file)).toMatchObject([
          {
            severity: 'warning',
            code: 'REFERENCE_FILE_MODE',
            message: expect.stringContaining(`0${mode.toString(8)}`) as string,
            line: 2,
          },
        ])
      })
    },
  )

  test('starts at the folder of the file that names it: the profile', async () => {
    const cluster = 'name: home\nnodes: [{name: server-1, profile: own}]\n'
    await withClusterFile(cluster, async (file, folder) => {
      await write(folder, 'of the cluster')
      await mkdir(join(folder, 'profiles'))
      await writeFile(join(folder, 'profiles/wifi.txt'), 'of the profile', { mode: 0o600 })
      const own = 'extends: server\nnetwork: {wifi: {ssid: barn, password: "${file:wifi.txt}", country: GB}}\n'
      await writeFile(join(folder, 'profiles/own.yaml'), own)
      expect(await passwordOf(file)).toBe('of the profile')
    })
  })

  test('may be in the home folder', async () => {
    await withClusterFile(wifi('${file:~/wifi.txt}'), async (file, folder) => {
      await write(folder, 'correct horse')
      const { cluster } = await loadFixture(file, folder)
      expect(cluster.nodes[0]?.network.wifi?.password).not.toBeNull()
    })
  })
})

describe('what values are needed for', () => {
  const text = wifi('${env:A}')

  test('a command that uses no values reads none and reports none', async () => {
    const readSecrets = (): never => expect.fail('read')
    for (const reference of ['${env:A}', '${file:gone.txt}', '${secret:a}']) {
      await withClusterFile(wifi(reference), async (file) => {
        const { warnings, values } = await loadFixture(file, undefined, { need: 'none', readSecrets })
        expect([warnings, values]).toEqual([[], []])
      })
    }
  })

  test('such a command still checks a text without references', async () => {
    await withClusterFile(wifi('short$${'), async (file) => {
      expect(await problemsOf(file, { need: 'none' })).toMatchObject([{ code: 'NETWORK_WIFI_PASSWORD_INVALID' }])
    })
  })

  test('such a command still refuses what is no reference', async () => {
    await withClusterFile(wifi('${A}'), async (file) => {
      expect(await problemsOf(file, { need: 'none' })).toMatchObject([{ code: 'REFERENCE_INVALID', severity: 'error' }])
    })
  })

  test('a check warns of a value that is not there, and refuses one that is wrong', async () => {
    await withClusterFile(text, async (file) => {
      expect(await problemsOf(file, { need: 'available' })).toMatchObject([
        { code: 'REFERENCE_VARIABLE_UNSET', severity: 'warning', line: 2 },
      ])
      await expectRejection('CLUSTER_INVALID', loadFixture(file, undefined, { need: 'available', env: { A: 'short' } }))
      expect(await passwordOf(file, { need: 'available', env: { A: 'long enough' } })).toBe('long enough')
    })
  })

  test('a build refuses a value that is not there', async () => {
    await withClusterFile(text, async (file) => {
      await expectRejection('CLUSTER_INVALID', loadFixture(file))
    })
  })

  test('without the key to the secrets file, a check warns and a build ends', async () => {
    const readSecrets = (): Promise<never> =>
      Promise.reject(new BuildError('SECRETS_KEY_MISSING', { file: 'home.secrets.yaml' }))
    await withClusterFile(wifi('${secret:wifi.home}'), async (file) => {
      expect(await problemsOf(file, { need: 'available', readSecrets })).toMatchObject([
        { code: 'SECRETS_KEY_MISSING', severity: 'warning', line: 2 },
      ])
      await expectRejection('SECRETS_KEY_MISSING', loadFixture(file, undefined, { readSecrets }))
    })
    const damaged = (): Promise<never> => Promise.reject(new BuildError('SECRETS_KEY_WRONG', { file: 'x' }))
    await withClusterFile(wifi('${secret:wifi.home}'), async (file) => {
      const options: Values = { need: 'available', readSecrets: damaged }
      await expectRejection('SECRETS_KEY_WRONG', loadFixture(file, undefined, options))
    })
  })

  test('the secrets file is opened once, by the name of its cluster, and only if a text names it', async () => {
    const opened: string[] = []
    const readSecrets = (name: string): Promise<Record<string, string>> => {
      opened.push(name)
      return Promise.resolve({ a: 'correct horse', b: 'correct horse' })
    }
    const both = `${wifi('${secret:a}')}admin: {password: '\${secret:b}'}\n`
    await withClusterFile(both, (file) => loadFixture(file, undefined, { readSecrets }))
    expect(opened).toEqual(['home'])
    await withClusterFile(wifi('correct horse'), (file) => loadFixture(file, undefined, { readSecrets }))
    expect(opened).toEqual(['home'])
  })

  test('a cluster without a name has no secrets file', async () => {
    await withClusterFile(wifi('${secret:a}').replace('name: home\n', ''), async (file) => {
      expect((await problemsOf(file, { need: 'available' })).map(({ code, severity }) => [code, severity])).toEqual([
        ['CLUSTER_MISSING_KEY', 'error'],
        ['REFERENCE_SECRET_UNSET', 'warning'],
      ])
    })
  })

  test('a profile that no node has needs no values; the parent of one that a node has does', async () => {
    const own = 'network: {wifi: {ssid: barn, password: "${env:A}", country: GB}}\n'
    await withClusterFile('name: home\nnodes: [{name: server-1, profile: server}]\n', async (file, folder) => {
      await mkdir(join(folder, 'profiles'))
      await writeFile(join(folder, 'profiles/barn.yaml'), `extends: worker\n${own}`)
      expect(await problemsOf(file)).toEqual([])
      await writeFile(file, 'name: home\nnodes: [{name: server-1, profile: server}, {name: w-1, profile: child}]\n')
      await writeFile(join(folder, 'profiles/child.yaml'), 'extends: barn\n')
      expect(await problemsOf(file)).toMatchObject([
        { code: 'REFERENCE_VARIABLE_UNSET', file: join(folder, 'profiles/barn.yaml') },
      ])
    })
  })
})

describe('keys that are not secret', () => {
  const cluster = (settings: string): string => `name: home\n${settings}\nnodes: [{name: server-1, profile: server}]\n`

  test('commands and the content of files keep what the shell reads', async () => {
    const text = cluster("commands: ['echo $${A} ${B:-c} ${env:D}']\nfiles: [{path: /etc/x, content: '${A}$${B}'}]")
    await withClusterFile(text, async (file) => {
      const [node] = (await loadFixture(file)).cluster.nodes
      expect(node?.commands).toEqual(['echo $${A} ${B:-c} ${env:D}'])
      expect(node?.files[0]?.content).toEqual(new TextEncoder().encode('${A}$${B}'))
    })
  })

  test.each([
    ['network: {wifi: {ssid: "$${x}", country: GB}}', '${x}'],
    ['network: {wifi: {ssid: "a$${b$${c", country: GB}}', 'a${b${c'],
    ['network: {wifi: {ssid: "$x$$y", country: GB}}', '$x$$y'],
  ])('%s has the name %s', async (settings, ssid) => {
    await withClusterFile(cluster(settings), async (file) => {
      expect((await loadFixture(file)).cluster.nodes[0]?.network.wifi?.ssid).toBe(ssid)
    })
  })

  test.each([
    ['network: {wifi: {ssid: "${env:SSID}", country: GB}}', 'network.wifi.ssid'],
    ['os: https://mirror.example/${RELEASE}/x.img.xz', 'os'],
    ['configTxt: ["#x", "${A}"]', 'configTxt[1]'],
    ['k3s: {serverConfig: {kubelet-arg: ["a=${B}"]}}', 'k3s.serverConfig.kubelet-arg[0]'],
    ['labels: {disk: "${env:DISK}"}', 'labels.disk'],
    ['timezone: ${TZ}', 'timezone'],
    ['admin: {sshKeys: ["${env:KEY}"]}', 'admin.sshKeys[0]'],
    ['k3s: {releaseUrl: "https://${env:HOST}/k3s"}', 'k3s.releaseUrl'],
  ])('%s is refused once, at %s', async (settings, key) => {
    await withClusterFile(cluster(settings), async (file) => {
      expect(await problemsOf(file)).toMatchObject([
        { code: 'REFERENCE_KEY_NOT_SECRET', message: expect.stringContaining(`\`${key}\``) as string, line: 2 },
      ])
    })
  })
})
