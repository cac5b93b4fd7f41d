/** A cluster in emulated boards on a separate network: images built by the command line, releases served from this machine. */
import { execFile, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Machine } from '../../src/emulator/machine.ts'
import { withPrivateLink } from '../../src/emulator/private-link.ts'
import { bootNode, type EmulatedNode, insertCard, withBootVolume } from '../../src/pipeline/boot/emulated-node.ts'
import { MIB } from '../../src/units.ts'
import { freePort } from '../support/free-port.ts'
import { bantamProcess } from '../support/run-cli.ts'
import { volumesOf } from '../support/validate-image.ts'
import { askByKubeconfig } from './ask-by-kubeconfig.ts'
import { withReleaseServer } from './release-folder.ts'

export const VERSION = 'v1.36.4+k3s1'
// Machines share a link that this process carries: nothing may hold it up.
const execute = promisify(execFile)
const NETWORK = '10.77.0.0/24'
/** Leads to the releases. */
export const RELEASE_URL = 'http://10.77.0.4'
/** Leads to releases whose checksum list is wrong. */
export const WRONG_RELEASE_URL = 'http://10.77.0.5'
export const DISK_BYTES = 4096 * MIB

/** On two shared cores, with several machines at once. */
export const BOOT_MS = 900_000

const forwardProgram = [
  process.execPath,
  fileURLToPath(new URL('../../dist/cli/forward-connection.js', import.meta.url)),
]

export interface LabNode {
  readonly name: string
  /** Last byte of its address in the network. */
  readonly host: number
}

export interface BootChoices {
  readonly clock?: Date
  readonly link?: 'up' | 'down'
}

export interface BuildOptions {
  /** Folder of the cluster file, its secrets and results; the lab's own if left out. */
  readonly into?: string
  readonly parameters?: readonly string[]
}

export interface Lab {
  readonly folder: string
  /** Puts a fresh card with an image into a board; `folder` is that of the cluster which it was built for, the lab's own if left out. */
  readonly insert: (name: string, image?: string, folder?: string) => Promise<void>
  /** Switches a board on; the power is cut when `use` is done. */
  readonly boot: <T>(name: string, use: (machine: Machine) => Promise<T>, choices?: BootChoices) => Promise<T>
  /** Runs a shell script on a node as root, over SSH with the admin's key. */
  readonly inside: (name: string, script: string) => Promise<string>
  /** Waits until a unit of a node is active. systemd tells the console of a later boot's units no more once it counts as booted. */
  readonly untilActive: (name: string, unit: string) => Promise<void>
  /** Tries to log in with a password; gives what ssh says. */
  readonly tryPassword: (name: string) => Promise<string>
  /** Asks the API of the first node over the kubeconfig that was built with its image, from outside of the link. */
  readonly askApi: (path: string, kubeconfig?: string) => Promise<{ readonly status: number; readonly body: string }>
  /** Copies the card's boot partition into a file, with what is left of deleted files. No machine may be running on it. */
  readonly extractBootPartition: (name: string) => Promise<string>
  /** How many lines of a file, however binary, hold one of the texts, as grep says. */
  readonly countMatches: (file: string, texts: readonly string[]) => Promise<number>
  /** Reads a file of the card's boot partition. No machine may be running on it. */
  readonly readBootFile: (name: string, path: string) => Promise<string | null>
  /** Builds images from another cluster file, or into another folder. */
  readonly build: (clusterText: string, options?: BuildOptions) => Promise<void>
}

