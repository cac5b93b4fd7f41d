/** The releases that boot tests serve have the form of upstream's, and fail as asked. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, testWith } from '../support/validators.ts'
import { BINARY, CHECKSUMS, withReleaseServer, writeReleaseFolder } from './release-folder.ts'

const VERSION = 'v1.36.4+k3s1'

testWith('sha256sum', 'python3')('writes a folder that sha256sum accepts and whose binary names its version', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-releases-'))
  const release = writeReleaseFolder(folder, VERSION)
  expect(run('sha256sum', ['--check', CHECKSUMS], { cwd: release })).toMatchObject({ status: 0 })
  expect(statSync(join(release, BINARY)).mode & 0o777).toBe(0o755)
  expect(run('python3', [join(release, BINARY), '--version'], { env: { STAND_IN_VERSION: '' } }).output).toContain(
    `k3s version ${VERSION} (stand-in)`,
  )
  rmSync(folder, { recursive: true })
})

testWith('curl')('lets a download go on after its connection broke, and counts both', async () => {
  await withReleaseServer({ versions: [VERSION], fault: 'broken-connection' }, async ({ releaseUrl, requestCount }) => {
    const folder = mkdtempSync(join(tmpdir(), 'bantam-releases-'))
    const target = join(folder, BINARY)
    const fetch = (): Promise<number | null> =>
      new Promise((resolve) => {
        spawn('curl', ['-sf', '--continue-at', '-', '--output', target, `${releaseUrl}/v1.36.4%2Bk3s1/${BINARY}`]).on(
          'exit',
          resolve,
        )
      })
    expect([await fetch(), await fetch()]).toEqual([18, 0])
    const listed = await (await globalThis.fetch(`${releaseUrl}/v1.36.4%2Bk3s1/${CHECKSUMS}`)).text()
    expect(listed).toContain(`${createHash('sha256').update(readFileSync(target)).digest('hex')}  ${BINARY}\n`)
    expect(requestCount(VERSION, BINARY)).toBe(2)
    rmSync(folder, { recursive: true })
  })
})

test('serves the checksum of other bytes where it is asked to', async () => {
  await withReleaseServer({ versions: [VERSION], fault: 'wrong-checksum' }, async ({ releaseUrl }) => {
    const get = async (file: string): Promise<Buffer> =>
      Buffer.from(await (await fetch(`${releaseUrl}/v1.36.4%2Bk3s1/${file}`)).arrayBuffer())
    const sha256 = createHash('sha256')
      .update(await get(BINARY))
      .digest('hex')
    const list = (await get(CHECKSUMS)).toString()
    expect(list).toMatch(/^[0-9a-f]{64} {2}k3s-arm64$/m)
    expect(list).not.toContain(sha256)
  })
})
