import type { Place } from '../../yaml-source/place.ts'

/** Writes the steps to a place as people write them: `nodes[0].network.wifi`. */
export function formatPath(place: Place): string {
  return place.path
    .map((step, index) => (/^\d+$/.test(String(step)) ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('')
}
