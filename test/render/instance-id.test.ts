import { expect, test } from 'vitest'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { instanceIdOf } from '../../src/render/instance-id.ts'

const file = { volume: 'root', path: 'etc/x', content: Uint8Array.of(1), mode: 0o600, uid: 0, gid: 0 } as const
const link = { path: 'etc/y', target: '/etc/x' }
const node: RenderedNode = {
  nodeName: 'worker-1',
  instanceId: '',
  files: [file],
  folders: [{ path: 'var/z', mode: 0o700 }],
  absent: ['etc/old'],
  links: [link],
  seeds: {
    nocloud: { files: [{ ...file, volume: 'boot' }], links: [], cmdlineTokens: ['ds=nocloud;i='] },
    firstrun: { files: [], links: [link], cmdlineTokens: [] },
  },
  cmdlineTokens: ['quiet'],
  configTxtLines: ['arm_64bit=1'],
}

test('the same seed has the same id in every version of bantam: another one sets running nodes up again', () => {
  expect(instanceIdOf(node)).toBe('worker-1-f7249c167d9e')
})

test.each<[string, RenderedNode]>([
  ['a byte', { ...node, files: [{ ...file, content: Uint8Array.of(2) }] }],
  ['a path', { ...node, files: [{ ...file, path: 'etc/z' }] }],
  ['a mode', { ...node, files: [{ ...file, mode: 0o644 }] }],
  ['an owner', { ...node, files: [{ ...file, uid: 1 }] }],
  ['a group', { ...node, files: [{ ...file, gid: 1 }] }],
  ['a volume', { ...node, files: [{ ...file, volume: 'boot' }] }],
  ['a folder', { ...node, folders: [] }],
  ['a file that goes', { ...node, absent: [] }],
  ['a link', { ...node, links: [] }],
  ['a kernel token', { ...node, cmdlineTokens: [] }],
  ['a line of config.txt', { ...node, configTxtLines: [] }],
  ['a file of a seed', { ...node, seeds: { ...node.seeds, nocloud: { ...node.seeds.nocloud, files: [] } } }],
  ['a link of a seed', { ...node, seeds: { ...node.seeds, firstrun: { ...node.seeds.firstrun, links: [] } } }],
  [
    'a kernel token of a seed',
    { ...node, seeds: { ...node.seeds, nocloud: { ...node.seeds.nocloud, cmdlineTokens: [] } } },
  ],
  ['the seed that holds it', { ...node, seeds: { nocloud: node.seeds.firstrun, firstrun: node.seeds.nocloud } }],
])('changes with %s', (_what, changed) => {
  expect(instanceIdOf(changed)).not.toBe(instanceIdOf(node))
})
