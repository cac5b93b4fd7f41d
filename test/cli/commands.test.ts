import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CLUSTER, errorOf, project, rendered, secretsOf } from '../support/cli-project.ts'
import { bantam, cliPath } from '../support/run-cli.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

describe('help and usage', () => {
  test.each(['init', 'validate', 'plan', 'render', 'build-image', 'inspect'])(
    '%s --help says what it does and lists --json',
    async (command) => {
      const { status, stdout } = await bantam(temporaryFolder(), [command, '--help'])
      expect(status).toBe(0)
      expect(stdout).toMatch(/Usage: bantam/)
      expect(stdout).toContain('--json')
    },
  )

  test('a wrong option, command or count is wrong usage: exit code 2 and nothing on stdout', async () => {
    const folder = project()
    for (const parameters of [
      ['plan', '--profle', 'x'],
      ['biuld-image'],
      ['build-image', '--jobs', '0'],
      ['build-image', '--format', 'zip'],
    ]) {
      const { status, stdout, stderr } = await bantam(folder, parameters)
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).not.toBe('')
    }
    expect((await bantam(folder, ['plan', '--profle', 'x'])).stderr).toContain('--profile')
    expect((await bantam(folder, ['foo'])).stderr).not.toContain('Did you mean')
    for (const parameters of [
      ['plan', '--profle', 'x', '--json'],
      ['plna', '--json'],
    ]) {
      expect(errorOf((await bantam(folder, parameters)).stdout).code).toBe('USAGE_INVALID')
    }
    expect(errorOf((await bantam(folder, ['build-image', '--jobs', '0', '--json'])).stdout).code).toBe(
      'USAGE_OPTION_INVALID',
    )
  })

  testWith('sh')('a reader that closes the output early causes no failure', () => {
    const { output } = run('sh', [
      '-c',
      `node '${cliPath}' build-image --help | true; node '${cliPath}' --help 2>&1 | head -1`,
    ])
    expect(output).toBe('Usage: bantam [options] [command]\n')
  })

  test('--version is the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect((await bantam(temporaryFolder(), ['--version'])).stdout.trim()).toBe(version)
  })
})

describe('init', () => {
  test('writes a cluster that is valid without an edit, and keeps an existing file', async () => {
    const folder = temporaryFolder()
    expect((await bantam(folder, ['init', '--name', 'lab', '--servers', '3', '--workers', '4'])).status).toBe(0)
    const validated = await bantam(folder, ['validate', '--json'])
    expect(validated.status, validated.stdout).toBe(0)
    expect(JSON.parse(validated.stdout)).toMatchObject({
      cluster: 'lab',
      nodes: ['server-1', 'server-2', 'server-3', 'worker-1', 'worker-2', 'worker-3', 'worker-4'],
    })
    const before = readFileSync(join(folder, 'cluster.yaml'))
    const again = await bantam(folder, ['init', '--json'])
    expect(again.status).toBe(2)
    expect(errorOf(again.stdout).code).toBe('OUTPUT_EXISTS')
    expect(readFileSync(join(folder, 'cluster.yaml'))).toEqual(before)
    expect((await bantam(folder, ['init', '--force'])).status).toBe(0)
    const good = readFileSync(join(folder, 'cluster.yaml'))
    for (const flags of [
      ['--name', 'My Home'],
      ['--name', 'a\nb'],
      ['--servers', '0x1'],
      ['--servers', '2'],
      ['--workers', '-1'],
    ]) {
      const refused = await bantam(folder, [
        'init',
        '--force',
        '--json',
        ...flags.slice(0, 1).map((flag) => `${flag}=${flags[1] ?? ''}`),
      ])
      expect([refused.status, errorOf(refused.stdout).code]).toEqual([2, 'USAGE_OPTION_INVALID'])
    }
    expect(readFileSync(join(folder, 'cluster.yaml'))).toEqual(good)
  })

  test('validate and plan make no secrets', async () => {
    const folder = temporaryFolder()
    await bantam(folder, ['init'])
    expect((await bantam(folder, ['validate'])).status).toBe(0)
    expect((await bantam(folder, ['plan'])).status).toBe(0)
    expect(readdirSync(folder).sort()).toEqual(['bantam.schema.json', 'cluster.yaml'])
  })
})

