/** Nodes that run the stand-in for k3s on this machine: a folder each that it takes for its root, on the loopback interface. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run, type Verdict } from '../support/validators.ts'
import { standInPath } from './release-folder.ts'

const LOG_WAIT_MS = 40_000
export const VERSION = 'v1.36.4+k3s1'

/** python3 with its yaml module, or null; in CI a missing one ends the run. */
export function findPython(): string | null {
  const found = ['python3', '/usr/bin/python3'].find((program) => {
    try {
      return run(program, ['-c', 'import yaml']).status === 0
    } catch {
      return false
    }
  })
  if (found === undefined && process.env.CI === 'true')
    throw new Error('python3 with yaml is required in CI and is not installed')
  return found ?? null
}

export interface StandInNode {
  readonly root: string
  /** A file below the root, by its path on a node. */
  readonly path: (path: string) => string
  readonly read: (path: string) => string
  readonly write: (path: string, text: string, mode?: number) => void
  readonly has: (path: string) => boolean
  readonly mode: (path: string) => number
  readonly start: (command: 'server' | 'agent', env?: NodeJS.ProcessEnv) => void
  /** Ends it as a power cut would. */
  readonly stop: () => Promise<void>
  /** Exit code, or null while it runs. */
  readonly exitCode: () => number | null
  /** All that its starts have written so far. */
  readonly log: () => string
  /** Waits until the log since the last start has a text; throws with the log where it does not come. */
  readonly logs: (text: string, count?: number) => Promise<void>
  readonly k3s: (...args: readonly string[]) => Verdict
  readonly remove: () => Promise<void>
}

/** Makes a node whose config.yaml holds the lines given. */
export function createNode(config: string): StandInNode {
  const root = mkdtempSync(join(tmpdir(), 'bantam-stand-in-'))
  const env = { STAND_IN_ROOT: root, STAND_IN_VERSION: VERSION }
  const python = findPython() ?? 'python3'
  const path = (name: string): string => join(root, name)
  let child: ChildProcess | null = null
  let log = ''
  let startedAt = 0
  const node: StandInNode = {
    root,
    path,
    read: (name) => readFileSync(path(name), 'utf8'),
    write: (name, text, mode = 0o600) => {
      mkdirSync(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), text)
      chmodSync(path(name), mode)
    },
    has: (name) => existsSync(path(name)),
    mode: (name) => statSync(path(name)).mode & 0o777,
    start: (command, more = {}) => {
      startedAt = log.length
      child = spawn(python, [standInPath, command], {
        env: { ...process.env, NOTIFY_SOCKET: '', ...env, ...more },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      child.stderr?.on('data', (part: Buffer) => {
        log += part.toString()
      })
    },
    stop: () =>
      new Promise((resolve) => {
        const running = child?.exitCode === null && child.signalCode === null ? child : null
        if (running === null) resolve()
        else
          running
            .once('exit', () => {
              resolve()
            })
            .kill('SIGKILL')
      }),
    exitCode: () => child?.exitCode ?? null,
    log: () => log,
    logs: async (text, count = 1) => {
      const deadline = Date.now() + LOG_WAIT_MS
      while (log.slice(startedAt).split(text).length <= count) {
        if (Date.now() > deadline) throw new Error(`"${text}" does not come; the log is:\n${log}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    k3s: (...args) => run(python, [standInPath, ...args], { env }),
    remove: async () => {
      await node.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
  node.write('etc/rancher/k3s/config.yaml', config)
  return node
}
