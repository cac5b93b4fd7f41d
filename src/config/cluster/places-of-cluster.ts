import type { ClusterNode } from '../../model/cluster.ts'
import { Places } from '../../model/places.ts'
import { at, type Place, writtenAt } from '../../yaml-source/place.ts'
import type { Path } from '../../yaml-source/yaml-source.ts'

/** Finds the place in the file of each part of a cluster. */
export function placesOfCluster(cluster: Place, nodes: readonly ClusterNode[]): Places {
  return new Places((path) => {
    const [key, index, ...rest] = path
    if (key !== 'nodes' || index === undefined) return firstWritten(cluster, spellingsOf(cluster, path))
    const node = nodes[Number(index)]
    return node === undefined ? null : Places.find(node.places, rest)
  })
}

function firstWritten(cluster: Place, paths: readonly Path[]): Place | null {
  return paths.map((path) => at(cluster, ...path)).find((place) => writtenAt(place) !== undefined) ?? null
}

/** Lists the paths in the file from which a part of the finished value may come. */
function spellingsOf(cluster: Place, path: Path): readonly Path[] {
  const [key, inner, index] = path
  switch (`${key ?? ''}.${inner ?? ''}`) {
    case 'admin.password':
      return [
        ['admin', 'password'],
        ['admin', 'passwordHash'],
      ]
    case 'admin.sshKeys':
    case 'admin.identityFiles':
      // An entry may be a file with several keys.
      return [['admin', 'sshKeys']]
    case 'k3s.joinTokenSeconds':
      return [['join', 'tokenLifetime']]
    case 'k3s.datastore':
      return [['k3s', 'datastore']]
    case 'k3s.disable':
      return [index === undefined ? path : ['k3s', 'disable', firstIndex(at(cluster, 'k3s', 'disable'), Number(index))]]
    default:
      return [path]
  }
}

/** Finds an entry by its index in the finished list, which holds each entry once; the file may repeat entries. */
function firstIndex(list: Place, uniqueIndex: number): number {
  const written = writtenAt(list)
  return Array.isArray(written) ? written.indexOf([...new Set(written)][uniqueIndex]) : -1
}
