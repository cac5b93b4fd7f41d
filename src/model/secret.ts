/** A value that must not be printed: it shows as `[secret]` in text, JSON and `console.log`. */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  // Node's util.inspect and console.log call this method.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }

  static reveal<T>(secret: Secret<T>): T {
    return secret.#value
  }
}

/** Returns the value of a secret. There is no other way to get it, so that a search for this function finds every use. */
export function reveal<T>(secret: Secret<T>): T {
  return Secret.reveal(secret)
}
