// @module-tag slow
/** How a cluster of an earlier version gets authorities that trust only their own clients. */
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { OperatorStep } from '../../src/model/operator-step.ts'
import { CLUSTER, project } from '../support/cli-project.ts'
import { earlierText, type EarlierVersion, earlierVersions } from '../support/earlier-secrets.ts'
import { bantam } from '../support/run-cli.ts'
import { run } from '../support/validators.ts'

/** The certificates of both earlier files are valid then. */
const NOW = new Date('2026-12-01T12:00:00Z')
const AUTHORITIES = ['client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca']
const TLS = '/var/lib/rancher/k3s/server/tls'
const SECOND_SERVER = '  - {name: server-2, profile: server, board: pi5, address: 192.168.1.11/24}\n'
const KINDS = [
  ['sqlite', CLUSTER, ['server-1']],
  ['etcd', `k3s: {datastore: etcd}\n${CLUSTER}`, ['server-1']],
  [
    'an external datastore',
    `k3s: {datastore: "postgres://k3s:pw@10.0.0.9/k3s"}\n${CLUSTER}${SECOND_SERVER}`,
    ['server-1', 'server-2'],
  ],
] as const

interface Separation {
  readonly separate: boolean
  readonly steps: readonly OperatorStep[]
  readonly warnings: readonly unknown[]
}

/** A project whose secrets file is of an earlier version. */
function earlier(version: EarlierVersion, text = CLUSTER): string {
  const folder = project(text)
  writeFileSync(join(folder, 'home.secrets.yaml'), earlierText(version), { mode: 0o600 })
  return folder
}

async function bantamOk(folder: string, ...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await bantam(folder, words, {}, { now: NOW })
  expect(status, stderr).toBe(0)
  return stdout + stderr
}

async function separate(folder: string, ...words: readonly string[]): Promise<Separation> {
  const { status, stdout, stderr } = await bantam(
    folder,
    ['secrets', 'separate-authorities', '--json', ...words],
    {},
    { now: NOW },
  )
  expect(status, stdout + stderr).toBe(0)
  return JSON.parse(stdout) as Separation
}

/** Renders, and gives the folder of the server's authorities. */
async function tlsOf(folder: string): Promise<string> {
  await bantamOk(folder, 'render')
  return join(folder, `out/home.access/seeds/server-1/root${TLS}`)
}

const certificatesIn = (path: string): readonly string[] =>
  readFileSync(path, 'utf8').match(/-----BEGIN[^]+?-----END CERTIFICATE-----\n/g) ?? []

