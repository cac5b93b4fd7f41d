import { Places } from '../../model/places.ts'
import { at, type Located, type Place, writtenAt } from '../../yaml-source/place.ts'
import type { Path } from '../../yaml-source/yaml-source.ts'
import type { RawCluster, RawNode, RawSettings } from '../schema/raw-cluster.ts'
import { findListPlace, isMergedList } from '../settings/find-list-place.ts'
import type { Profile } from './load-profiles.ts'

/** Keys of a finished network that have a different name in files. */
const networkKeys: Readonly<Record<string, string>> = { interfaceName: 'interface', searchDomains: 'search' }

/** Finds the place of each part of the nodes of one entry: in the entry, in a profile, or in the cluster's settings. */
export function placesOfNode(
  entry: Located<RawNode>,
  profileChain: readonly Profile[],
  cluster: Located<RawCluster>,
): Places {
  const layers: readonly Located<RawSettings>[] = [entry, ...profileChain, cluster]
  return new Places(([key, ...rest]) => {
    switch (key) {
      case undefined:
        return at(entry)
      case 'name':
        return ifWritten(entry, 'name')
      case 'profile':
      case 'profileChain':
        return ifWritten(entry, 'profile')
      case 'role':
        return nearest(profileChain, ['role'])
      case 'board':
        return nearest([entry, ...profileChain], ['board'])
      case 'os':
        return osPlace(layers, rest)
      case 'network':
        return networkPlace(entry, layers, rest)
      case 'labels':
        return nearest(layers, ['labels', ...rest])
      default:
        if (isMergedList(key) && rest.length > 0) return findListPlace(layers, key, rest)
        return nearest(layers, [key], rest)
    }
  })
}

/** Finds `key` in the nearest layer that has it, then follows `rest` inside its value; null where that layer has nothing there. */
function nearest(layers: readonly Place[], key: Path, rest: Path = []): Place | null {
  const layer = layers.find((one) => ifWritten(one, ...key) !== null)
  return layer === undefined ? null : ifWritten(layer, ...key, ...rest)
}

function ifWritten(place: Place, ...steps: Path): Place | null {
  const inner = at(place, ...steps)
  return writtenAt(inner) === undefined ? null : inner
}

/** Finds an entry of `os`. A file may name one image without a list. */
function osPlace(layers: readonly Place[], rest: Path): Place | null {
  const place = nearest(layers, ['os'])
  return place === null || typeof writtenAt(place) === 'string' ? place : ifWritten(place, ...rest)
}

/** Finds a part of `network`. Each key comes as a whole from the nearest layer that has it; addresses are keys of the entry itself. */
function networkPlace(entry: Place, layers: readonly Place[], [key, ...rest]: Path): Place | null {
  if (key === undefined) return nearest(layers, ['network'])
  if (key === 'address' || key === 'mac') return ifWritten(entry, key)
  return nearest(layers, ['network', networkKeys[key] ?? key], rest)
}
