/** first-boot on a separate stand-in machine, with a server of releases whose answers each test sets. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach } from 'vitest'
import { testWith } from '../support/validators.ts'
import { createMachine, type Machine } from './first-boot-machine.ts'

export const test = testWith('dash', 'curl', 'wget')
export const binary = randomBytes(300_000)
export const sha256 = createHash('sha256').update(binary).digest('hex')
export const sums = `${'0'.repeat(64)}  k3s-airgap-images-arm64.tar.zst\n${'1'.repeat(64)}  xk3s-arm64\n${sha256}  k3s-arm64\n`
export const FOLDER = '/download/v1.36.4%2Bk3s1'
export const ASSET = `${FOLDER}/k3s-arm64`

export type Answer = (request: IncomingMessage, response: ServerResponse) => void
// Made again for each test of a file that imports this.
let server: Server
export let requests: string[]
export let answers: Record<string, Answer>
export let machine: Machine

export const send =
  (body: string | Uint8Array): Answer =>
  (request, response) => {
    const bytes = Buffer.from(body)
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from >= bytes.length) response.writeHead(416).end()
    else if (from > 0) {
      response.writeHead(206, {
        'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        'content-length': bytes.length - from,
      })
      response.end(bytes.subarray(from))
    } else response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  }
export const sendIgnoringRange: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': binary.length }).end(binary)
}
export const sendHalf: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': binary.length })
  response.write(binary.subarray(0, 150_000), () => {
    response.destroy()
  })
}
export const refuse =
  (status: number): Answer =>
  (_request, response) => {
    response.writeHead(status).end('no')
  }
export const inTurn = (...each: readonly Answer[]): Answer => {
  let count = 0
  return (request, response) => {
    each[Math.min(count, each.length - 1)]?.(request, response)
    count += 1
  }
}

/** Where the release is served. */
export const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeEach(async () => {
  requests = []
  answers = { [`${FOLDER}/sha256sum-arm64.txt`]: send(sums), [ASSET]: send(binary) }
  server = createServer((request, response) => {
    requests.push(`${request.url ?? ''}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`)
    const answer = answers[request.url ?? ''] ?? refuse(404)
    answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  machine = prepare()
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  machine.remove()
})

function prepare(settings: Readonly<Record<string, string>> = {}): Machine {
  const made = createMachine({ release_url: `${origin()}${FOLDER}`, ...settings })
  made.own('curl')
  return made
}

/** Takes a machine with other settings in place of the test's own. */
export function useMachine(settings: Readonly<Record<string, string>>): void {
  machine.remove()
  machine = prepare(settings)
}

export const calls = (): string[] =>
  machine
    .read('calls')
    .split('\n')
    .filter((line) => line !== '')
export const logged = (): string => machine.read('log/first-boot.log')

export interface Report {
  readonly state: string
  readonly lastError: string | null
  readonly stages: readonly { readonly name: string }[]
}

export const report = (): Report => JSON.parse(machine.read('boot/bantam-report.json')) as Report
export const stagesOf = ({ stages }: Report): readonly string[] => stages.map(({ name }) => name)

export async function until(condition: () => boolean): Promise<void> {
  for (let count = 0; count < 400; count += 1) {
    if (condition()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`timed out in 10000ms: ${condition.toString()}`)
}
