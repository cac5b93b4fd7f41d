import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../../src/errors/problem.ts'
import type { SecretForm } from '../../../src/model/named-secret.ts'
import type { RenderedNode } from '../../../src/model/rendered-node.ts'
import { Secret } from '../../../src/model/secret.ts'
import { planNodes } from '../../../src/plan/plan-nodes.ts'
import { checkExposure } from '../../../src/render/exposure/check-exposure.ts'
import { loadTemplates } from '../../../src/render/load-templates.ts'
import { createRenderContext, renderNode } from '../../../src/render/render-node.ts'
import { wholeFormsOf } from '../../../src/secrets/secret-forms.ts'
import { writtenForms } from '../../../src/templates/written-forms.ts'
import { loadFixture } from '../../config/load-fixture.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { etcd, nodeSecrets, secrets, serverToken, starter, studio } from '../plans.ts'
import { seedsFolder, shippedTemplates } from '../rendered.ts'

const HORSE = 'correct "horse" $1'
const HOME = `name: home
nodes:
  - {name: server-1, profile: server}
  - {name: "worker-[1-2]", profile: worker}
`
const bearer = "curl -H 'Authorization: Bearer TOPSECRET-42' https://a.lan"
const privateKey = ['-----BEGIN ', 'PRIVATE KEY-----\nMIIE\n'].join('')

const formsOf = (name: string, text: string): readonly SecretForm[] =>
  writtenForms(text)
    .flatMap(wholeFormsOf)
    .map((form) => ({ name, text: new Secret(form.text), acrossLines: form.acrossLines }))
const known: readonly SecretForm[] = [...formsOf('${secret:horse}', HORSE), ...formsOf('server-token', serverToken)]

/** Renders the cluster of these files without secrets, and looks for secrets in it. */
async function exposed(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ problems: readonly Problem[]; folder: string }> {
  const folder = temporaryFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const clusterFile = join(folder, 'cluster.yaml')
  const { cluster } = await loadFixture(clusterFile)
  const plans = planNodes(cluster)
  const templates = await loadTemplates({
    shipped: seedsFolder,
    cluster: join(folder, 'seeds'),
    override: null,
    profiles: cluster.profileNames,
  })
  const nodes = new Map(plans.map(({ name }) => [name, nodeSecrets(name)]))
  const context = createRenderContext({ ...secrets, nodes }, templates, 'detached')
  const rendered = plans.map((plan) => ({ plan, node: renderNode(plan, context) }))
  return { problems: checkExposure(rendered, known, { templates, clusterFile }), folder }
}

/** The problems in one text, without those that other nodes repeat. */
async function problemsWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<readonly Problem[]> {
  const { problems } = await exposed(files)
  const seen = new Set<string>()
  return problems.filter((one) => {
    const key = JSON.stringify(one)
    return seen.has(key) ? false : (seen.add(key), true)
  })
}

const yaml = (text: string): string => JSON.stringify(text)

test('the shipped templates hold nothing', async () => {
  expect((await exposed({ 'cluster.yaml': HOME })).problems).toEqual([])
})

