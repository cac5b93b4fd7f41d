import type { RotatableSecret } from './rotate-secrets.ts'
import type { PreviousSecret, SecretsFile } from './secrets-file.ts'

/** The previous values to remove. */
export interface ForgetChoice {
  /** Null: of every secret. */
  readonly which: RotatableSecret | null
  /** Only those of these nodes; null: all, also of nodes that the cluster file no longer names. */
  readonly nodeNames: readonly string[] | null
}

/** Removes previous values from a secrets file. Returns the same object where it has none of them. */
export function forgetPrevious(
  secrets: SecretsFile,
  choice: ForgetChoice,
): { readonly secrets: SecretsFile; readonly forgotten: readonly PreviousSecret[] } {
  const { previous = [], ...others } = secrets
  const forgotten = previous.filter((one) => isChosen(one, choice))
  if (forgotten.length === 0) return { secrets, forgotten }
  const kept = previous.filter((one) => !forgotten.includes(one))
  return { secrets: kept.length === 0 ? others : { ...others, previous: kept }, forgotten }
}

function isChosen(one: PreviousSecret, { which, nodeNames }: ForgetChoice): boolean {
  if (which !== null && one.secret !== which) return false
  return nodeNames === null || ('node' in one && nodeNames.includes(one.node))
}
