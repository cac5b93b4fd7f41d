/** Real processes and real disks: what another build, or a disk that fails, does to an image. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { noise } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWithLoopDevice } from '../support/validators.ts'

const MIB = 1024 * 1024
const driver = fileURLToPath(new URL('../support/write-one-image.mjs', import.meta.url))

interface Build {
  readonly process: ChildProcessWithoutNullStreams
  /** The next line that it prints. */
  readonly line: () => Promise<string>
}

function startBuild(base: string, outFolder: string, byte: number, pauseAt = ''): Build {
  const child = spawn(process.execPath, [driver, base, outFolder, String(byte)], {
    env: { ...process.env, PAUSE_AT: pauseAt },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stderr.pipe(process.stderr)
  return {
    process: child,
    line: async () => {
      const [bytes] = (await once(child.stdout, 'data')) as [Buffer]
      return bytes.toString().trim()
    },
  }
}

function imageOf(base: Uint8Array, byte: number): Buffer {
  return Buffer.from(base).fill(byte, 8192, 8192 + 4096)
}

test.each(['readBack', 'beforeReplace'])(
  'a build that was stopped at %s, and lost its folder to another one, changes nothing there',
  async (pauseAt) => {
    const folder = temporaryFolder()
    const base = noise(MIB, 1)
    const basePath = join(folder, 'base.img')
    writeFileSync(basePath, base)
    const outFolder = join(folder, 'out')
    mkdirSync(outFolder)
    const first = startBuild(basePath, outFolder, 1, pauseAt)
    expect(await first.line()).toBe(pauseAt)
    first.process.kill('SIGSTOP')
    const second = startBuild(basePath, outFolder, 2, pauseAt)
    // The second one has taken the folder over, and is in the middle of its work, when the first one goes on.
    expect(await second.line()).toBe(pauseAt)
    first.process.kill('SIGCONT')
    first.process.stdin.write('go on\n')
    expect(await first.line()).toBe('FILE_LOCK_LOST')
    second.process.stdin.write('go on\n')
    expect(await second.line()).toBe('done')
    expect(readFileSync(join(outFolder, 'node.img')).equals(imageOf(base, 2))).toBe(true)
    expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: outFolder }).status).toBe(0)
    expect(readdirSync(outFolder).sort()).toEqual(['SHA256SUMS', 'node.img'])
  },
)

test('a build removes what killed builds left, and keeps everything else', async () => {
  const folder = temporaryFolder()
  const basePath = join(folder, 'base.img')
  writeFileSync(basePath, noise(MIB, 1))
  const outFolder = join(folder, 'out')
  mkdirSync(outFolder)
  const left = ['node.img.partial', 'other.img.xz.partial', 'node.verify.partial', `a.img.${randomUUID()}.partial`]
  const others = ['other.img', 'notes.partial.txt']
  for (const name of [...left, ...others]) writeFileSync(join(outFolder, name), 'left')
  expect(await startBuild(basePath, outFolder, 1).line()).toBe('done')
  expect(readdirSync(outFolder).sort()).toEqual(['SHA256SUMS', 'node.img', ...others].sort())
})

testWithLoopDevice.for([
  // The file system has room, and the disk below it does not: writes succeed until they are flushed.
  ['runs out of space', 'truncate -s 64M "$1/disk"; mke2fs -q -F -t ext4 "$1/disk"', 'small'],
] as const)('a disk that %s gives an error, and no image under its name', ([, make]) => {
  const folder = temporaryFolder()
  const basePath = join(folder, 'base.img')
  writeFileSync(basePath, noise(24 * MIB, 2))
  mkdirSync(join(folder, 'small'))
  const script = `
    set -e
    mount -t tmpfs -o size=12m none "$1/small"
    cd "$1/small"
    ${make.replaceAll('$1/', '')}
    mkdir at && device=$(losetup --find --show disk) && trap 'cd /; umount "$1/small/at"; losetup --detach $device' EXIT
    mount -t ext4 "$device" at && mkdir at/out
    node "$2" "$1/base.img" at/out 1
    ls -A at/out`
  const { output } = run('unshare', ['--mount', 'sh', '-c', script, 'sh', folder, driver])
  expect(output).toMatch(/^(OUTPUT_DISK_FULL|OUTPUT_DISK_FAILED|OUTPUT_VERIFY_FAILED)\n/)
  expect(output).not.toContain('node.img')
})
