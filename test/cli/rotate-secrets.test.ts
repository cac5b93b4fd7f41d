// @module-tag slow
/** The files that `secrets rotate` writes for a running cluster. */
import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { OperatorStep } from '../../src/model/operator-step.ts'
import { CLUSTER, errorOf, project } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { run } from '../support/validators.ts'

interface Rotation {
  readonly changedNodes: readonly string[]
  readonly steps: readonly OperatorStep[]
}

async function rotate(folder: string, ...words: readonly string[]): Promise<Rotation> {
  const { status, stdout, stderr } = await bantam(folder, ['secrets', 'rotate', ...words, '--json'])
  expect(status, stdout + stderr).toBe(0)
  return JSON.parse(stdout) as Rotation
}

async function refusal(folder: string, ...words: readonly string[]): Promise<unknown> {
  const { status, stdout } = await bantam(folder, ['secrets', 'rotate', ...words, '--json'])
  expect(status).toBe(2)
  return errorOf(stdout).code
}

async function build(folder: string, ...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await bantam(folder, [
    'build-image',
    '--format',
    'img',
    '--base',
    smallImage('raspios', folder),
    ...words,
  ])
  expect(status, stderr).toBe(0)
  return stdout
}

test('a rotation that would change nothing is refused', async () => {
  const folder = project()
  expect((await bantam(folder, ['render'])).status).toBe(0)
  expect(await refusal(folder, 'join-tokens')).toBe('SECRETS_ROTATION_WITHOUT_EFFECT')
  expect(await refusal(folder, 'server-token', '--node', 'worker-1')).toBe('SECRETS_ROTATION_WITHOUT_EFFECT')
})

test('steps name the cluster file and folder that were given', async () => {
  const folder = project()
  renameSync(join(folder, 'cluster.yaml'), join(folder, 'lab.yaml'))
  expect((await bantam(folder, ['render', '--cluster', 'lab.yaml', '--out', 'elsewhere'])).status).toBe(0)
  const { steps } = await rotate(folder, 'server-token', '--cluster', 'lab.yaml', '--out', 'elsewhere')
  expect(steps[0]?.do).toContain('elsewhere/home.access/seeds/server-1/root/etc/rancher/k3s/config.yaml')
  expect(steps[0]?.command).toBe('bantam render --cluster lab.yaml --out elsewhere --node server-1')
})

test('stand-in secrets also work with a password in the cluster file', async () => {
  const folder = project(`admin: {password: open sesame}\n${CLUSTER}`)
  expect((await bantam(folder, ['validate'])).status).toBe(0)
})

describe('the everyday administrators\u2019 certificate', () => {
  testWithImages('gets a new group, and its manifest binds that group and not the earlier one', async () => {
    const folder = project()
    await build(folder, '--node', 'server-1')
    const groupOf = (): string =>
      run('openssl', ['x509', '-noout', '-subject'], {
        input: Buffer.from(
          /client-certificate-data: (\S+)/.exec(
            readFileSync(join(folder, 'out/home.access/kubeconfig'), 'utf8'),
          )?.[1] ?? '',
          'base64',
        ),
      }).output
    expect(groupOf()).toContain('O = home:admins, CN = bantam')
    expect((await rotate(folder, 'admin-certificate')).changedNodes).toEqual(['server-1'])
    await build(folder, '--node', 'server-1')
    expect(groupOf()).toContain('O = home:admins:2, CN = bantam')
    const manifest = readFileSync(join(folder, 'out/home.access/admins.yaml'), 'utf8')
    expect(manifest).toContain('name: bantam-admins\n')
    expect(manifest).toMatch(/name: "?home:admins:2"?\n/)
    expect(manifest).not.toMatch(/name: "?home:admins"?\n/)
  })
})

describe('join tokens of nodes', () => {
  test('that have expired need no step: nobody can join with them', async () => {
    const folder = project(`join: {tokenLifetime: 24h}\n${CLUSTER}`)
    const commandsAt = async (day: string): Promise<string> => {
      const words = ['secrets', 'rotate', 'join-tokens', '--json']
      const { stdout } = await bantam(folder, words, {}, { now: new Date(`${day}T12:00:00Z`) })
      return (JSON.parse(stdout) as Rotation).steps.map(({ command }) => command).join('\n')
    }
    await bantam(folder, ['render'], {}, { now: new Date('2026-11-21T12:00:00Z') })
    expect(await commandsAt('2026-11-21')).toMatch(/delete secret .*bootstrap-token-/)
    expect(await commandsAt('2026-11-24')).not.toContain('bootstrap-token-')
  })

  testWithImages(
    'a manifest gives new tokens to a running cluster, and old ones are deleted by their ids',
    async () => {
      const folder = project(`join: {tokenLifetime: 24h}\n${CLUSTER}`)
      const idsOf = (): readonly string[] =>
        parseAllDocuments(readFileSync(join(folder, 'out/home.access/join-tokens.yaml'), 'utf8')).map(
          (document) => (document.toJS() as { stringData: { 'token-id': string } }).stringData['token-id'],
        )
      expect(await build(folder)).toContain('kubectl apply -f out/home.access/join-tokens.yaml')
      const first = idsOf()
      expect(first).toHaveLength(2)
      expect(statSync(join(folder, 'out/home.access/join-tokens.yaml')).mode & 0o777).toBe(0o600)
      const { changedNodes, steps } = await rotate(folder, 'join-tokens')
      expect(changedNodes).toEqual(['server-1', 'worker-1', 'worker-2'])
      expect(steps.map(({ command }) => command)).toContain(
        `kubectl -n kube-system delete secret --ignore-not-found ${first.map((id) => `bootstrap-token-${id}`).join(' ')}`,
      )
      // The rotation itself writes them, for the step that applies them.
      expect(idsOf().filter((id) => first.includes(id))).toEqual([])
      await build(folder)
      expect(idsOf().filter((id) => first.includes(id))).toEqual([])
      // Of one node, the others stay.
      const second = idsOf()
      await rotate(folder, 'join-tokens', '--node', 'worker-2')
      await build(folder, '--node', 'worker-2')
      expect(idsOf().filter((id) => second.includes(id))).toHaveLength(1)
    },
  )
})

testWithImages('the SSH configuration names the private key that is beside a public one', async () => {
  const folder = project(`admin: {sshKeys: [keys/work.pub]}\n${CLUSTER}`)
  mkdirSync(join(folder, 'keys'))
  expect(run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'keys/work')]).status).toBe(0)
  await build(folder, '--node', 'worker-1')
  expect(
    run('ssh', ['-G', '-F', 'out/home.access/ssh_config', 'worker-1'], { cwd: folder }).output.split('\n'),
  ).toContain(`identityfile ${join(folder, 'keys/work')}`)
})
