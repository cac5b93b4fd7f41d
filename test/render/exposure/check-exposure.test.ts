import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../../src/errors/problem.ts'
import type { NamedSecret } from '../../../src/model/named-secret.ts'
import { Secret } from '../../../src/model/secret.ts'
import { planNodes } from '../../../src/plan/plan-nodes.ts'
import { checkExposure } from '../../../src/render/exposure/check-exposure.ts'
import { loadTemplates } from '../../../src/render/load-templates.ts'
import { createRenderContext, renderNode } from '../../../src/render/render-node.ts'
import { writtenForms } from '../../../src/templates/written-forms.ts'
import { loadFixture } from '../../config/load-fixture.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { nodeSecrets, secrets, serverToken } from '../plans.ts'
import { seedsFolder } from '../rendered.ts'

const HORSE = 'correct "horse" $1'
const HOME = `name: home
nodes:
  - {name: server-1, profile: server}
  - {name: "worker-[1-2]", profile: worker}
`
const bearer = "curl -H 'Authorization: Bearer TOPSECRET-42' https://a.lan"
const privateKey = ['-----BEGIN ', 'PRIVATE KEY-----\nMIIE\n'].join('')

const known: readonly NamedSecret[] = [
  ...writtenForms(HORSE).map((text) => ({ name: '${secret:horse}', text: new Secret(text) })),
  { name: 'server-token', text: new Secret(serverToken) },
]

/** Renders the cluster of these files without secrets, and looks for secrets in it. */
async function exposed(
  files: Readonly<Record<string, string>>,
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
async function problemsWith(files: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
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
