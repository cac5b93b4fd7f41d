/** A cluster's folder for tests of the command line, and what they look for in it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { bantam } from './run-cli.ts'
import { temporaryFolder } from './small-image.ts'

export const CLUSTER = `name: home
network: {gateway: 192.168.1.1, dns: [192.168.1.1]}
nodes:
  - {name: server-1, profile: server, board: pi5, address: 192.168.1.10/24}
  - {name: "worker-[1-2]", profile: worker, board: pi4, address: "192.168.1.[21-22]/24"}
`

/** Makes a folder with a cluster file. */
export function project(text = CLUSTER): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'cluster.yaml'), text)
  return folder
}

interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly problems: readonly { code: string }[]
  }
}

/** The error of a `--json` document. */
export function errorOf(stdout: string): ErrorDocument['error'] {
  return (JSON.parse(stdout) as ErrorDocument).error
}

/** Every secret of a project's secrets file. */
export function secretsOf(folder: string): readonly string[] {
  const lines = readFileSync(join(folder, 'home.secrets.yaml'), 'utf8').split('\n')
  const text = lines.filter((line) => !line.includes('ssh-ed25519 ')).join('\n')
  return [...text.matchAll(/[0-9a-f]{64}/g), ...text.matchAll(/[A-Za-z0-9+/]{60,}/g)].map((match) => match[0])
}

/** Every file below a folder. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}

/** A project whose secrets have been made by a render. */
export async function rendered(clusterText = CLUSTER): Promise<string> {
  const folder = project(clusterText)
  const { status, stderr } = await bantam(folder, ['render'])
  expect(status, stderr).toBe(0)
  return folder
}