/** Runs the command of a step on a server whose folders are below `root`, with a `k3s` that takes authorities as the real one does. */
function onServer(root: string, command: string): string {
  const programs = join(root, 'bin')
  mkdirSync(programs, { recursive: true })
  mkdirSync(join(root, 'run'), { recursive: true })
  // pkg/server/handlers/cert.go: a new file has at least two certificates, and leads to what the old one trusts.
  const k3s = `#!/bin/sh -eu
[ "$1 $2" = 'certificate rotate-ca' ]
path=\${3#--path=}
for ca in ${AUTHORITIES.join(' ')}; do
  [ "$(grep -c BEGIN "$path/tls/$ca.crt")" -ge 2 ]
  openssl verify -partial_chain -CAfile '${root}${TLS}'/$ca.crt "$path/tls/$ca.crt" > /dev/null
  [ "$(openssl x509 -in "$path/tls/$ca.crt" -noout -pubkey)" = "$(openssl pkey -in "$path/tls/$ca.key" -pubout)" ]
  [ "$(stat -c %a "$path/tls/$ca.key" "$path/tls" "$path" | tr '\\n' ' ')" = '600 700 700 ' ]
done
cp -r "$path/tls/." '${root}${TLS}'
echo 'certificates saved to datastore'
`
  writeFileSync(join(programs, 'k3s'), k3s, { mode: 0o755 })
  writeFileSync(join(programs, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
  const here = command.replaceAll('/var/lib/', `${root}/var/lib/`).replaceAll('/run/', `${root}/run/`)
  const { status, output } = run('sh', ['-c', here], { env: { PATH: `${programs}:${process.env.PATH ?? ''}` } })
  expect(status, output).toBe(0)
  return output
}

test.each(earlierVersions)(
  'a file of version %d builds what the running cluster has, and warns, until its steps were taken',
  async (version) => {
    const folder = earlier(version)
    const kept = parse(readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')) as Record<string, unknown>
    expect(await bantamOk(folder, 'render')).toContain('SECRETS_AUTHORITIES_SHARED')
    expect(await bantamOk(folder, 'validate')).toContain('SECRETS_AUTHORITIES_SHARED')
    const tls = await tlsOf(folder)
    const root = certificatesIn(join(tls, 'server-ca.crt'))[1]
    for (const ca of AUTHORITIES) expect(certificatesIn(join(tls, `${ca}.crt`))[1]).toBe(root)

    // A server, as that image made it.
    const server = join(folder, 'server')
    mkdirSync(join(server, dirname(TLS)), { recursive: true })
    run('cp', ['-r', tls, join(server, TLS)])
    const { separate: before, steps, warnings } = await separate(folder)
    // The steps are what the warning asks for.
    expect([before, warnings]).toEqual([false, []])
    const [rotate, check] = ['rotate-ca', 'separate;;'].map(
      (word) => steps.find(({ command }) => command?.includes(word))?.command ?? expect.fail(word),
    )
    const linesOf = (verdict: string): string => AUTHORITIES.map((ca) => `${ca}: ${verdict}\n`).join('')
    expect(onServer(server, check ?? '')).toBe(linesOf('shared'))
    // Twice, as after a step that was cut.
    for (let time = 0; time < 2; time += 1)
      expect(onServer(server, rotate ?? '')).toContain('certificates saved to datastore')
    expect(existsSync(join(server, 'run/bantam-authorities'))).toBe(false)
    expect(onServer(server, check ?? '')).toBe(linesOf('separate'))
    // A server that was started with a new cluster's files has each certificate once.
    for (const ca of AUTHORITIES)
      writeFileSync(join(server, TLS, `${ca}.crt`), certificatesIn(join(server, TLS, `${ca}.crt`))[0] ?? '')
    expect(onServer(server, check ?? '')).toBe(linesOf('separate'))
    onServer(server, rotate ?? '')

    // Printing the steps changed nothing.
    expect(certificatesIn(join(await tlsOf(folder), 'client-ca.crt'))[1]).toBe(root)
    const done = await separate(folder, '--done')
    expect([done.separate, done.steps.map(({ command }) => command)]).toEqual([
      true,
      ['bantam build-image --node server-1'],
    ])
    const after = await tlsOf(folder)
    for (const file of ['server-ca', ...AUTHORITIES].flatMap((ca) => [`${ca}.crt`, `${ca}.key`]))
      expect([file, readFileSync(join(after, file), 'utf8')]).toEqual([
        file,
        readFileSync(join(server, TLS, file), 'utf8'),
      ])
    expect(await bantamOk(folder, 'render')).not.toContain('SECRETS_AUTHORITIES_SHARED')
    expect(await separate(folder)).toMatchObject({ separate: true, steps: [] })
    // Who was cut off after --done is told again what to build.
    expect((await separate(folder, '--done')).steps).toEqual(done.steps)

    // Tokens, and certificates that were handed out before, stay.
    const now = parse(readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')) as Record<string, unknown>
    for (const key of ['serverToken', 'agentToken', 'passwordSalt', 'adminCertificate', 'breakGlass'])
      expect([key, now[key]]).toEqual([key, kept[key]])
    const { certificate } = kept.adminCertificate as { readonly certificate: string }
    const authority = new X509Certificate(certificatesIn(join(after, 'client-ca.crt'))[0] ?? '')
    expect(new X509Certificate(certificate).verify(authority.publicKey)).toBe(true)
  },
)

test.each(KINDS)(
  'with %s, the images of servers that hold authorities are built again',
  async (_name, text, servers) => {
    const folder = earlier(3, text)
    await bantamOk(folder, 'render')
    const { steps } = await separate(folder)
    expect(steps.at(-1)?.command?.match(/--node \S+/g)).toEqual(servers.map((name) => `--node ${name}`))
  },
)

test('a new cluster has separate authorities, and nothing to do', async () => {
  const folder = project()
  expect(await bantamOk(folder, 'render')).not.toContain('SECRETS_AUTHORITIES_SHARED')
  expect(await separate(folder)).toMatchObject({ separate: true, steps: [] })
  // It was never moved: its images are as they were.
  expect(await separate(folder, '--done')).toMatchObject({ separate: true, steps: [] })
  const tls = await tlsOf(folder)
  for (const ca of AUTHORITIES) expect(certificatesIn(join(tls, `${ca}.crt`))).toHaveLength(1)
})
