/** Releases as upstream publishes them, with the stand-in for k3s in place of k3s, and a server that hands them out. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startReleaseServer, type ReleaseServer } from '../support/release-server.ts'

export const BINARY = 'k3s-arm64'
export const IMAGES = 'k3s-airgap-images-arm64.tar.zst'
export const CHECKSUMS = 'sha256sum-arm64.txt'

export const standInPath = fileURLToPath(new URL('stand-in/k3s', import.meta.url))

/** What is wrong with the release: a checksum of other bytes, or a connection that breaks at half of the first download. */
export type ReleaseFault = 'wrong-checksum' | 'broken-connection'

export interface ReleaseServerOptions {
  /** Such as `v1.36.4+k3s1`. */
  readonly versions: readonly string[]
  readonly fault?: ReleaseFault
}

export interface ServedReleases extends ReleaseServer {
  /** For `releaseUrl` of cluster.yaml: `<releaseUrl>/<version>/k3s-arm64`. */
  readonly releaseUrl: string
  /** How often a file of a release has been asked for, in any range. */
  readonly requestCount: (version: string, file: string) => number
}

/** The files of one release by name: names and form of the list are those of https://github.com/k3s-io/k3s/releases. */
export function releaseFiles(version: string, fault?: ReleaseFault): ReadonlyMap<string, Buffer> {
  const binary = Buffer.from(standInFor(version))
  const images = Buffer.from('stand-in-k3s: no container images\n')
  const listed = fault === 'wrong-checksum' ? Buffer.from('other bytes') : binary
  const checksums = `${sha256(images)}  ${IMAGES}\n${sha256(listed)}  ${BINARY}\n`
  return new Map([
    [BINARY, binary],
    [IMAGES, images],
    [CHECKSUMS, Buffer.from(checksums)],
  ])
}

/** Writes `<folder>/<version>/` and gives its path. */
export function writeReleaseFolder(folder: string, version: string): string {
  const path = join(folder, version)
  mkdirSync(path, { recursive: true })
  for (const [name, content] of releaseFiles(version))
    writeFileSync(join(path, name), content, { mode: name === BINARY ? 0o755 : 0o644 })
  return path
}

/** Serves releases on the loopback interface, where QEMU's user network reaches them, for as long as `use` runs. */
export async function withReleaseServer<Result>(
  options: ReleaseServerOptions,
  use: (server: ServedReleases) => Promise<Result>,
): Promise<Result> {
  const server = await startReleaseServer()
  const pathOf = (version: string, file: string): string => `/${encodeURIComponent(version)}/${file}`
  for (const version of options.versions) {
    for (const [file, content] of releaseFiles(version, options.fault)) server.put(pathOf(version, file), content)
    if (options.fault === 'broken-connection') server.behave(pathOf(version, BINARY), ['cut-at-half'])
  }
  try {
    return await use({
      ...server,
      releaseUrl: server.origin,
      requestCount: (version, file) => server.requests.filter(({ path }) => path === pathOf(version, file)).length,
    })
  } finally {
    await server.close()
  }
}

function standInFor(version: string): string {
  const source = readFileSync(standInPath, 'utf8')
  const line = /^INSTALLED_VERSION = '[^']*'/m
  if (!line.test(source)) throw new Error('the stand-in has no line for its version')
  if (!/^v\d+\.\d+\.\d+\+k3s\d+$/.test(version)) throw new Error(`${version} is no version of k3s`)
  return source.replace(line, `INSTALLED_VERSION = '${version}'`)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
