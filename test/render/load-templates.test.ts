import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NodePlan } from '../../src/model/node-plan.ts'
import { findTemplate } from '../../src/render/find-template.ts'
import { loadTemplates } from '../../src/render/load-templates.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { expectCode, expectRejection } from '../support/expect-code.ts'
import { run } from '../support/validators.ts'
import { secrets, starter } from './plans.ts'
import { seedsFolder } from './rendered.ts'

const [server] = starter as [NodePlan]
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bantam-seeds-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const load = (folders: { cluster?: string; override?: string }) =>
  loadTemplates({
    shipped: seedsFolder,
    cluster: folders.cluster === undefined ? null : join(folder, folders.cluster),
    override: folders.override === undefined ? null : join(folder, folders.override),
    profiles: ['base', 'server', 'worker', 'camera'],
  })

test('the nearest template wins: the option before the cluster before bantam, a profile before all profiles', async () => {
  const places = ['seeds', 'seeds/base', 'seeds/server', 'option', 'option/base', 'option/server']
  const found: string[] = []
  for (const place of places) {
    write(`${place}/resolved-mdns.conf`, place)
    const templates = await load({ cluster: 'seeds', ...(place.startsWith('option') && { override: 'option' }) })
    found.push(findTemplate(templates, 'resolved-mdns.conf', ['server', 'base']).render({}))
  }
  expect(found).toEqual(places)
})

test('a template of another profile is not used', async () => {
  write('seeds/camera/resolved-mdns.conf', 'camera')
  const templates = await load({ cluster: 'seeds' })
  expect(findTemplate(templates, 'resolved-mdns.conf', ['server']).file).toBe(join(seedsFolder, 'resolved-mdns.conf'))
})

test('a cluster without templates uses the shipped ones; the folder of --seeds must exist', async () => {
  expect((await load({ cluster: 'none' })).layers).toHaveLength(1)
  await expectRejection('TEMPLATE_FOLDER_MISSING', load({ override: 'none' }))
})

test('a file that replaces no template is an error that names the nearest', async () => {
  write('seeds/server/user-date.hbs', '')
  const { facts } = await expectRejection('TEMPLATE_UNKNOWN', load({ cluster: 'seeds' }))
  expect(facts).toEqual({ file: join(folder, 'seeds/server/user-date.hbs'), nearest: 'user-data.hbs' })
})

test.each([
  ['a folder of no profile', 'seeds/wrker', 'worker'],
  ['a folder in the folder of a profile', 'seeds/server/worker', null],
])('%s is an error', async (_name, path, nearest) => {
  write(`${path}/user-data.hbs`, '#cloud-config\n')
  const { facts } = await expectRejection('TEMPLATE_FOLDER_UNKNOWN', load({ cluster: 'seeds' }))
  expect(facts).toEqual({ folder: join(folder, path), nearest })
})

describe('a file that is no valid template is an error with the reason', () => {
  const path = (): string => join(folder, 'seeds/user-data.hbs')
  test.each<[string, string, () => void]>([
    [
      'a link that leads nowhere',
      'leads nowhere',
      () => {
        symlinkSync('/no/such/file', path())
      },
    ],
    [
      'a link to itself',
      'back to itself',
      () => {
        symlinkSync('user-data.hbs', path())
      },
    ],
    [
      'a folder',
      'a folder',
      () => {
        mkdirSync(path())
      },
    ],
    [
      'a link to a folder',
      'a folder',
      () => {
        symlinkSync('.', path())
      },
    ],
    [
      'a pipe',
      'regular file',
      () => {
        run('mkfifo', [path()])
      },
    ],
    [
      'a file of more than 1 MiB',
      'larger',
      () => {
        writeFileSync(path(), new Uint8Array(1024 * 1024 + 1))
      },
    ],
  ])('%s', async (_name, reason, make) => {
    mkdirSync(join(folder, 'seeds'))
    make()
    const { message } = await expectRejection('TEMPLATE_UNREADABLE', load({ cluster: 'seeds' }))
    expect(message).toContain(path())
    expect(message).toContain(reason)
  })

  test('a link to a folder that leads back to itself', async () => {
    mkdirSync(join(folder, 'seeds'))
    symlinkSync('server', join(folder, 'seeds/server'))
    await expectRejection('TEMPLATE_UNREADABLE', load({ cluster: 'seeds' }))
  })

  test('a file in place of the folder', async () => {
    write('seeds', '')
    await expectRejection('TEMPLATE_UNREADABLE', load({ cluster: 'seeds' }))
  })
})

test('the folder of a profile may be a link', async () => {
  write('shared/resolved-mdns.conf', 'shared')
  mkdirSync(join(folder, 'seeds'))
  symlinkSync('../shared', join(folder, 'seeds/server'))
  const templates = await load({ cluster: 'seeds' })
  expect(findTemplate(templates, 'resolved-mdns.conf', ['server']).render({})).toBe('shared')
})

