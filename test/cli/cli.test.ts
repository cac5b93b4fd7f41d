import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { debugfs, expectSound, readWithMtools } from '../support/judge-image.ts'
import { run, testWith } from '../support/judges.ts'
import { startReleaseServer } from '../support/release-server.ts'
import { bantam, bantamAside, cliPath } from '../support/run-cli.ts'
import { makeSmallImage, smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'

const CLUSTER = `name: home
network: {gateway: 192.168.1.1, dns: [192.168.1.1]}
nodes:
  - {name: server-1, profile: server, board: pi5, address: 192.168.1.10/24}
  - {name: "worker-[1-2]", profile: worker, board: pi4, address: "192.168.1.[21-22]/24"}
`

function project(text = CLUSTER): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'cluster.yaml'), text)
  return folder
}

interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string; readonly problems: readonly { code: string }[] }
}

function errorOf(stdout: string): ErrorDocument['error'] {
  return (JSON.parse(stdout) as ErrorDocument).error
}

/** Every secret of a project's secrets file. */
function secretsOf(folder: string): readonly string[] {
  const lines = readFileSync(join(folder, 'home.secrets.yaml'), 'utf8').split('\n')
  const text = lines.filter((line) => !line.includes('ssh-ed25519 ')).join('\n')
  return [...text.matchAll(/[0-9a-f]{64}/g), ...text.matchAll(/[A-Za-z0-9+/]{60,}/g)].map((match) => match[0])
}

describe('help and usage', () => {
  test.each(['init', 'validate', 'plan', 'render', 'build-image', 'inspect'])('%s --help says what it does and lists --json', (command) => {
    const { status, stdout } = bantam(temporaryFolder(), [command, '--help'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/Usage: bantam/)
    expect(stdout).toContain('--json')
  })

  test('a wrong option, command or count is wrong usage: exit code 2 and nothing on stdout', () => {
    const folder = project()
    for (const parameters of [['plan', '--profle', 'x'], ['biuld-image'], ['build-image', '--jobs', '0'], ['build-image', '--format', 'zip']]) {
      const { status, stdout, stderr } = bantam(folder, parameters)
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).not.toBe('')
    }
    expect(bantam(folder, ['plan', '--profle', 'x']).stderr).toContain('--profile')
    for (const parameters of [['plan', '--profle', 'x', '--json'], ['plna', '--json']]) {
      expect(errorOf(bantam(folder, parameters).stdout).code).toBe('USAGE_INVALID')
    }
    expect(errorOf(bantam(folder, ['build-image', '--jobs', '0', '--json']).stdout).code).toBe('OPTION_INVALID')
  })

  testWith('sh')('output that nobody reads to its end is no failure', () => {
    const { output } = run('sh', ['-c', `node '${cliPath}' build-image --help | true; node '${cliPath}' --help 2>&1 | head -1`])
    expect(output).toBe('Usage: bantam [options] [command]\n')
  })

  test('--version is the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(bantam(temporaryFolder(), ['--version']).stdout.trim()).toBe(version)
  })
})

