import type { Problem } from '../../errors/problem.ts'
import { isWindowsDevice } from '../../text/is-windows-device.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located } from '../../yaml-source/place.ts'
import type { RawCluster } from '../schema/raw-cluster.ts'

/** Checks the name of the cluster, which is that of a folder too. The schema has checked its characters. */
export function checkClusterName(cluster: Located<RawCluster>): readonly Problem[] {
  const { name } = cluster.value
  if (name === undefined || !isWindowsDevice(name)) return []
  return [problem('CLUSTER_NAME_RESERVED', { name }, at(cluster, 'name'))]
}