describe('plan and render', () => {
  test('plan shows each node in a line, and the choice of --profile and --node', async () => {
    const folder = project()
    const lines = (await bantam(folder, ['plan'])).stdout.trim().split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[2]).toMatch(/worker-1 +worker +agent +pi4 +eth0, 192\.168\.1\.21\/24 +https:\/\/192\.168\.1\.10:6443/)
    const chosen = JSON.parse(
      (await bantam(folder, ['plan', '--profile', 'worker', '--node', 'worker-2', '--json'])).stdout,
    ) as { nodes: { name: string }[] }
    expect(chosen.nodes.map((node) => node.name)).toEqual(['worker-2'])
    const unknown = await bantam(folder, ['plan', '--profile', 'wroker', '--json'])
    expect([unknown.status, errorOf(unknown.stdout).code]).toEqual([2, 'SELECTION_UNKNOWN'])
    const empty = await bantam(folder, ['plan', '--profile', 'server', '--node', 'worker-1', '--json'])
    expect([empty.status, errorOf(empty.stdout).code]).toEqual([2, 'SELECTION_EMPTY'])
  })

  test('render writes files that only their owner can read, and drops those of an earlier render', async () => {
    const folder = await rendered()
    const stale = join(folder, 'out/home.access/seeds/worker-1/root/stale')
    writeFileSync(stale, '')
    const { status, stdout } = await bantam(folder, ['render', '--json'])
    expect(status).toBe(0)
    const { seeds } = JSON.parse(stdout) as { seeds: { node: string; folder: string; files: string[] }[] }
    expect(seeds.map((seed) => seed.node)).toEqual(['server-1', 'worker-1', 'worker-2'])
    for (const seed of seeds)
      for (const file of seed.files) expect(statSync(join(seed.folder, file)).mode & 0o077, file).toBe(0)
    expect(existsSync(stale)).toBe(false)
    for (const secret of secretsOf(folder)) expect(stdout).not.toContain(secret)
  })

  test('render gives each file a name that every file system holds', async () => {
    const files = `files: [{path: /opt/Foo, content: one}, {path: /opt/foo, content: two}, {path: '/opt/a:b', content: three}]\n`
    const folder = project(`${CLUSTER}${files}`)
    const { stdout } = await bantam(folder, ['render', '--node', 'worker-1', '--json'])
    const { seeds } = JSON.parse(stdout) as { seeds: { files: string[] }[] }
    const names = ['root/opt/Foo', 'root/opt/foo~2', 'root/opt/a%3Ab']
    expect(seeds[0]?.files).toEqual(expect.arrayContaining(names))
    const read = (name: string): string => readFileSync(join(folder, 'out/home.access/seeds/worker-1', name), 'utf8')
    expect(names.map(read)).toEqual(['one', 'two', 'three'])
  })

  test('--seeds overrides a template, and a missing value names template and value', async () => {
    const folder = project()
    mkdirSync(join(folder, 'mine'))
    writeFileSync(join(folder, 'mine/meta-data.hbs'), 'instance-id: {{yaml nothingLikeThis}}\n')
    const { status, stdout } = await bantam(folder, ['render', '--seeds', 'mine', '--json'])
    expect(status).toBe(2)
    expect(errorOf(stdout).code).toBe('TEMPLATE_VALUE_MISSING')
    expect(errorOf(stdout).message).toMatch(/meta-data\.hbs[^]*nothingLikeThis/)
  })
})

describe('a cluster file that is wrong', () => {
  test('gives every problem at once on stderr, with file, line, column and hint', async () => {
    const folder = project('name: home\nnodse: []\nnodes:\n  - {name: a, profile: workr, adress: 10.0.0.1/24}\n')
    const { status, stdout, stderr } = await bantam(folder, ['plan'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/cluster\.yaml:2:1: error .*nodse/)
    expect(stderr).toMatch(/cluster\.yaml:4:\d+: error .*adress[^]*address/)
    expect(stderr).toMatch(/workr[^]*worker/)
  })

  test.each([
    ['tabs', 'name: home\nnodes:\n\t- {name: a, profile: worker}\n'],
    ['two documents', `${CLUSTER}---\n${CLUSTER}`],
    [
      '10 MB of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from(
        { length: 9 },
        (_, i) =>
          `${'bcdefghij'[i] ?? ''}: &${'bcdefghij'[i] ?? ''} [${Array(9)
            .fill(`*${'abcdefghi'[i] ?? ''}`)
            .join(',')}]`,
      ).join('\n')}\n${'#'.repeat(10_000_000)}\n`,
    ],
    ['nothing', ''],
  ])('refuses %s quickly', async (_name, text) => {
    const { status, stdout } = await bantam(project(text), ['validate', '--json'])
    expect(status).toBe(2)
    expect(errorOf(stdout).problems.length + errorOf(stdout).message.length).toBeGreaterThan(10)
  })

  test('reports that there is none', async () => {
    const { status, stdout } = await bantam(temporaryFolder(), ['plan', '--json'])
    expect(status).toBe(2)
    expect(errorOf(stdout).hint).not.toBe('')
  })
})