describe('init', () => {
  test('writes a cluster that is valid without an edit, and keeps an existing file', () => {
    const folder = temporaryFolder()
    expect(bantam(folder, ['init', '--name', 'lab', '--servers', '3', '--workers', '4']).status).toBe(0)
    const validated = bantam(folder, ['validate', '--json'])
    expect(validated.status, validated.stdout).toBe(0)
    expect(JSON.parse(validated.stdout)).toMatchObject({ cluster: 'lab', nodes: ['server-1', 'server-2', 'server-3', 'worker-1', 'worker-2', 'worker-3', 'worker-4'] })
    const before = readFileSync(join(folder, 'cluster.yaml'))
    const again = bantam(folder, ['init', '--json'])
    expect(again.status).toBe(2)
    expect(errorOf(again.stdout).code).toBe('FILE_EXISTS')
    expect(readFileSync(join(folder, 'cluster.yaml'))).toEqual(before)
    expect(bantam(folder, ['init', '--force']).status).toBe(0)
    const good = readFileSync(join(folder, 'cluster.yaml'))
    for (const flags of [['--name', 'My Home'], ['--name', 'a\nb'], ['--servers', '0x1'], ['--workers', '-1']]) {
      const refused = bantam(folder, ['init', '--force', '--json', ...flags.slice(0, 1).map((flag) => `${flag}=${flags[1] ?? ''}`)])
      expect([refused.status, errorOf(refused.stdout).code]).toEqual([2, 'OPTION_INVALID'])
    }
    expect(readFileSync(join(folder, 'cluster.yaml'))).toEqual(good)
  })

  test('validate and plan make no secrets', () => {
    const folder = temporaryFolder()
    bantam(folder, ['init'])
    expect(bantam(folder, ['validate']).status).toBe(0)
    expect(bantam(folder, ['plan']).status).toBe(0)
    expect(readdirSync(folder)).toEqual(['cluster.yaml'])
  })
})

describe('plan and render', () => {
  test('plan shows each node in a line, and the choice of --profile and --node', () => {
    const folder = project()
    const lines = bantam(folder, ['plan']).stdout.trim().split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[2]).toMatch(/worker-1 +worker +agent +pi4 +192\.168\.1\.21\/24 +https:\/\/192\.168\.1\.10:6443/)
    const chosen = JSON.parse(bantam(folder, ['plan', '--profile', 'worker', '--node', 'worker-2', '--json']).stdout) as { nodes: { name: string }[] }
    expect(chosen.nodes.map((node) => node.name)).toEqual(['worker-2'])
    const unknown = bantam(folder, ['plan', '--profile', 'wroker', '--json'])
    expect([unknown.status, errorOf(unknown.stdout).code]).toEqual([2, 'SELECTION_UNKNOWN'])
    const empty = bantam(folder, ['plan', '--profile', 'server', '--node', 'worker-1', '--json'])
    expect([empty.status, errorOf(empty.stdout).code]).toEqual([2, 'SELECTION_EMPTY'])
  })

  test('render writes files that only their owner can read, and drops those of an earlier render', () => {
    const folder = project()
    const stale = join(folder, 'out/home/seeds/worker-1/root/stale')
    mkdirSync(join(stale, '..'), { recursive: true })
    writeFileSync(stale, '')
    const { status, stdout } = bantam(folder, ['render', '--json'])
    expect(status).toBe(0)
    const { seeds } = JSON.parse(stdout) as { seeds: { node: string; folder: string; files: string[] }[] }
    expect(seeds.map((seed) => seed.node)).toEqual(['server-1', 'worker-1', 'worker-2'])
    for (const seed of seeds) for (const file of seed.files) expect(statSync(join(seed.folder, file)).mode & 0o077, file).toBe(0)
    expect(existsSync(stale)).toBe(false)
    for (const secret of secretsOf(folder)) expect(stdout).not.toContain(secret)
  })

  test('--seeds overrides a template, and a missing value names template and value', () => {
    const folder = project()
    mkdirSync(join(folder, 'mine'))
    writeFileSync(join(folder, 'mine/meta-data.hbs'), 'instance-id: {{yaml nothingLikeThis}}\n')
    const { status, stdout } = bantam(folder, ['render', '--seeds', 'mine', '--json'])
    expect(status).toBe(2)
    expect(errorOf(stdout).code).toBe('TEMPLATE_VALUE_MISSING')
    expect(errorOf(stdout).message).toMatch(/meta-data\.hbs[^]*nothingLikeThis/)
  })
})