describe('a known secret', () => {
  test.each([
    ['a command', `commands: [ls, ${yaml(`echo ${HORSE}`)}]`, 'This command'],
    ['a command that quotes it', `commands: [ls, ${yaml(`echo "correct \\"horse\\" \\$1"`)}]`, 'This command'],
    ['a file', `files: [{path: /etc/x, content: ${yaml(`a\nb=${HORSE}\n`)}}]`, 'The file /etc/x, line 2,'],
    ['config.txt', `configTxt: ["[all]", ${yaml(`# ${HORSE}`)}]`, 'This entry of `configTxt`'],
    ['the kernel command line', `cmdline: [quiet, x=${serverToken}]`, 'This entry of `cmdline`'],
  ])('in %s is an error at its place', async (_name, settings, subject) => {
    const [problem, ...others] = await problemsWith({ 'cluster.yaml': `${HOME}${settings}\n` })
    expect(others).toEqual([])
    expect(problem).toMatchObject({ severity: 'error', code: 'SEED_HOLDS_SECRET', line: 5 })
    expect(problem?.message).toMatch(/ holds (\$\{secret:horse\}|server-token), and /)
    expect(problem?.message.startsWith(subject)).toBe(true)
    expect(JSON.stringify(problem)).not.toMatch(/correct|horse" |TOPSECRET/)
  })

  test('in a template of the user is an error at its line', async () => {
    const { problems, folder } = await exposed({
      'cluster.yaml': `${HOME}files: [{path: /etc/x, template: x.hbs}]\n`,
      'x.hbs': `a\n  b ${HORSE}\n`,
    })
    expect(problems[0]).toMatchObject({ code: 'SEED_HOLDS_SECRET', file: join(folder, 'x.hbs'), line: 2, column: 5 })
  })

  test('in a template that replaces a shipped one is an error at its line', async () => {
    const { problems, folder } = await exposed({
      'cluster.yaml': HOME,
      'seeds/worker/report.sh': `#!/bin/sh\necho ${HORSE}\n`,
    })
    const file = join(folder, 'seeds/worker/report.sh')
    expect(new Set(problems.map(({ file: name, line }) => `${name} ${String(line)}`))).toEqual(new Set([`${file} 2`]))
  })

  test('that comes another way is an error with the path on the node', async () => {
    const labels = `${HOME}labels: {disk: ${serverToken.slice(0, 63)}}\n`
    expect(serverToken.length).toBeLessThan(64)
    const problems = await problemsWith({
      'cluster.yaml': `${labels}files: [{path: /etc/x, template: x.hbs}]\n`,
      'x.hbs': 'a\n{{plain node.labels.disk}}\n',
    })
    expect(problems[0]).toMatchObject({ severity: 'error', code: 'SEED_HOLDS_SECRET', line: 6 })
    expect(problems[0]?.message).toContain('The file /etc/x of node server-1, line 2, holds server-token')
  })

  test.each([
    ['a file that only its owner may read', `files: [{path: /etc/x, content: ${yaml(HORSE)}, mode: '0600'}]`],
    ['a file of another owner', `files: [{path: /etc/x, content: ${yaml(HORSE)}, owner: bantam}]`],
  ])('in %s is among the detached secrets', async (_name, settings) => {
    expect(await problemsWith({ 'cluster.yaml': `${HOME}${settings}\n` })).toEqual([])
  })

  test('cannot be marked as public', async () => {
    const text = `${HOME}commands: [${yaml(`echo ${HORSE} # bantam:public`)}]\n`
    expect(await problemsWith({ 'cluster.yaml': text })).toMatchObject([{ code: 'SEED_HOLDS_SECRET' }])
  })

  test('in binary data is found', async () => {
    const { problems } = await exposed({
      'cluster.yaml': `${HOME}files: [{path: /etc/x, source: x.bin}]\n`,
      'x.bin': `\u0000\u0001${HORSE}\u0000`,
    })
    expect(problems[0]).toMatchObject({ code: 'SEED_HOLDS_SECRET', line: 5 })
  })
})

const wrapped = (bytes: Uint8Array | string, width: number): string =>
  Buffer.from(bytes)
    .toString('base64')
    .replace(new RegExp(`.{${width}}`, 'g'), '$&\n')
const utf16 = (text: string): Uint8Array => Buffer.from(text, 'utf16le')
const FILE = `${HOME}files: [{path: /etc/x, source: x}]\n`

describe('a known secret that a file breaks or writes in another way', () => {
  test.each([
    ['in base64, as `base64` prints it', wrapped(`${'a'.repeat(40)}\n${serverToken}\n`, 76)],
    ['in base64 with short lines', wrapped(`ab${serverToken}`, 10)],
    ['in base64 in YAML', `data:\n  x: >-\n    ${wrapped(`a${serverToken}`, 20).replaceAll('\n', '\n    ')}\n`],
    ['folded by YAML', `x: "${serverToken.slice(0, 9)}\\\n  ${serverToken.slice(9)}"\n`],
    ['in lines', serverToken.replace(/.{7}/g, '$&\n')],
    ['in hexadecimal lines', Buffer.from(serverToken).toString('hex').replace(/.{30}/g, '$&\n')],
    ['in UTF-16', utf16(`x = ${serverToken}\n`)],
    ['in UTF-16 with its mark', utf16(`\ufeffx = ${serverToken}\n`)],
    ['beside a byte that is no text', Buffer.from(`caf\xe9 ${serverToken}`, 'latin1')],
  ])('%s is found', async (_name, x) => {
    expect(await problemsWith({ 'cluster.yaml': FILE, x })).toMatchObject([{ code: 'SEED_HOLDS_SECRET', line: 5 }])
  })

  test('is at the line where it begins', async () => {
    const x = `a\nb\n\n  ${wrapped(serverToken, 16).replaceAll('\n', '\n  ')}`
    const [problem] = await problemsWith({ 'cluster.yaml': FILE, x })
    expect(problem?.message).toContain('The file /etc/x, line 4, holds server-token')
  })

  test.each([
    ['the path of a file', `files: [{path: /etc/${serverToken}/x, content: ''}]`],
    ['the path of a file that is a template', `files: [{path: /etc/${serverToken}, template: x}]`],
  ])('in %s is an error that does not show it', async (_name, settings) => {
    const problems = await problemsWith({ 'cluster.yaml': `${HOME}${settings}\n`, x: 'a\n' })
    expect(problems).toMatchObject([{ code: 'SEED_HOLDS_SECRET', line: 5 }])
    expect(JSON.stringify(problems)).not.toContain(serverToken)
  })

  test.each([
    [
      'the target of a link',
      (one: RenderedNode) => ({ links: [...one.links, { path: 'etc/x', target: serverToken }] }),
    ],
    ['the path of a link', (one: RenderedNode) => ({ links: [...one.links, { path: serverToken, target: 'x' }] })],
    [
      'the path of a folder',
      (one: RenderedNode) => ({ folders: [...one.folders, { path: serverToken, mode: 0o755 }] }),
    ],
    ['the kernel command line', (one: RenderedNode) => ({ cmdlineTokens: [...one.cmdlineTokens, `x=${serverToken}`] })],
    ['config.txt', (one: RenderedNode) => ({ configTxtLines: [...one.configTxtLines, `# ${serverToken}`] })],
  ])('in %s of a node is an error that does not show it', (_name, change) => {
    const [plan] = starter
    if (plan === undefined) return expect.fail('no node')
    const node = renderNode(plan, createRenderContext(secrets, shippedTemplates, 'detached'))
    const context = { templates: shippedTemplates, clusterFile: 'cluster.yaml' }
    const problems = checkExposure([{ plan, node: { ...node, ...change(node) } }], known, context)
    expect(problems).toMatchObject([{ severity: 'error', code: 'SEED_HOLDS_SECRET' }])
    expect(problems[0]?.message).toMatch(/ of node \S+ holds server-token/)
    expect(JSON.stringify(problems)).not.toContain(serverToken)
  })

  test('and in the path and the file is shown in neither message', async () => {
    const settings = `files: [{path: /etc/${serverToken}, content: ${yaml(HORSE)}}]\n`
    const problems = await problemsWith({ 'cluster.yaml': HOME + settings })
    expect(problems).toHaveLength(2)
    expect(JSON.stringify(problems)).not.toContain(serverToken)
  })
})

describe('a private key in another form', () => {
  const pem = `${privateKey}${'QUJD'.repeat(16)}\n`
  const tar = Buffer.concat([Buffer.alloc(512), Buffer.from(pem.replace('MIIE\n', '')), Buffer.alloc(700)])
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { privateKey: ed25519 } = generateKeyPairSync('ed25519')
  test.each([
    ['a Secret', `data:\n  tls.key: ${Buffer.from(pem).toString('base64')}\n`],
    ['a kubeconfig', `    client-key-data: ${Buffer.from(` ${pem}`).toString('base64')}\n`],
    ['base64 at the third offset', Buffer.from(`ab${pem}`).toString('base64')],
    ['base64 with line breaks', wrapped(`a\n${pem}`, 20)],
    ['an archive', tar],
    ['a text with a byte of Latin-1', Buffer.from(`caf\xe9\n${pem}`, 'latin1')],
    ['a text in UTF-16', utf16(`\ufeff${pem}`)],
    ['a text in UTF-16 without a mark', utf16(pem)],
    ['a configuration of WireGuard', `[Interface]\nPrivateKey = ${randomBytes(32).toString('base64')}\n`],
    ['a connection of NetworkManager', `private-key=${randomBytes(32).toString('base64')}\n`],
    ['a peer of WireGuard', `PresharedKey=${randomBytes(32).toString('base64')}\n`],
    ['DER, PKCS #8, EC', ec.export({ format: 'der', type: 'pkcs8' })],
    ['DER, SEC 1', ec.export({ format: 'der', type: 'sec1' })],
    ['DER, PKCS #8, RSA', rsa.export({ format: 'der', type: 'pkcs8' })],
    ['DER, PKCS #1', rsa.export({ format: 'der', type: 'pkcs1' })],
    ['DER, PKCS #8, Ed25519', ed25519.export({ format: 'der', type: 'pkcs8' })],
  ])('is found in %s', async (_name, x) => {
    expect(await problemsWith({ 'cluster.yaml': FILE, x })).toMatchObject([{ code: 'SEED_HOLDS_PRIVATE_KEY', line: 5 }])
  })

  test.each([
    [
      'a program that compares the first line of keys',
      Buffer.concat([Buffer.from([0]), Buffer.from(privateKey.split('\n')[0] ?? ''), Buffer.from([0])]),
    ],
    [
      'a public key in DER',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'der', type: 'spki' }),
    ],
    [
      'a public key in DER, PKCS #1',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'der', type: 'pkcs1' }),
    ],
    ['a key of a peer', `PublicKey = ${randomBytes(32).toString('base64')}\n`],
    ['a marked Secret', `# bantam:public\ntls.key: ${Buffer.from(pem).toString('base64')}\n`],
    ['a certificate in base64', Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n').toString('base64')],
  ])('is none in %s', async (_name, x) => {
    expect(await problemsWith({ 'cluster.yaml': FILE, x })).toEqual([])
  })
})

