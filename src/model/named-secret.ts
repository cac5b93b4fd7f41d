import type { Secret } from './secret.ts'

/** A secret with a name that may be shown. */
export interface NamedSecret {
  readonly name: string
  readonly text: Secret
}

/** A secret in one of the ways to write it. */
export interface SecretForm extends NamedSecret {
  /** Whether a file may break it into lines. */
  readonly acrossLines: boolean
}
