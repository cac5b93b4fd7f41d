import type { Secret } from './secret.ts'

/** A secret with a name that may be shown. */
export interface NamedSecret {
  readonly name: string
  readonly text: Secret
}
