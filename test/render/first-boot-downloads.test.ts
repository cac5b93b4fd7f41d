// @module-tag slow
/** The way that k3s takes to a node: real servers with and without TLS, and each of the real programs that first-boot downloads with. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { hasProgram, run } from '../support/validators.ts'
import { type Identity, makeIdentity, startWebServer } from '../support/web-servers.ts'
import { ASSET, binary, FOLDER, logged, machine, sums, test, until, useMachine } from './first-boot-fixture.ts'

const DOWNLOADERS = ['curl', 'wget', 'python3'] as const
type Downloader = (typeof DOWNLOADERS)[number]

/** The program behind a name: a version manager may have put a script of its own there. */
const realPath = (name: Downloader): string =>
  name === 'python3'
    ? run('python3', ['-c', 'import sys; print(sys.executable)']).output.trim()
    : run('sh', ['-c', `command -v ${name}`]).output.trim()

/** Gives the machine one program to download with. It trusts the identity as if an authority had signed it, or nobody. */
function give(name: Downloader, trusted: Identity | null): void {
  rmSync(join(machine.folder, 'bin/curl'), { force: true })
  const file = trusted === null ? '' : trusted.authorityFile
  const start = { curl: '', wget: '', python3: `SSL_CERT_FILE='${file}' ` }[name]
  const options = { curl: `--cacert '${file}'`, wget: `--ca-certificate='${file}'`, python3: '' }[name]
  machine.program(name, `${start}exec ${realPath(name)} ${trusted === null ? '' : options} "$@"`)
}

interface Way {
  readonly url: string
  /** Addresses that were asked for, each with its hop. */
  readonly asked: string[]
}

/** Starts a way of servers, each of which redirects to the next; the last one has the release. */
async function startWay(protocols: readonly ('http' | 'https')[], identity: Identity, location?: string): Promise<Way> {
  const asked: string[] = []
  let next: string | null = null
  for (let hop = protocols.length - 1; hop >= 0; hop -= 1) {
    const target = next
    next = await startWebServer(
      (request, response) => {
        const path = request.url ?? ''
        asked.push(`${hop} ${path}`)
        if (target !== null) response.writeHead(302, { location: location ?? `${target}${path}` }).end('moved')
        else if (path.endsWith('.txt')) response.end(sums)
        else response.end(binary)
      },
      protocols[hop] === 'https' ? identity : null,
    )
  }
  return { url: `${next ?? ''}${FOLDER}`, asked }
}

const isInstalled = (): boolean => machine.has('local/k3s')

/** Runs first-boot until it has tried twice in vain. */
async function failsTwice(): Promise<void> {
  const child = machine.start()
  await until(() => logged().includes('try 2:'))
  child.kill('SIGKILL')
  expect(isInstalled()).toBe(false)
}

const available = DOWNLOADERS.filter((name) => hasProgram(name) && hasProgram('openssl'))

describe.each(available)('with %s', (name) => {
  test.each([[['https', 'http']], [['https', 'http', 'https']], [['https', 'https', 'http']]] as const)(
    'the way %j is refused before a plain server is asked',
    async (protocols) => {
      const identity = makeIdentity()
      const { url, asked } = await startWay(protocols, identity)
      useMachine({ release_url: url })
      give(name, identity)
      await failsTwice()
      const plain = protocols.indexOf('http')
      expect(asked.filter((line) => Number(line.split(' ')[0]) >= plain)).toEqual([])
      expect(asked.some((line) => line.startsWith('0 '))).toBe(true)
    },
  )

  test.each([[['https']], [['https', 'https', 'https']], [['http']], [['http', 'http']], [['http', 'https']]] as const)(
    'the way %j is followed',
    async (protocols) => {
      const identity = makeIdentity()
      const { url, asked } = await startWay(protocols, identity)
      useMachine({ release_url: url })
      give(name, identity)
      expect(await machine.run(), logged()).toBe(0)
      expect(isInstalled()).toBe(true)
      expect(asked).toContain(`${protocols.length - 1} ${ASSET}`)
    },
  )

  test('a server whose certificate nobody signed gets no request', async () => {
    const { url, asked } = await startWay(['https'], makeIdentity())
    useMachine({ release_url: url })
    give(name, null)
    await failsTwice()
    expect(asked).toEqual([])
  })

  test.each(['ftp://localhost/x', 'file:///etc/hostname'])('a redirect to %s is refused', async (location) => {
    const { url } = await startWay(['http', 'http'], makeIdentity(), location)
    useMachine({ release_url: url })
    give(name, null)
    await failsTwice()
  })

  test('redirects without end are given up', async () => {
    const { url, asked } = await startWay(['http', 'http'], makeIdentity(), '/again')
    useMachine({ release_url: url })
    give(name, null)
    await failsTwice()
    expect(asked.length).toBeLessThan(200)
  })
})

test('asks curl for a file without switching the check of certificates off', async () => {
  machine.program('curl', `echo "curl $*" >>${join(machine.folder, 'downloads')}; exec ${realPath('curl')} "$@"`)
  expect(await machine.run()).toBe(0)
  const downloads = machine.read('downloads').trimEnd().split('\n')
  expect(downloads).toHaveLength(2)
  for (const line of downloads) expect(line).not.toMatch(/ (--insecure|-[a-zA-Z]*k|--proxy-insecure)( |$)/)
})
