// @module-tag slow
/** What a person sees on a terminal, drawn by tmux. */
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished } from 'vitest'
import { changeBootFile } from '../../boot/change-boot-file.ts'
import { project } from '../../support/cli-project.ts'
import { cliPath } from '../../support/run-cli.ts'
import { openScreen, type Screen } from '../../support/screen.ts'
import { smallImage, temporaryFolder, testWithImages } from '../../support/small-image.ts'
import { hasProgram, run, testWith } from '../../support/validators.ts'

const MIB = 1024 * 1024
const NAME = '2026-04-01-raspios-trixie-arm64-lite.img'
const FAKE_QEMU = fileURLToPath(new URL('../../fixtures/fake-qemu', import.meta.url))

function bantamOn(folder: string, columns: number, words: readonly string[], env: Record<string, string> = {}): Screen {
  return openScreen([process.execPath, cliPath, ...words], {
    columns,
    cwd: folder,
    env: { HOME: folder, BANTAM_CACHE: join(folder, 'cache'), ...env },
  })
}

/** Serves 42 of 100 MiB, and never the rest. */
async function startStalledServer(): Promise<string> {
  const server = createServer((request, response) => {
    if (!request.url?.endsWith('.img')) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-length': 100 * MIB }).write(Buffer.alloc(42 * MIB))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}/raspios_lite_arm64/images/raspios_lite_arm64-2026-04-01/${NAME}`
}

describe.each([80, 200])('at %i columns', (columns) => {
  testWith('tmux')('a download shows progress and remaining time; Ctrl-C leaves the terminal as it was', async () => {
    const folder = project()
    const screen = bantamOn(folder, columns, ['build-image', '--format', 'img', '--base', await startStalledServer()])
    const rows = await screen.waitFor(/ 42% {2}0:0[4-9] {2}about 0:\d\d left/)
    const line = rows.find((row) => row.startsWith('downloading ')) ?? expect.fail(rows.join('\n'))
    expect(line).toMatch(/^downloading http:\/\/127\.0\.0.*arm64-lite\.img /)
    expect(line.includes(' MiB of 100.0 MiB')).toBe(columns === 200)
    // One step, one line: redrawing leaves no traces, and nothing is wrapped.
    expect(rows.filter((row) => row.includes('downloading'))).toHaveLength(1)
    expect(screen.lines()).toEqual(screen.rows())
    expect(screen.modes()).toEqual({ wrap: true, cursor: true })

    screen.type('C-c')
    const after = await screen.waitFor(/^exit code/)
    expect(after.at(-1)).toBe('exit code 130')
    expect(after.join('\n')).toContain('error BUILD_INTERRUPTED')
    expect(after.join('\n')).not.toContain('downloading')
    expect(screen.modes()).toEqual({ wrap: true, cursor: true })
    expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  const testBoot = hasProgram('qemu-img') && hasProgram('tmux') ? testWithImages : testWithImages.skip
  testBoot('the console of a machine is complete, also after a drawn step', async () => {
    const folder = temporaryFolder()
    const long = `systemd[1]: ${'Starting a service with a long name. '.repeat(8)}end of the line`
    const image = smallImage('raspios', folder)
    changeBootFile(image, 'kernel8.img', () => `print Linux version 6.12\nprint ${long}\n`)
    expect(run('xz', ['-0', '-T1', image]).status).toBe(0)
    const path = `${FAKE_QEMU}${delimiter}${process.env.PATH ?? ''}`
    const screen = bantamOn(folder, columns, ['boot', `${image}.xz`], { PATH: path })
    await screen.waitFor(/end of the line$/)
    expect(screen.lines()).toContain(long)
    expect(screen.modes()).toEqual({ wrap: true, cursor: true })
    screen.type('C-c')
    expect((await screen.waitFor(/^exit code/)).at(-1)).toBe('exit code 130')
    expect(screen.modes()).toEqual({ wrap: true, cursor: true })
  })
})

testWith('tmux')('after the terminal has become narrower, lines fit again', async () => {
  const screen = bantamOn(project(), 120, ['build-image', '--format', 'img', '--base', await startStalledServer()])
  await screen.waitFor(/ 42% /)
  screen.resize(60)
  const rows = await screen.waitFor(/^downloading .{1,48} 42%/)
  expect(rows.filter((row) => row.includes('42%'))).toHaveLength(1)
  expect(screen.lines()).toEqual(screen.rows())
})

testWith('tmux')('a skipped base image is a line with its whole reason, and no step', async () => {
  const folder = project('name: home\nos: [./gone.img, ./missing.img]\nnodes: [{name: server-1, profile: server}]\n')
  const screen = bantamOn(folder, 80, ['build-image'])
  await screen.waitFor(/^exit code/)
  expect(screen.lines().join('\n')).toMatch(/^continuing without .*gone\.img: .*\.$/m)
  expect(screen.lines().join('\n')).not.toMatch(/0%|\?$/m)
})
