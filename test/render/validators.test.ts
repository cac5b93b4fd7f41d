// @module-tag slow
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect } from 'vitest'
import { parse } from 'yaml'
import { seedBackends } from '../../src/model/rendered-node.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { quoteShell } from '../../src/text/quote-shell.ts'
import { quoteEnvironment } from '../../src/text/quote-systemd.ts'
import { run, testWith } from '../support/validators.ts'
import { etcd, secrets, starter, studio } from './plans.ts'
import { allFiles, filesFor, render, shippedTemplates, textOf } from './rendered.ts'

const NETWORK_WITH_KEY = 'etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'
const SOURCE_PROGRAM = fileURLToPath(new URL('network-config-source.py', import.meta.url))
const IMPORT_SCRIPT = 'usr/lib/bantam/import-secrets'
const detachedContext = createRenderContext(secrets, shippedTemplates, 'detached')
const nodes = [
  ...[...starter, ...studio, ...etcd].map(render),
  ...starter.map((plan) => renderNode(plan, detachedContext)),
]
const folder = mkdtempSync(join(tmpdir(), 'bantam-judges-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe.each(nodes.map((node) => [node.instanceId, node] as const))('%s', (instanceId, node) => {
  const own = join(folder, instanceId)

  testWith('cloud-init')('has user-data that cloud-init accepts', () => {
    const verdict = run('cloud-init', ['schema', '--config-file', place('user-data', textOf(node, 'user-data'))])
    expect(verdict.output).toContain('Valid')
    expect(verdict.status, verdict.output).toBe(0)
  })

  testWith('netplan')('has a network-config that netplan accepts, for NetworkManager and for systemd-networkd', () => {
    for (const renderer of ['NetworkManager', 'networkd']) {
      const root = join(own, renderer)
      const text = textOf(
        node,
        node.seeds.nocloud.files.some((file) => file.path === NETWORK_WITH_KEY) ? NETWORK_WITH_KEY : 'network-config',
      )
      place(`${renderer}/etc/netplan/00-renderer.yaml`, `network: {version: 2, renderer: ${renderer}}\n`, 0o600)
      place(`${renderer}/etc/netplan/50-cloud-init.yaml`, text, 0o600)
      const verdict = run('netplan', ['generate', '--root-dir', root])
      expect(verdict.status, verdict.output).toBe(0)
      expect(verdict.output).toBe('')
    }
  })

  testWith('cloud-init')('has a network whose key cloud-init takes from the root file system', () => {
    const file = node.seeds.nocloud.files.find((one) => one.path === NETWORK_WITH_KEY)
    const chosen = parse(
      file === undefined ? textOf(node, 'network-config') : new TextDecoder().decode(file.content),
    ) as { readonly network: object }
    if (file !== undefined) place(NETWORK_WITH_KEY, file.content, 0o600)
    else mkdirSync(join(own, dirname(NETWORK_WITH_KEY)), { recursive: true })
    const verdict = run('/usr/bin/python3', [
      SOURCE_PROGRAM,
      join(own, dirname(NETWORK_WITH_KEY)),
      place('network-config', textOf(node, 'network-config')),
    ])
    expect(verdict.status, verdict.output).toBe(0)
    expect(JSON.parse(verdict.output)).toEqual(chosen.network)
    expect(verdict.output.includes('"access-points"')).toBe(file !== undefined)
  })

  testWith('shellcheck')('has scripts that shellcheck accepts', () => {
    const scripts = allFiles(node).filter((file) =>
      /^#(!\/bin\/sh| shellcheck shell=sh)/.test(new TextDecoder().decode(file.content)),
    )
    const importScripts = node.files.some(({ path }) => path === IMPORT_SCRIPT) ? [IMPORT_SCRIPT] : []
    expect(scripts.map((file) => file.path)).toEqual([
      'usr/lib/bantam/first-boot',
      'usr/lib/bantam/report.sh',
      'usr/lib/bantam/rejoin.sh',
      ...importScripts,
      'usr/lib/bantam/restart-cloud-init',
      'firstrun.sh',
      'usr/lib/bantam/provision',
    ])
    for (const script of scripts) {
      const verdict = run('shellcheck', ['-s', 'sh', '-'], { input: script.content })
      expect(verdict.output).toBe('')
    }
  })

  testWith('systemd-analyze').each(seedBackends)('has units that systemd accepts, with %s', (backend) => {
    const files = filesFor(node, backend)
    for (const file of files) {
      if (file.path.startsWith('etc/systemd/') || file.path.startsWith('usr/'))
        place(`${backend}/${file.path}`, file.content, file.mode)
    }
    for (const unit of [
      'network-online.target',
      'multi-user.target',
      'sysinit.target',
      'basic.target',
      'shutdown.target',
      'system.slice',
      '-.mount',
    ]) {
      place(
        `${backend}/usr/lib/systemd/system/${unit}`,
        unit === '-.mount' ? '[Mount]\nWhat=/dev/x\nWhere=/\n' : '[Unit]\nDescription=x\n',
      )
    }
    place(
      `${backend}/usr/lib/systemd/system/cloud-final.service`,
      '[Service]\nType=oneshot\nExecStart=/usr/local/bin/k3s\n',
    )
    for (const program of ['usr/local/bin/k3s', 'sbin/modprobe', 'usr/bin/timeout'])
      place(`${backend}/${program}`, '#!/bin/sh\n', 0o755)
    const units = files.map((file) => file.path).filter((path) => /^etc\/systemd\/system\/[^/]+\.service$/.test(path))
    const names = units.map((path) => path.slice(path.lastIndexOf('/') + 1))
    expect(names).toContain(backend === 'nocloud' ? 'bantam-cloud-init-restart.service' : 'bantam-provision.service')
    const verdict = run('systemd-analyze', [
      'verify',
      '--man=no',
      `--root=${join(own, backend)}`,
      'cloud-final.service',
      ...names,
    ])
    expect(verdict.output).toBe('')
    expect(verdict.status).toBe(0)
  })

  testWith('python3')('has YAML that PyYAML reads as YAML 1.1', () => {
    for (const path of [
      'user-data',
      'meta-data',
      'network-config',
      ...(node.files.some(({ path }) => path === 'etc/rancher/k3s/config.yaml') ? ['etc/rancher/k3s/config.yaml'] : []),
    ]) {
      const verdict = run(
        'python3',
        ['-c', 'import sys, yaml; assert type(yaml.safe_load(sys.stdin.buffer)) is dict'],
        { input: textOf(node, path) },
      )
      expect(verdict.status, verdict.output).toBe(0)
    }
  })

  function place(path: string, content: string | Uint8Array, mode = 0o644): string {
    const full = join(own, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
    chmodSync(full, mode)
    return full
  }
})

testWith('dash')('shell words come back as they were', () => {
  const words = [
    'plain',
    '',
    ' ',
    "it's",
    '"',
    '$HOME',
    '`id`',
    '$(id)',
    'a\nb',
    '\\',
    '\\n',
    '*',
    '~',
    '#x',
    'caf\u00e9',
    '-n',
    '!',
    '&&',
    ';',
    "'\\''",
  ]
  const verdict = run('dash', ['-c', `printf '%s\\0' ${words.map(quoteShell).join(' ')}`])
  expect(verdict.output.split('\0').slice(0, -1)).toEqual(words)
})

testWith('dash')('values of environment files come back as they were, in a shell as in systemd', () => {
  const values = ['plain', '', 'a b', 'a"b', "a'b", '$HOME', '%h', '`id`', 'back\\slash', '#x', 'caf\u00e9']
  for (const value of values) {
    expect(run('dash', ['-c', `x=${quoteEnvironment(value)}; printf %s "$x"`]).output).toBe(value)
  }
})
