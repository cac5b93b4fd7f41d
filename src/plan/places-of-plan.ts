import type { Cluster, ClusterNode } from '../model/cluster.ts'
import type { K3sPlan } from '../model/node-plan.ts'
import { placeOf, Places } from '../model/places.ts'
import type { Place } from '../yaml-source/place.ts'
import type { Path } from '../yaml-source/yaml-source.ts'

/** Parts of the k3s plan that come from the cluster's settings, each with its key there. */
const k3sKeys: Partial<Record<keyof K3sPlan, keyof Cluster['k3s']>> = {
  version: 'version',
  install: 'install',
  releaseUrl: 'releaseUrl',
  sha256: 'sha256',
  joinTokens: 'joinTokenSeconds',
  datastoreEndpoint: 'datastore',
}

/** Finds the place of each part of a node's plan: in the node's settings or in the cluster's. */
export function placesOfPlan(node: ClusterNode, cluster: Cluster): Places {
  return new Places(([key, ...rest]) => {
    switch (key) {
      case 'clusterName':
        return placeOf(cluster, 'name')
      case 'admin':
        return placeOf(cluster, 'admin', ...rest)
      case 'k3s':
        return placeOfK3s(node, cluster, rest)
      default:
        return Places.find(node.places, key === undefined ? [] : [key, ...rest])
    }
  })
}

function placeOfK3s(node: ClusterNode, cluster: Cluster, [key, ...rest]: Path): Place | null {
  switch (key) {
    case undefined:
      return placeOf(cluster, 'k3s')
    case 'role':
      return placeOf(node, 'role')
    case 'config':
      return placeOf(cluster, 'k3s', node.role === 'server' ? 'serverConfig' : 'agentConfig', ...rest)
    default: {
      // bantam computes the parts that are not in the table.
      const setting = k3sKeys[key as keyof K3sPlan]
      return setting === undefined ? null : placeOf(cluster, 'k3s', setting, ...rest)
    }
  }
}
