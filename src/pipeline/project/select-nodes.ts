import { BuildError } from '../../errors.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { Selection } from './project.ts'

/**
 * Chooses nodes by profile (the node's, or one that it extends) and by name, in the order of the cluster file. Throws
 * `SELECTION_UNKNOWN` for an unknown name, `SELECTION_EMPTY` if no node matches both profiles and names.
 */
export function selectNodes(plans: readonly NodePlan[], selection: Selection): readonly NodePlan[] {
  const profiles = new Set(plans.flatMap((plan) => plan.profileChain))
  requireKnown('profile', selection.profiles, [...profiles].sort())
  requireKnown(
    'node',
    selection.nodes,
    plans.map((plan) => plan.name),
  )
  const selected = plans.filter(
    (plan) =>
      (selection.profiles.length === 0 || selection.profiles.some((name) => plan.profileChain.includes(name))) &&
      (selection.nodes.length === 0 || selection.nodes.includes(plan.name)),
  )
  if (selected.length === 0) throw new BuildError('SELECTION_EMPTY', undefined)
  return selected
}

function requireKnown(kind: 'node' | 'profile', names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) throw new BuildError('SELECTION_UNKNOWN', { kind, name, known })
  }
}
