import { expect, test } from 'vitest'
import { type BuiltFacts, describeNextSteps } from '../../../src/pipeline/build/next-steps.ts'
import type { Project } from '../../../src/pipeline/project/project.ts'

// Paths are named as from here.
const project = { workingFolder: '/home/ada' } as Project

const image = { format: 'img.xz', byteLength: 1, sha256: '', readFrom: 'disk' } as const

const built = (change: Partial<BuiltFacts> = {}, imageByteLength = 3_078_619_136): BuiltFacts => ({
  artifacts: [
    { ...image, node: 'server-1', path: '/x', imageByteLength: imageByteLength - 1 },
    { ...image, node: 'worker-1', path: '/y', imageByteLength },
  ],
  access: {
    folder: '/home/ada/out/home.access',
    keyFile: null,
    previousKeyFiles: [],
    sshConfig: '/home/ada/out/home.access/ssh_config',
    kubeconfig: '/home/ada/out/home.access/kubeconfig',
    joinTokens: null,
  },
  secretBundles: [],
  firstNode: 'server-1',
  ...change,
})

test('lists the steps from the card to kubectl', () => {
  const steps = describeNextSteps(built(), project)
  expect(steps.map(({ do: action }) => action.split(' ')[0])).toEqual(['Flash', 'Insert', 'Look', 'Log'])
  expect(steps.flatMap(({ command }) => command ?? [])).toEqual([
    'kubectl --kubeconfig out/home.access/kubeconfig get nodes',
    'ssh -F out/home.access/ssh_config server-1',
  ])
})

test.each([
  [3_078_619_136, 'Unpacked, an image takes 2.87 GiB. It fits a card of 4 GB. Use 16 GB or more'],
  [4_000_000_000, 'It fits a card of 4 GB'],
  [4_000_000_001, 'It fits a card of 8 GB'],
  [20_000_000_000, 'Use a card of 32 GB or more.'],
])('of an image of %i bytes, says which card it needs', (imageByteLength, words) => {
  expect(describeNextSteps(built({}, imageByteLength), project)[0]?.do).toContain(words)
})

test('detached secrets are copied, and join tokens expire', () => {
  const expires = new Date('2026-11-30T12:00:00Z')
  const steps = describeNextSteps(
    built({
      secretBundles: ['/home/ada/out/home.access/server-1.secrets.tar'],
      access: { ...built().access, kubeconfig: null, joinTokens: { path: '/elsewhere/join-tokens.yaml', expires } },
    }),
    project,
  )
  expect(steps[1]?.do).toContain('server-1.secrets.tar')
  expect(steps[3]).toMatchObject({
    do: expect.stringContaining('before 2026-11-30T12:00:00.000Z') as string,
    command: 'kubectl apply -f /elsewhere/join-tokens.yaml',
  })
  expect(steps.some(({ command }) => command?.includes('get nodes'))).toBe(false)
})
