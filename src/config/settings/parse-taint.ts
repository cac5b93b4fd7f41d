import type { Problem } from '../../errors/problem.ts'
import type { Taint } from '../../model/cluster.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'
import { isLabelValue, labelKeyReason } from './check-label.ts'

const TAINT = /^([^=:]+)(?:=([^=:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/

/** Reads a taint as `kubectl taint` writes it: `key=value:Effect` or `key:Effect`. */
export function parseTaint(text: string, place: Place): Checked<Taint | null> {
  const [, key = '', value = '', effect] = TAINT.exec(text) ?? []
  if (effect === undefined || labelKeyReason(key) !== null || !isLabelValue(value)) {
    return { value: null, problems: [problem('TAINT_INVALID', { value: text }, place)] }
  }
  // The pattern names the three effects.
  return { value: { key, value, effect: effect as Taint['effect'] }, problems: [] }
}

/** Checks that no two taints of a node have the same key and effect but different values. Kubernetes refuses such a node when it joins. */
export function checkTaints(taints: readonly Taint[], place: Place): readonly Problem[] {
  const seen = new Set<string>()
  return taints.flatMap(({ key, effect }) => {
    const subject = `${key}:${effect}`
    if (!seen.has(subject)) {
      seen.add(subject)
      return []
    }
    return [problem('TAINT_CONFLICT', { key, effect }, place)]
  })
}
