// @module-tag slow
/** Limits and faults of a real machine, met by the real program: each has a code, and BUG is none of them. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorOf, listFiles, project } from '../support/cli-project.ts'
import { cliPath } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

interface ShellRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs bantam as a shell does: `script` sets limits and redirections around `bantam`. */
function shell(folder: string, script: string): ShellRun {
  const text = `bantam() { "$0" "$cli" "$@"; }; ${script}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', text, process.execPath], {
    cwd: folder,
    env: { ...process.env, cli: cliPath, HOME: folder, BANTAM_CACHE: join(folder, 'cache'), NO_COLOR: '1' },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** `test`, skipped visibly on systems without these files of Linux. */
const testOnLinux = platform() === 'linux' ? test : test.skip
const testImagesOnLinux = platform() === 'linux' ? testWithImages : testWithImages.skip
const locks = (folder: string): readonly string[] => listFiles(folder).filter((path) => path.endsWith('.lock'))

// Below that, Node cannot open the first file of the program.
describe.each([21, 24, 32, 40, 48, 64, 80])('ulimit -n %i', (limit) => {
  testImagesOnLinux('is named, in text and in JSON', () => {
    const folder = project()
    smallImage('raspios', folder)
    const build = 'bantam build-image --format img --base raspios.img'
    const json = shell(folder, `ulimit -n ${limit}; ${build} --json`)
    expect([json.status, errorOf(json.stdout).code]).toEqual([1, 'MACHINE_OPEN_FILES'])
    expect(errorOf(json.stdout).hint).toContain('ulimit -n 1024')
    const text = shell(folder, `ulimit -n ${limit}; ${build}`)
    expect(text.stderr).toMatch(/^error MACHINE_OPEN_FILES: /m)
    expect(locks(folder)).toEqual([])
  })
})

describe.each([2, 8, 20, 40])('ulimit -v of %i GiB', (gibibytes) => {
  testImagesOnLinux('ends a build with a code and no lock, or lets it finish', () => {
    const folder = project()
    smallImage('raspios', folder)
    const limit = `ulimit -v ${gibibytes * 1024 * 1024}`
    const { status, stdout, stderr } = shell(folder, `${limit}; bantam build-image --base raspios.img --json`)
    // Three nodes at the same time: their file systems take more than 40 GiB of addresses, unless one ends before another begins.
    if (status !== 0) expect([status, errorOf(stdout).code, stderr]).toEqual([1, 'MACHINE_MEMORY', stderr])
    else expect(gibibytes).toBe(40)
    // Nothing of Emscripten, V8 or Node.
    expect(stderr).not.toMatch(/wasm|Abort|Fatal|Node\.js|^ {4}at /m)
    expect(existsSync(join(folder, 'out/home/.lock'))).toBe(false)
    expect(locks(folder)).toEqual([])
  })
})

testOnLinux('a limit of addresses that no image fits into is found before the work', () => {
  const folder = project()
  const { status, stdout } = shell(folder, 'ulimit -v 8388608; bantam inspect gone.img --json')
  expect([status, errorOf(stdout).code]).toEqual([1, 'MACHINE_MEMORY'])
  expect(errorOf(stdout).message).toContain('its addresses are limited to 8.00 GiB')
})

// 8: V8 ends the process while the program loads. 24: during an image. The message is there before.
describe.each([8, 24])('a heap of %i MB', (megabytes) => {
  test('is named before V8 ends the process, in text and in JSON', () => {
    const plan = `NODE_OPTIONS=--max-old-space-size=${megabytes} bantam plan`
    const json = shell(project(), `${plan} --json`)
    expect([json.status, json.stderr, errorOf(json.stdout).code]).toEqual([1, '', 'MACHINE_MEMORY'])
    expect(errorOf(json.stdout).hint).toContain('--max-old-space-size')
    const text = shell(project(), plan)
    expect([text.status, text.stdout]).toEqual([1, ''])
    expect(text.stderr).toMatch(/^error MACHINE_MEMORY: /)
  })
})

test('a heap of 64 MB is enough for a plan', () => {
  expect(shell(project(), 'NODE_OPTIONS=--max-old-space-size=64 bantam plan').status).toBe(0)
})

describe('ulimit -f', () => {
  testOnLinux('as limit of stdout: one line says what to do, and no text is lost without it', () => {
    const folder = project()
    const { status, stderr } = shell(folder, 'ulimit -f 1; bantam plan --json >plan.json')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error OUTPUT_STREAM_FAILED: The command is done, .*EFBIG.*ulimit -f unlimited.*\n$/)
  })

  testOnLinux('as limit of a result: a code, and no lock or unfinished file is left', () => {
    const folder = project()
    const { status, stdout } = shell(folder, 'ulimit -f 1; bantam render --json')
    expect([status, errorOf(stdout).code]).toEqual([1, 'SECRETS_UNWRITABLE'])
    expect(listFiles(folder).filter((path) => /\.lock$|\.partial$/.test(path))).toEqual([])
  })
})

describe('/dev/full', () => {
  testImagesOnLinux('as stdout: the images are complete, and one line says that the text is lost', () => {
    const folder = project()
    smallImage('raspios', folder)
    for (const json of ['', ' --json']) {
      rmSync(join(folder, 'out'), { recursive: true, force: true })
      const { status, stderr } = shell(folder, `bantam build-image --format img --base raspios.img${json} >/dev/full`)
      expect(status).toBe(1)
      expect(stderr.split('\n').filter((line) => !/^(writing|verifying) /.test(line))).toEqual([
        expect.stringMatching(
          /^error OUTPUT_STREAM_FAILED: The command is done, and its files are complete, but .*ENOSPC.* Free some space /,
        ),
        '',
      ])
      expect(run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
    }
  })

  testOnLinux('as stdout of a command that fails: says so, with the code of the failure', () => {
    const { status, stderr } = shell(project(), 'bantam plan --cluster gone.yaml --json >/dev/full')
    expect(status).toBe(2)
    expect(stderr).toMatch(/^error OUTPUT_STREAM_FAILED: The command failed, but .* Free some space .*\n$/)
  })

  testOnLinux('as stderr: the result is on stdout, and the exit code tells', () => {
    const { status, stdout } = shell(
      project('name: home\nnodes: [{name: a, profile: server}]\n'),
      'bantam nonsense 2>/dev/full; bantam validate 2>/dev/full',
    )
    expect([status, stdout]).toEqual([0, 'cluster.yaml is valid: cluster home with 1 node.\n'])
    expect(shell(project(), 'bantam validate --cluster gone.yaml 2>/dev/full').status).toBe(2)
  })

  testOnLinux('as both: no stack, exit code 1', () => {
    expect(shell(project(), 'bantam plan >/dev/full 2>/dev/full')).toEqual({ status: 1, stdout: '', stderr: '' })
  })
})

test.each([
  ['stdout closed', '>&-'],
  ['stderr closed', '2>&-'],
  ['all closed', '<&- >&- 2>&-'],
  ['a reader that stops early', '2>&1 | head -c 1'],
])('%s is no failure', (_case, redirection) => {
  for (const json of ['', '--json']) {
    const { status, stderr } = shell(project(), `bantam plan ${json} ${redirection}`)
    expect([status, stderr]).toEqual([0, ''])
  }
})

test('a stdout that is open for reading only is a failure of its own', () => {
  const folder = project()
  writeFileSync(join(folder, 'empty'), '')
  const { status, stderr } = shell(folder, 'bantam plan 1<empty')
  expect(status).toBe(1)
  expect(stderr).toMatch(/^error OUTPUT_STREAM_FAILED: The command is done, .*EBADF.* Open stdout for writing/)
})

describe('a removed working folder', () => {
  const gone = (folder: string, command: string): ShellRun => {
    mkdirSync(join(folder, 'gone'))
    return shell(folder, `cd gone; rmdir "$HOME/gone"; ${command}`)
  }

  test.each(['--version', '--help', '--no-color --help', 'plan --help', 'explain BUG'])(
    'does not matter to %s',
    (words) => {
      const { status, stdout, stderr } = gone(project(), `bantam ${words}`)
      expect([status, stderr]).toEqual([0, ''])
      expect(stdout).not.toBe('')
    },
  )

  test.each(['plan', 'validate', 'init', 'boot a.img', 'secrets show', 'build-image'])('is named by %s', (words) => {
    const folder = project()
    const { status, stdout, stderr } = gone(folder, `bantam ${words} --json`)
    expect([status, stderr]).toEqual([2, ''])
    expect(errorOf(stdout).code).toBe('MACHINE_FOLDER_GONE')
  })
})

const testAsNobody = process.getuid?.() === 0 ? testWith('setpriv') : test.skip

describe('a user without HOME and without an entry in the list of users', () => {
  const asNobody = (command: string): ShellRun => {
    const folder = project()
    run('chmod', ['755', folder])
    const script = `setpriv --reuid 54321 --regid 54321 --clear-groups env -i PATH="$PATH" "$0" "$cli" ${command}`
    return shell(folder, script)
  }

  testAsNobody('can ask for version and help, and plan', () => {
    for (const command of ['--version', '--help', 'plan', 'plan --json'])
      expect(asNobody(command), command).toMatchObject({ status: 0, stderr: '' })
  })

  testAsNobody('is told to name a cache folder where one is necessary', () => {
    const { status, stdout } = asNobody('build-image --json')
    expect([status, errorOf(stdout).code]).toEqual([2, 'CACHE_HOME_UNKNOWN'])
  })
})

test('an empty HOME is no home folder', () => {
  const { status, stdout } = shell(project(), 'unset BANTAM_CACHE XDG_CACHE_HOME; HOME= bantam inspect a.img --json')
  expect([status, errorOf(stdout).code]).toEqual([2, 'CACHE_HOME_UNKNOWN'])
})

testImagesOnLinux('without a home folder, a raw image is inspected in place', () => {
  const folder = project()
  smallImage('raspios', folder)
  const script = 'unset BANTAM_CACHE XDG_CACHE_HOME; HOME= bantam inspect raspios.img --json'
  const { status, stdout } = shell(folder, script)
  expect([status, JSON.parse(stdout)]).toMatchObject([0, { image: 'raspios.img', flavour: 'raspios' }])
})