describe('a token that is only in what is rendered', () => {
  const token = ['ghp', '_', 'k3J9xQ7pL2mZ8vB4nT6wR1sD5gH0fYcAeUiO'].join('')

  test.each([
    ['a label', `labels: {tok: ${token}}\nfiles: [{path: /etc/x, template: x}]`],
    ['the address of releases', `k3s: {releaseUrl: 'https://lan.example/k3s/${token}'}`],
    ['a path', `files: [{path: /etc/${token}, content: ''}]`],
  ])('from %s is one warning for all nodes', async (_name, settings) => {
    const problems = await problemsWith({ 'cluster.yaml': `${HOME}${settings}\n`, x: 'a={{plain node.labels.tok}}\n' })
    expect(problems).toMatchObject([{ severity: 'warning', code: 'SEED_MAY_HOLD_SECRET' }])
    expect(JSON.stringify(problems)).not.toContain(token)
  })

  test('or is marked where it was written is not reported again', async () => {
    const settings = `commands: [${yaml(`# bantam:public\ncurl -H 'x: ${token}' "a\\b"`)}]\n`
    expect(await problemsWith({ 'cluster.yaml': HOME + settings })).toEqual([])
  })

  test('is in no node of the golden clusters', () => {
    const context = createRenderContext(secrets, shippedTemplates, 'detached')
    const rendered = [...starter, ...studio, ...etcd].map((plan) => ({ plan, node: renderNode(plan, context) }))
    expect(checkExposure(rendered, [], { templates: shippedTemplates, clusterFile: 'cluster.yaml' })).toEqual([])
  })
})