test('notes and hidden files may be beside templates', async () => {
  write('seeds/README.md', '# Ours')
  write('seeds/.DS_Store', '')
  await load({ cluster: 'seeds' })
})

test('an incomplete installation is reported', async () => {
  cpSync(seedsFolder, join(folder, 'shipped'), { recursive: true })
  rmSync(join(folder, 'shipped/user-data.hbs'))
  await expectRejection(
    'TEMPLATE_MISSING',
    loadTemplates({ shipped: join(folder, 'shipped'), cluster: null, override: null, profiles: [] }),
  )
})

test('a template that is no text is refused', async () => {
  write('seeds/user-data.hbs', Uint8Array.of(0xff, 0xfe))
  await expectRejection('TEMPLATE_INVALID', load({ cluster: 'seeds' }))
})

test('line ends of Windows do not reach a script', async () => {
  write('seeds/first-boot.sh', '#!/bin/sh\r\necho\r\n')
  expect(findTemplate(await load({ cluster: 'seeds' }), 'first-boot.sh', []).render({})).toBe('#!/bin/sh\necho\n')
})

test.each([
  ['user-data without its first line', 'user-data.hbs', 'hostname: x\n', '#cloud-config'],
  ['user-data that is a list', 'user-data.hbs', '#cloud-config\n- a\n', 'mapping'],
  ['a key that cloud-init would pass over', 'user-data.hbs', '#cloud-config\nrun_cmd: []\n', '"runcmd"'],
  ['a key that is there twice', 'user-data.hbs', '#cloud-config\nruncmd: []\nruncmd: []\n', 'line 3'],
  ['an alias without an anchor', 'user-data.hbs', '#cloud-config\nruncmd: *commands\n', 'alias'],
  ['an alias before its anchor', 'user-data.hbs', '#cloud-config\nruncmd: *c\nbootcmd: &c [a]\n', 'alias'],
  ['broken YAML', 'network-config.hbs', 'network:\n  version: [2\n', 'line'],
  ['a network-config without its top key', 'network-config.hbs', 'version: 2\n', 'network'],
  ['a network-config of version 1', 'network-config.hbs', 'network: {version: 1}\n', 'version: 2'],
  ['a fixed instance-id', 'meta-data.hbs', 'instance-id: x\nlocal-hostname: y\n', 'instance-id'],
  ['a meta-data without a name', 'meta-data.hbs', 'instance-id: {{yaml instanceId}}\n', 'local-hostname'],
  ['a k3s configuration that is no mapping', 'k3s-config.yaml.hbs', 'token\n', 'mapping'],
])('%s is refused, with template and node', async (_name, template, text, problem) => {
  write(`seeds/${template}`, text)
  const context = createRenderContext(secrets, await load({ cluster: 'seeds' }))
  const { facts, message } = expectCode('SEED_INVALID', () => renderNode(server, context))
  expect(facts).toMatchObject({ template: join(folder, 'seeds', template), node: 'server-1' })
  expect(message).toContain(problem)
})

test('a key of cloud-init that the shipped templates do not use is accepted, and a value can be placed anywhere', async () => {
  write('seeds/user-data.hbs', '#cloud-config\nrpi: {interfaces: {i2c: true}}\nfinal_message: {{yaml instanceId}}\n')
  const context = createRenderContext(secrets, await load({ cluster: 'seeds' }))
  const node = renderNode(server, context)
  const userData = node.seeds.nocloud.files.find((file) => file.path === 'user-data')
  expect(new TextDecoder().decode(userData?.content)).toContain(`final_message: ${node.instanceId}`)
})

test.each([
  ['the boot volume', 'user-data.hbs', '#cloud-config\nwrite_files: {{yaml k3s.config}}\n'],
  ['the boot volume', 'user-data.hbs', '#cloud-config\nwrite_files: {{yaml k3s.environment}}\n'],
  ['the root file system that others may read', 'first-boot.env.hbs', 'token={{sh k3s.config.token}}\n'],
])('a template of a file on %s cannot place a secret: %s', async (_place, template, text) => {
  write(`seeds/${template}`, text)
  const context = createRenderContext(secrets, await load({ cluster: 'seeds' }))
  expectCode('TEMPLATE_VALUE_MISSING', () => renderNode(server, context))
})

test('a template of a file that only root may read places secrets', async () => {
  write('seeds/k3s.service.env.hbs', 'TOKEN={{env k3s.config.token}}\n')
  const context = createRenderContext(secrets, await load({ cluster: 'seeds' }))
  const file = renderNode(server, context).files.find(({ path }) => path.endsWith('k3s.service.env'))
  expect(new TextDecoder().decode(file?.content)).toContain('server-token-')
})

test('no error about the secrets file contains a secret', async () => {
  write('seeds/k3s-config.yaml.hbs', 'a: 1\n\t{{yaml k3s.config}}: : &\n')
  const context = createRenderContext(secrets, await load({ cluster: 'seeds' }))
  const { message, hint, cause } = expectCode('SEED_INVALID', () => renderNode(server, context))
  expect(message + hint + String(cause)).not.toContain('token-')
})
