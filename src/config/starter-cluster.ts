import { stringify } from 'yaml'
import { docsPage } from '../errors/shared-hints.ts'
import { defaultOs } from '../model/base-image-catalog.ts'
import type { Board } from '../model/boards.ts'
import { DEFAULT_K3S_VERSION } from './settings/parse-k3s.ts'

export interface StarterOptions {
  readonly name?: string
  readonly servers?: number
  readonly workers?: number
  readonly board?: Board
  readonly os?: readonly string[]
  readonly timezone?: string
  readonly user?: string
  /** Public keys or files that hold them. Left out: the keys in ~/.ssh, or a new key pair. */
  readonly sshKeys?: readonly string[]
  /** Folder of the docs and the schema, relative to the cluster file's folder. Null: there is only `SCHEMA_COPY`, beside the cluster file. */
  readonly docsFolder?: string | null
}

/** Name of the schema file that `init` writes. No other program uses it, so `init` may replace the file. */
export const SCHEMA_COPY = 'bantam.schema.json'

/** Writes the text of a starter cluster file. It is complete; its comments show the other keys. */
export function starterCluster(options: StarterOptions = {}): string {
  const { name = 'home', servers = 1, workers = 2, os = defaultOs, timezone = 'Etc/UTC', user = 'bantam' } = options
  const { board = 'pi4', sshKeys, docsFolder = './docs' } = options
  return `# yaml-language-server: $schema=${docsFolder === null ? `./${SCHEMA_COPY}` : `${docsFolder}/cluster.schema.json`}
# One k3s cluster of Raspberry Pis. ${explanation(docsFolder)} explains every key.
name: ${flow(name)}
os: ${flow(os)} # the first one that is available
timezone: ${flow(timezone)}

admin:
  user: ${flow(user)}
  ${sshKeysLines(sshKeys)}

# Nodes ask the router for an address (DHCP). For fixed ones, give each node an \`address\` and write here:
# network:
#   gateway: 192.168.1.1
#   dns: [192.168.1.1]
# With Wi-Fi instead of a cable:
#   wifi: {ssid: my-network, password: "\${env:WIFI_PASSWORD}", country: GB}

k3s:
  version: ${DEFAULT_K3S_VERSION} # always pinned: the same file gives the same images
  install: online # offline puts k3s into the image
  datastore: ${servers > 1 ? 'etcd' : 'sqlite'} # sqlite for one server, etcd for three or more

nodes:
${nodeLines('server', 'server', servers, board)}${nodeLines('worker', 'worker', workers, board)}  # With a fixed address: {name: storage-1, profile: worker, board: pi5, address: 192.168.1.31/24}
`
}

function explanation(docsFolder: string | null): string {
  if (docsFolder === null) return docsPage('cluster-yaml')
  return `${docsFolder.replace(/^\.\//, '')}/cluster-yaml.md`
}

function sshKeysLines(sshKeys: readonly string[] | undefined): string {
  if (sshKeys !== undefined) return `sshKeys: ${flow(sshKeys)}`
  return `# sshKeys: [~/.ssh/id_ed25519.pub]
  # If you leave it out, bantam uses the public keys in ~/.ssh.
  # If there are none, bantam makes a key pair and keeps it with the secrets.`
}

function nodeLines(name: string, profile: string, count: number, board: Board): string {
  if (count < 1) return ''
  const names = count === 1 ? `${name}-1` : `${name}-[1-${count}]`
  return `  - {name: ${count === 1 ? names : JSON.stringify(names)}, profile: ${profile}, board: ${board}}\n`
}

/** Writes a value on one line, quoted where YAML needs it. */
function flow(value: string | readonly string[]): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd()
}
