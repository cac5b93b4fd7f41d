// @module-tag slow
/** Commands that bantam prints are run as a person runs them: by a shell, in a folder with an ugly name. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorOf, listFiles, project } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'
import { run } from '../support/validators.ts'

/** No line break and no variable: ssh_config cannot name those. */
const UGLY = `my "own" it's $HOME %d \\ ☃ #;&`
const WITH_CONTROLS = 'two\nlines \x1b[2J\u202e!%'

interface Step {
  readonly command: string | null
}

/** Runs a command with programs that only say how they were called. Returns their words. */
function wordsOf(command: string, folder: string): readonly string[] {
  const bin = temporaryFolder()
  for (const name of ['kubectl', 'ssh', 'rm', 'bantam']) {
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\0' "\${0##*/}" "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const { status, output } = run('sh', ['-c', command], {
    cwd: folder,
    env: { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, LC_ALL: 'C.UTF-8' },
  })
  expect(status, command).toBe(0)
  return output.split('\0').slice(0, -1)
}

const commandsOf = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ command }) => (command === null ? [] : [command]))

testWithImages('the next steps of a build name files that are there', async () => {
  const folder = project()
  const built = ['build-image', '--format', 'img', '--base', smallImage('raspios', folder), '--out', UGLY]
  const json = await bantam(folder, [...built, '--json'])
  expect(json.status, json.stderr).toBe(0)
  const { nextSteps } = JSON.parse(json.stdout) as { nextSteps: readonly Step[] }
  const commands = commandsOf(nextSteps)
  expect(commands.map((command) => command.split(' ')[0])).toEqual(['kubectl', 'ssh'])
  // The text shows what the JSON holds, so that it can be copied.
  const { stdout } = await bantam(folder, built)
  for (const command of commands) {
    expect(stdout).toContain(`   ${command}\n`)
    const [path = ''] = wordsOf(command, folder).filter((word) => word.startsWith(`${UGLY}/`))
    expect(existsSync(join(folder, path)), path).toBe(true)
  }
})

describe.each([
  ['an ugly name', UGLY],
  ['control characters', WITH_CONTROLS.replace('\n', ' ')],
  ['a dash in front', '-dash'],
])('a folder with %s', (_case, out) => {
  test('is one word in every step after a rotation', async () => {
    const folder = project()
    await bantam(folder, ['render'])
    for (const secret of ['admin-certificate', 'server-token', 'host-keys', 'admin-key']) {
      const { status, stdout, stderr } = await bantam(folder, ['secrets', 'rotate', secret, `--out=${out}`, '--json'])
      expect(status, stderr).toBe(0)
      const { steps } = JSON.parse(stdout) as { steps: readonly Step[] }
      const commands = commandsOf(steps).filter((command) => !/^(k3s|sudo)/.test(command))
      expect(commands.length).toBeGreaterThan(0)
      const named = commands.flatMap((command) => {
        // One step reads a file that the next build writes.
        const [, redirected] = / < (.*)$/.exec(command) ?? []
        const words = wordsOf(redirected === undefined ? command : `kubectl ${redirected}`, folder)
        return words.filter((word) => word.includes(out))
      })
      expect(named.length).toBeGreaterThan(0)
      const place = out.startsWith('-') ? `./${out}` : out
      for (const word of named)
        expect(
          [out, place].some((one) => word === one || word.startsWith(`${place}/`)),
          word,
        ).toBe(true)
    }
  })
})

test('a cluster file with an ugly name is one word in what init says', async () => {
  const folder = temporaryFolder()
  for (const name of [`${UGLY}.yaml`, `${WITH_CONTROLS}.yaml`]) {
    const { status, stdout } = await bantam(folder, ['init', '--cluster', name], { npm_command: undefined })
    expect(status).toBe(0)
    const command = /^Next: (.*), then /m.exec(stdout)?.[1] ?? expect.fail(stdout)
    expect(wordsOf(command, folder)).toEqual(['bantam', 'plan', '--cluster', name])
  }
})

testWithImages('a folder that ssh_config cannot name is refused before an image is written', async () => {
  const folder = project()
  const build = ['build-image', '--format', 'img', '--base', smallImage('raspios', folder), '--out', 'a${b}', '--json']
  const { status, stdout } = await bantam(folder, build)
  expect([status, errorOf(stdout).code]).toEqual([2, 'ACCESS_PATH_UNSUPPORTED'])
  expect(listFiles(folder).filter((path) => path.endsWith('.img'))).toEqual([join(folder, 'raspios.img')])
})

test('a rotation refuses a folder with a line break before anything changes, because ssh_config cannot name it', async () => {
  const folder = project()
  await bantam(folder, ['render'])
  const before = readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
  const { status, stdout, stderr } = await bantam(folder, [
    'secrets',
    'rotate',
    'server-token',
    `--out=${WITH_CONTROLS}`,
    '--json',
  ])
  expect(status).toBe(2)
  expect(stdout + stderr).toContain('ACCESS_PATH_UNSUPPORTED')
  expect(readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')).toBe(before)
})