describe('a private key', () => {
  test('in a file that everyone may read is an error', async () => {
    const files = { 'cluster.yaml': `${HOME}files: [{path: /etc/x.key, source: x.key}]\n`, 'x.key': privateKey }
    expect(await problemsWith(files)).toMatchObject([
      { severity: 'error', code: 'SEED_HOLDS_PRIVATE_KEY', line: 5, column: 36 },
    ])
  })

  test('in one that only root may read is not', async () => {
    const settings = `files: [{path: /etc/x.key, source: x.key, mode: '0400'}]\n`
    expect(await problemsWith({ 'cluster.yaml': HOME + settings, 'x.key': privateKey })).toEqual([])
  })

  test('that is marked on the line above is meant', async () => {
    const settings = `files: [{path: /etc/x.key, source: x.key}]\n`
    const marked = `A key of the docs. bantam:public\n${privateKey}`
    expect(await problemsWith({ 'cluster.yaml': HOME + settings, 'x.key': marked })).toEqual([])
  })
})

describe('what looks like a secret', () => {
  test('in a command is a warning at its place, once for all nodes', async () => {
    const problems = await problemsWith({ 'cluster.yaml': `${HOME}commands:\n  - ls\n  - ${yaml(bearer)}\n` })
    expect(problems).toMatchObject([{ severity: 'warning', code: 'SEED_MAY_HOLD_SECRET', line: 7, column: 5 }])
    expect(problems[0]?.message).toMatch(/^This command holds what looks like a credential in a header/)
    expect(JSON.stringify(problems)).not.toContain('TOPSECRET')
  })

  test('in a command of several lines is named with its line', async () => {
    const text = `${HOME}commands:\n  - |\n    ls\n    ${bearer}\n`
    const [problem] = await problemsWith({ 'cluster.yaml': text })
    expect(problem?.message).toMatch(/^This command, line 2, holds/)
  })

  test('in a template is at its line and column', async () => {
    const { problems, folder } = await exposed({ 'cluster.yaml': HOME, 'seeds/k3s.service.hbs': `# a\n  ${bearer}\n` })
    expect(problems[0]).toMatchObject({
      code: 'SEED_MAY_HOLD_SECRET',
      file: join(folder, 'seeds/k3s.service.hbs'),
      line: 2,
      column: 12,
    })
  })

  test('is not looked for where a known secret was found', async () => {
    const text = `${HOME}commands: [${yaml(`x Authorization: Bearer ${serverToken}`)}]\n`
    expect(await problemsWith({ 'cluster.yaml': text })).toMatchObject([{ code: 'SEED_HOLDS_SECRET' }])
  })

  test('and is marked is meant', async () => {
    const text = `${HOME}commands: [${yaml(`${bearer} # bantam:public`)}]\n`
    expect(await problemsWith({ 'cluster.yaml': text })).toEqual([])
  })

  test('in a template of a file that only root may read is not looked for', async () => {
    const files = {
      'cluster.yaml': HOME,
      'seeds/k3s.service.env.hbs': `# ${bearer}\n`,
      'seeds/provision.sh.hbs': bearer,
    }
    expect(await problemsWith(files)).toEqual([])
  })
})

test.each([
  ['k3s.service.hbs', '{{unit k3s.config.token}}'],
  ['first-boot.env.hbs', '{{#if k3s}}{{env k3s.config.token}}{{/if}}'],
  ['user-data.hbs', '#cloud-config\nruncmd: [{{yaml k3s.config.token}}]\n'],
  ['firstrun.sh.hbs', '{{sh network.wifi.psk}}'],
  ['network-config.hbs', 'network: {version: 2, x: {{yaml network.wifi.psk}} }'],
])('a template that replaces %s cannot place a secret there', async (name, text) => {
  const wifi = 'network: {wifi: {ssid: barn, password: correct-horse, country: GB}}\n'
  await expectRejection('TEMPLATE_VALUE_MISSING', exposed({ 'cluster.yaml': HOME + wifi, [`seeds/${name}`]: text }))
})
