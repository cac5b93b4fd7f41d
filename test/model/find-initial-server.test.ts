import { expect, test } from 'vitest'
import { findInitialServer } from '../../src/model/find-initial-server.ts'

test('the first server of the file initializes the cluster, wherever it is among the nodes', () => {
  const nodes = [
    { name: 'worker-1', role: 'agent' },
    { name: 'server-1', role: 'server' },
    { name: 'server-2', role: 'server' },
  ] as const
  expect(findInitialServer(nodes)?.name).toBe('server-1')
})

test('without servers there is none', () => {
  expect(findInitialServer([{ role: 'agent' }, { role: 'none' }])).toBeNull()
})
