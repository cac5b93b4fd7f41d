// @module-tag slow
/** Real signals to a real process: exit codes as shells expect them, and nothing left behind. */
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { platform } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { errorOf, listFiles, project } from '../support/cli-project.ts'
import { bantamProcess } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'

/** Serves the first bytes of an image, and never the rest. */
async function startStalledServer(): Promise<string> {
  const server = createServer((request, response) => {
    const isImage = request.url?.endsWith('.img') === true
    response.writeHead(isImage ? 200 : 404, isImage ? { 'content-length': 1e9 } : {})
    if (isImage) response.write('x'.repeat(70_000))
    else response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/big.img`
}

const unfinished = (folder: string): readonly string[] =>
  listFiles(folder).filter((path) => /\.lock$|SHA256SUMS|out\/.*\.img/.test(path))

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, exitCode) => {
  test(`during a build exits ${exitCode}, and leaves nothing unfinished`, async () => {
    const folder = project()
    let sent = false
    const { status, stdout } = await bantamProcess(
      folder,
      ['build-image', '--format', 'img', '--base', await startStalledServer(), '--json'],
      {},
      (text, kill) => {
        // Once: a second signal ends the process where it stands.
        if (!sent && text.includes('downloading')) sent = kill(signal)
      },
    )
    expect([status, errorOf(stdout).code]).toEqual([exitCode, 'BUILD_INTERRUPTED'])
    expect(unfinished(folder)).toEqual([])
  })
})

testWithImages('SIGTERM while another build holds the folder exits 143 and does not remove its lock', async () => {
  const folder = project()
  const base = smallImage('raspios', folder)
  mkdirSync(join(folder, 'out/home'), { recursive: true })
  const lock = join(folder, 'out/home/.lock')
  writeFileSync(lock, 'another build')
  // Fresh for as long as the test takes.
  const ahead = new Date(Date.now() + 600_000)
  utimesSync(lock, ahead, ahead)
  let sent = false
  const { status, stderr } = await bantamProcess(
    folder,
    ['build-image', '--format', 'img', '--base', base],
    {},
    (text, kill) => {
      if (!sent && text.includes('waiting for')) sent = kill('SIGTERM')
    },
  )
  expect(status, stderr).toBe(143)
  expect(unfinished(folder)).toEqual([lock])
})

describe.skipIf(platform() !== 'linux')('after SIGKILL, the next build waits for nobody', () => {
  testWithImages('where images were being written', async () => {
    const folder = project()
    const build = ['build-image', '--format', 'img', '--jobs', '1', '--base', smallImage('raspios', folder)]
    let sent = false
    const killed = await bantamProcess(folder, build, {}, (text, kill) => {
      if (!sent && text.includes('writing ')) sent = kill('SIGKILL')
    })
    expect([killed.status, existsSync(join(folder, 'out/home/.lock'))]).toEqual([null, true])
    const { status, stderr } = await bantamProcess(folder, build)
    expect(status, stderr).toBe(0)
    expect(stderr).not.toContain('waiting for')
    expect(unfinished(folder).filter((path) => /partial|lock$/.test(path))).toEqual([])
  })

  test('where the cache was being filled', async () => {
    const folder = project()
    const build = ['build-image', '--format', 'img', '--base', await startStalledServer()]
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      let sent = false
      const { stderr } = await bantamProcess(folder, build, {}, (text, kill) => {
        if (!sent && text.includes('downloading')) sent = kill(signal)
      })
      expect(sent).toBe(true)
      expect(stderr).not.toContain('waiting for')
    }
  })
})