describe('a cluster file that is wrong', () => {
  test('gives every problem at once on stderr, with file, line, column and hint', () => {
    const folder = project('name: home\nnodse: []\nnodes:\n  - {name: a, profile: workr, adress: 10.0.0.1/24}\n')
    const { status, stdout, stderr } = bantam(folder, ['plan'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/cluster\.yaml:2:1: error .*nodse/)
    expect(stderr).toMatch(/cluster\.yaml:4:\d+: error .*adress[^]*address/)
    expect(stderr).toMatch(/workr[^]*worker/)
  })

  test.each([
    ['tabs', 'name: home\nnodes:\n\t- {name: a, profile: worker}\n'],
    ['two documents', `${CLUSTER}---\n${CLUSTER}`],
    ['10 MB of aliases', `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghij'[i] ?? ''}: &${'bcdefghij'[i] ?? ''} [${Array(9).fill(`*${'abcdefghi'[i] ?? ''}`).join(',')}]`).join('\n')}\n${'#'.repeat(10_000_000)}\n`],
    ['nothing', ''],
  ])('refuses %s quickly', (_name, text) => {
    const { status, stdout } = bantam(project(text), ['validate', '--json'])
    expect(status).toBe(2)
    expect(errorOf(stdout).problems.length + errorOf(stdout).message.length).toBeGreaterThan(10)
  })

  test('says that there is none', () => {
    const { status, stdout } = bantam(temporaryFolder(), ['plan', '--json'])
    expect(status).toBe(2)
    expect(errorOf(stdout).hint).not.toBe('')
  })
})

describe('build-image', () => {
  testWithImages('writes one sound image per node, the same on a second run, and prints one JSON document', () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    const built = bantam(folder, ['build-image', '--format', 'img', '--profile', 'worker', '--base', base, '--json', '--verify', '--jobs', '2'])
    expect(built.status, built.stderr).toBe(0)
    const { cluster, artifacts, warnings } = JSON.parse(built.stdout) as { cluster: string; artifacts: { node: string; path: string; sha256: string; byteLength: number; imageByteLength: number; format: string }[]; warnings: unknown[] }
    expect([cluster, warnings]).toEqual(['home', []])
    expect(artifacts.map(({ node, format }) => [node, format])).toEqual([['worker-1', 'img'], ['worker-2', 'img']])
    for (const { node, path, byteLength, imageByteLength } of artifacts) {
      expect([byteLength, imageByteLength]).toEqual([statSync(base).size, statSync(base).size])
      expectSound(path)
      expect(readWithMtools(path, 'meta-data')).toContain(`instance-id: ${node}-`)
      expect(debugfs(path, 'cat /etc/rancher/k3s/config.yaml')).toContain('https://192.168.1.10:6443')
    }
    expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
    expect(statSync(join(folder, 'home.secrets.yaml')).mode & 0o777).toBe(0o600)
    const again = JSON.parse(bantam(folder, ['build-image', '--format', 'img', '--profile', 'worker', '--base', base, '--json']).stdout) as { artifacts: { sha256: string }[] }
    expect(again.artifacts.map((one) => one.sha256)).toEqual(artifacts.map((one) => one.sha256))

    const secrets = secretsOf(folder)
    expect(secrets.length).toBeGreaterThanOrEqual(2)
    for (const secret of secrets) {
      expect(built.stdout + built.stderr).not.toContain(secret)
      for (const { path } of artifacts) for (const name of ['user-data', 'meta-data', 'network-config', 'cmdline.txt', 'config.txt']) expect(readWithMtools(path, name)).not.toContain(secret)
    }
    // A worker carries what agents join with and nothing that makes it a server.
    const serverToken = /serverToken: (\S+)/.exec(readFileSync(join(folder, 'home.secrets.yaml'), 'utf8'))?.[1] ?? expect.fail('no server token')
    for (const { path } of artifacts) expect(readFileSync(path).includes(serverToken)).toBe(false)
  })

  testWithImages('makes an SSH key pair where the user has none, and uses it', () => {
    const folder = project()
    const base = smallImage('ubuntu', folder)
    const built = bantam(folder, ['build-image', '--format', 'img', '--node', 'server-1', '--base', base])
    expect(built.status, built.stderr).toBe(0)
    expect(built.stdout).toContain('ssh -i out/home/id_ed25519')
    expect(statSync(join(folder, 'out/home/id_ed25519')).mode & 0o777).toBe(0o600)
    const publicKey = readFileSync(join(folder, 'out/home/id_ed25519.pub'), 'utf8').split(' ')[1] ?? ''
    expect(readWithMtools(join(folder, 'out/home/server-1.img'), 'user-data')).toContain(publicKey)
  })

  testWithImages('takes the base from the cluster file, and says what was skipped and why', () => {
    const folder = project(`os: [debian-13, ./missing.img, ./raspios.img]\n${CLUSTER}`)
    smallImage('raspios', folder)
    const { status, stdout, stderr } = bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1'])
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/base image debian-13 could not be had: /)
    expect(stdout).toMatch(/base image \S*missing\.img could not be had: /)
    expect(stdout).toMatch(/base image \S*raspios\.img$/m)
  })

  testWithImages('SOURCE_DATE_EPOCH stamps the files, and nonsense in it is refused', () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    expect(bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base], { SOURCE_DATE_EPOCH: '1800000000' }).status).toBe(0)
    expect(debugfs(join(folder, 'out/home/worker-1.img'), 'stat /usr/lib/clock-epoch')).toMatch(/mtime: 0x6b49d200/)
    const refused = bantam(folder, ['build-image', '--format', 'img', '--base', base, '--json'], { SOURCE_DATE_EPOCH: 'yesterday' })
    expect([refused.status, errorOf(refused.stdout).code]).toEqual([2, 'SOURCE_DATE_INVALID'])
  })

  testWithImages.each<[string, string, number, (folder: string) => readonly string[]]>([
    ['a file that is no disk image', 'PARTITION_TABLE_MISSING', 2, (folder) => {
      writeFileSync(join(folder, 'base.img'), 'not an image\n'.repeat(500))
      return ['--base', 'base.img']
    }],
    ['an empty .xz', '', 0, (folder) => {
      writeFileSync(join(folder, 'base.img.xz'), '')
      return ['--base', 'base.img.xz']
    }],
    ['a truncated .xz', 'XZ_TRUNCATED', 0, (folder) => {
      const xz = compressed(folder)
      writeFileSync(xz, readFileSync(xz).subarray(0, -1000))
      return ['--base', xz]
    }],
    ['a corrupted .xz', 'XZ_CORRUPT', 0, (folder) => {
      const xz = compressed(folder)
      const bytes = readFileSync(xz)
      bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40)
      writeFileSync(xz, bytes)
      return ['--base', xz]
    }],
    ['an image without a FAT boot partition', 'IMAGE_BOOT_PARTITION_MISSING', 2, (folder) => {
      const base = smallImage('raspios', folder)
      run('sfdisk', ['--part-type', base, '1', '83'])
      return ['--base', base]
    }],
    ['an ext4 with a journal to recover', 'EXT4_NEEDS_RECOVERY', 2, (folder) => {
      const base = join(folder, 'base.img')
      makeSmallImage('raspios', base)
      run('debugfs', ['-w', '-R', 'feature needs_recovery', `${base}?offset=50331648`])
      return ['--base', base]
    }],
    ['a config.txt line over 98 characters', 'CONFIG_TXT_LINE_TOO_LONG', 2, (folder) => {
      const base = smallImage('raspios', folder)
      run('mcopy', ['-o', '-i', `${base}@@8388608`, '-', '::config.txt'], { input: `# ${'x'.repeat(100)}\n` })
      return ['--base', base]
    }],
    ['a base that does not exist', '', 2, () => ['--base', 'nowhere.img']],
    ['an output folder that is a file', 'OUTPUT_NOT_WRITABLE', 1, (folder) => {
      writeFileSync(join(folder, 'out'), '')
      return ['--base', smallImage('raspios', folder)]
    }],
  ])('%s: one clear error, no file under a final name, nothing partial', (_name, code, exit, prepare) => {
    const folder = project()
    const parameters = prepare(folder)
    const { status, stdout, stderr } = bantam(folder, ['build-image', '--format', 'img', ...parameters, '--json'])
    const error = errorOf(stdout)
    if (code !== '') expect(error.code, error.message).toBe(code)
    expect(status, error.message).toBe(exit === 0 ? status : exit)
    expect([1, 2]).toContain(status)
    expect(error.hint).not.toBe('')
    for (const secret of secretsOf(folder)) expect(stdout + stderr).not.toContain(secret)
    const left = listFiles(folder).filter((path) => /\.(partial|lock)$|out\/.*\.img$|cache\/.*\.img$|SHA256SUMS/.test(path))
    expect(left).toEqual([])
  })

  testWithImages('keeps images and secrets to their owner and out of git, and SHA256SUMS true', () => {
    const folder = project()
    writeFileSync(join(folder, '.gitignore'), 'mine')
    expect(bantam(folder, ['build-image', '--format', 'img', '--base', smallImage('raspios', folder)]).status).toBe(0)
    for (const name of ['server-1.img', 'id_ed25519']) expect(statSync(join(folder, 'out/home', name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine\n*.secrets.yaml\n')
    expect(readFileSync(join(folder, 'out/home/.gitignore'), 'utf8')).toBe('*\n')
    // A build that fails at its last node has renewed the others, whose sums must be theirs.
    writeFileSync(join(folder, 'cluster.yaml'), `${CLUSTER}timezone: Europe/Paris\n`)
    rmSync(join(folder, 'out/home/worker-2.img'))
    mkdirSync(join(folder, 'out/home/worker-2.img/full'), { recursive: true })
    const failed = bantam(folder, ['build-image', '--format', 'img', '--base', 'raspios.img', '--json'])
    expect([failed.status, errorOf(failed.stdout).code]).toEqual([1, 'OUTPUT_NOT_WRITABLE'])
    expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
    expect(readFileSync(join(folder, 'out/home/SHA256SUMS'), 'utf8')).toMatch(/ server-1\.img\n.* worker-1\.img\n$/)
  })

  testWithImages('never replaces its base image, whatever name leads to it', () => {
    const folder = project()
    mkdirSync(join(folder, 'out/home'), { recursive: true })
    const base = smallImage('raspios', folder)
    const before = readFileSync(base)
    linkSync(base, join(folder, 'out/home/worker-1.img'))
    const { status, stdout } = bantam(folder, ['build-image', '--format', 'img', '--base', base, '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'OUTPUT_IS_BASE'])
    expect(readFileSync(base).equals(before)).toBe(true)
  })

  testWithImages('two builds into one folder at once both end well', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    const builds = await Promise.all([1, 2].map(() => bantamAside(folder, ['build-image', '--format', 'img', '--base', base])))
    for (const { status, stderr } of builds) expect(status, stderr).toBe(0)
    expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
    expect(listFiles(folder).filter((path) => /partial|\.lock$/.test(path))).toEqual([])
  })

  test('Ctrl-C during a download is an interruption, and no bug', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url?.endsWith('.img') ? 200 : 404, { 'content-length': 1e9 })
      if (request.url?.endsWith('.img')) response.write('x'.repeat(70_000))
      else response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/big.img`
    let sent = false
    const { status, stdout } = await bantamAside(project(), ['build-image', '--format', 'img', '--base', url, '--json'], {}, (text, kill) => {
      if (!sent && text.includes('downloading')) sent = kill('SIGINT')
    })
    expect([status, errorOf(stdout).code]).toEqual([1, 'BUILD_INTERRUPTED'])
  })

  testWithImages('says that nobody vouches for a download, as text and as JSON', async () => {
    const folder = project()
    const server = await startReleaseServer()
    onTestFinished(() => server.close())
    server.put('/base.img', readFileSync(smallImage('raspios', folder)))
    const parameters = ['build-image', '--format', 'img', '--node', 'worker-1', '--base', `${server.origin}/base.img`]
    expect((await bantamAside(folder, parameters)).stderr).toMatch(/warning OS_CHECKSUM_UNKNOWN/)
    const { stdout } = await bantamAside(folder, [...parameters, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [{ severity: 'warning', code: 'OS_CHECKSUM_UNKNOWN' }] })
  })

  testWithImages('Ctrl-C ends the build in good order', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    let sent = false
    const { status, stderr } = await bantamAside(folder, ['build-image', '--format', 'img', '--base', base], {}, (text, kill) => {
      // Once: a second Ctrl-C ends the process where it stands.
      if (!sent && text.includes('writing server-1')) sent = kill('SIGINT')
    })
    expect(status, stderr).toBe(1)
    expect(stderr).toContain('BUILD_INTERRUPTED')
    expect(listFiles(folder).filter((path) => /partial|SHA256SUMS/.test(path))).toEqual([])
  })

  testWith('su', 'mkfs.fat', 'mke2fs')('an output folder that may not be written to', () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, 'out'))
      chmodSync(join(folder, 'out'), 0o500)
      const { status, stdout } = bantam(folder, ['build-image', '--format', 'img', '--base', base, '--json'])
      expect([status, errorOf(stdout).code]).toEqual([1, 'OUTPUT_NOT_WRITABLE'])
      return
    }
    // Root may write anywhere; an immutable place that even root cannot write is /proc.
    const { status, stdout } = bantam(folder, ['build-image', '--format', 'img', '--base', base, '--out', '/proc/bantam', '--json'])
    expect(status).toBe(1)
    expect(errorOf(stdout).code).toMatch(/OUTPUT_NOT_WRITABLE/)
  })
})

describe('inspect', () => {
  testWithImages('says what a built image holds, raw and compressed, without its secrets', () => {
    const folder = project()
    const base = smallImage('ubuntu-ab', folder)
    bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base])
    const image = join(folder, 'out/home/worker-1.img')
    run('xz', ['-k', '-0', image])
    for (const path of [image, `${image}.xz`]) {
      const { status, stdout, stderr } = bantam(folder, ['inspect', path, '--json'])
      expect(status, stderr).toBe(0)
      const inspection = JSON.parse(stdout) as Record<string, unknown>
      expect(inspection).toMatchObject({
        flavour: 'ubuntu-ab',
        osName: 'Ubuntu 26.04 LTS',
        cmdlinePath: 'current/cmdline.txt',
        diskId: '4d8fd085',
        seed: { hostName: 'worker-1', users: ['bantam'] },
        join: { role: 'agent', server: 'https://192.168.1.10:6443', hasToken: true },
        partitions: [{ number: 1, use: 'boot', label: 'system-boot' }, { number: 2, use: 'root', label: 'writable' }],
      })
      const text = bantam(folder, ['inspect', path]).stdout
      expect(text).toMatch(/k3s +agent, joins https:\/\/192\.168\.1\.10:6443, holds a token/)
      for (const secret of secretsOf(folder)) expect(stdout + text).not.toContain(secret)
    }
  })

  testWithImages('says that a stock image has no seed of ours', () => {
    const folder = temporaryFolder()
    const { stdout } = bantam(folder, ['inspect', smallImage('raspios', folder), '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ flavour: 'raspios', join: null, seed: { instanceId: null, users: [] } })
  })
})

function compressed(folder: string): string {
  const base = smallImage('raspios', folder)
  copyFileSync(base, join(folder, 'base.img'))
  run('xz', ['-0', '--block-size=4MiB', '-T2', join(folder, 'base.img')])
  return join(folder, 'base.img.xz')
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}