/** Lends a lab with images built from `clusterText`. */
export async function withLab(
  {
    title,
    base,
    clusterText,
    nodes,
    env,
  }: {
    readonly title: string
    readonly base: string
    readonly clusterText: string
    readonly nodes: readonly LabNode[]
    readonly env?: NodeJS.ProcessEnv
  },
  use: (lab: Lab) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bl-'))
  const { signal } = new AbortController()
  const build = async (text: string, { into = folder, parameters = [] }: BuildOptions = {}): Promise<void> => {
    writeFileSync(join(into, 'cluster.yaml'), text)
    const built = await bantamProcess(into, ['build-image', '--base', base, '--format', 'img', ...parameters], env)
    if (built.status !== 0) throw new Error(`build-image failed: ${built.stderr}`)
  }
  try {
    await build(clusterText)
    const ports = await Promise.all(nodes.map(freePort))
    const apiPort = await freePort()
    const first = nodes[0]?.host ?? 0
    await withReleaseServer({ versions: [VERSION] }, (right) =>
      withReleaseServer({ versions: [VERSION], fault: 'wrong-checksum' }, (wrong) =>
        withPrivateLink(
          {
            folder,
            network: NETWORK,
            memberCount: nodes.length,
            forwardProgram,
            forwards: [
              { address: '10.77.0.4', port: 80, hostPort: portOf(right.origin) },
              { address: '10.77.0.5', port: 80, hostPort: portOf(wrong.origin) },
            ],
            entrances: [
              ...nodes.map(({ host }, index) => ({
                hostPort: ports[index] ?? 0,
                address: `10.77.0.${host}`,
                port: 22,
              })),
              { hostPort: apiPort, address: `10.77.0.${first}`, port: 6443 },
            ],
          },
          signal,
          (sockets, linkSignal) =>
            use(new EmulatedLab({ title, folder, nodes, ports, apiPort, sockets, signal: linkSignal, build })),
        ),
      ),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface LabParts {
  readonly title: string
  readonly folder: string
  readonly nodes: readonly LabNode[]
  readonly ports: readonly number[]
  readonly apiPort: number
  readonly sockets: readonly string[]
  /** Ends machines with the link that they are on. */
  readonly signal: AbortSignal
  readonly build: Lab['build']
}

class EmulatedLab implements Lab {
  readonly folder: string
  readonly build: Lab['build']
  readonly #parts: LabParts
  /** What was put into each board. */
  readonly #images = new Map<string, string>()
  /** Where the ssh settings for each board are. */
  readonly #settingsFolders = new Map<string, string>()
  readonly #signal: AbortSignal

  constructor(parts: LabParts) {
    this.#parts = parts
    this.#signal = parts.signal
    this.folder = parts.folder
    this.build = parts.build
  }

  readonly insert = async (
    name: string,
    image = join(this.folder, 'out', 'lab', `${name}.img`),
    folder = this.folder,
  ): Promise<void> => {
    this.#images.set(name, image)
    this.#settingsFolders.set(name, folder)
    const node = this.#node(name)
    if (!existsSync(node.folder)) mkdirSync(node.folder)
    await insertCard(node, DISK_BYTES, this.#signal)
  }

  readonly boot = async <T>(
    name: string,
    use: (machine: Machine) => Promise<T>,
    { clock, link = 'up' }: BootChoices = {},
  ): Promise<T> => {
    const { title, nodes, sockets } = this.#parts
    const log = join(process.env.BANTAM_BOOT_LOGS ?? this.folder, `${title}-${name}.log`)
    const options = {
      linkSocket: sockets[nodes.findIndex((node) => node.name === name)] ?? null,
      clock: clock ?? null,
      signal: this.#signal,
      onNote: () => undefined,
      onLine: (line: string) => {
        if (line.trim() !== '') appendFileSync(log, `${line}\n`)
      },
    }
    return bootNode(this.#node(name), options, async (machine) => {
      await machine.setLink(link)
      try {
        return await use(machine)
      } finally {
        // The log of a test run shows how far each machine came.
        console.log(`${title} ${name}: ${machine.milestones.map((one) => `${one.name} ${one.seconds} s`).join(', ')}`)
      }
    })
  }

  readonly inside = async (name: string, script: string): Promise<string> => {
    const { status, output } = await this.#ssh(
      name,
      ['-i', join(this.folder, 'out/lab.access/id_ed25519'), '-o', 'BatchMode=yes'],
      ['sudo', 'sh', '-s'],
      script,
    )
    if (status !== 0) throw new Error(`ssh to ${name} ended with ${status}: ${output}`)
    return output
  }

  readonly untilActive = async (name: string, unit: string): Promise<void> => {
    for (const endsAt = performance.now() + BOOT_MS; ;) {
      const output = await this.inside(
        name,
        `timeout 120 sh -c 'until systemctl is-active --quiet ${unit}; do sleep 3; done'; systemctl is-active ${unit}`,
      ).catch((error: unknown) => String(error))
      if (output.trim() === 'active') return
      if (performance.now() > endsAt) throw new Error(`${unit} of ${name} did not become active: ${output}`)
      await new Promise((resolve) => setTimeout(resolve, 5000))
    }
  }

  readonly tryPassword = async (name: string): Promise<string> =>
    (await this.#ssh(name, ['-o', 'PubkeyAuthentication=no', '-o', 'NumberOfPasswordPrompts=0'], ['true'], '')).output

  readonly readBootFile = (name: string, path: string): Promise<string | null> =>
    withBootVolume(this.#node(name), this.#signal, async (volume) => {
      const bytes = await volume.readFile(path)
      return bytes === null ? null : Buffer.from(bytes).toString()
    })

  readonly askApi = (
    path: string,
    kubeconfig = join(this.folder, 'out/lab.access/kubeconfig'),
  ): Promise<{ readonly status: number; readonly body: string }> =>
    askByKubeconfig(kubeconfig, this.#parts.apiPort, path)

  readonly extractBootPartition = async (name: string): Promise<string> => {
    const [card, volume] = [join(this.folder, name, 'card.img'), join(this.folder, name, 'boot-partition')]
    await execute('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', join(this.folder, name, 'disk.qcow2'), card])
    const { boot } = volumesOf(card)
    await execute('dd', [
      `if=${card}`,
      `of=${volume}`,
      'bs=512',
      `skip=${boot.byteStart / 512}`,
      `count=${boot.byteLength / 512}`,
    ])
    rmSync(card)
    return volume
  }

  readonly countMatches = async (file: string, texts: readonly string[]): Promise<number> => {
    const patterns = join(this.folder, 'patterns')
    writeFileSync(patterns, `${texts.join('\n')}\n`)
    // grep ends with 1 where it finds nothing.
    const { stdout } = await execute('sh', ['-c', 'grep -acFf "$0" "$1" || [ $? = 1 ]', patterns, file])
    return Number(stdout)
  }

  #node(name: string): EmulatedNode {
    return {
      name,
      image: this.#images.get(name) ?? '',
      board: 'pi4',
      folder: join(this.folder, name),
      memoryMiB: 768,
      processorCount: 1,
      kernel: null,
    }
  }

  async #ssh(
    name: string,
    options: readonly string[],
    command: readonly string[],
    input: string,
  ): Promise<{ readonly status: number; readonly output: string }> {
    const { nodes, ports } = this.#parts
    const port = ports[nodes.findIndex((node) => node.name === name)] ?? 0
    // As users log in, but through the entrance from this machine: the host key must be the one that was known before the first start.
    const entrance = ['-o', 'HostName=127.0.0.1', '-p', String(port), '-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=60']
    const child = spawn(
      'ssh',
      [
        '-F',
        join(this.#settingsFolders.get(name) ?? this.folder, 'out/lab.access/ssh_config'),
        ...entrance,
        ...options,
        name,
        ...command,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const status = await new Promise<number>((resolve) => {
      child.on('close', (code) => {
        resolve(code ?? -1)
      })
    })
    return { status, output }
  }
}

/** Every secret of the lab's cluster. */
export function secretsOfLab(folder: string): readonly string[] {
  return [
    ...new Set(
      readFileSync(join(folder, 'lab.secrets.yaml'), 'utf8').matchAll(/[0-9a-f]{32,}|^ +[A-Za-z0-9+/]{64,70}$/gm),
    ),
  ].map((match) => match[0].trim())
}

function portOf(origin: string): number {
  return Number(new URL(origin).port)
}
