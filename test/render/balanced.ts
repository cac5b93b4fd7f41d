import { join } from 'node:path'
import type { NodePlan } from '../../src/model/node-plan.ts'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { fixturesFolder, loadFixture } from '../config/load-fixture.ts'

const { cluster } = await loadFixture(join(fixturesFolder, 'valid-balanced/cluster.yaml'))

/** Three servers with etcd, a worker, and two load balancers whose profile brings templates. */
export const balanced: readonly NodePlan[] = planNodes(cluster)
export const balancers = balanced.filter(({ profile }) => profile === 'loadbalancer')
