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

  // What Node's util.inspect and console.log call.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }

  static reveal<T>(secret: Secret<T>): T {
    return secret.#value
  }
}

/** Gives the value of a secret. The only way to it, so that every use can be found. */
export function reveal<T>(secret: Secret<T>): T {
  return Secret.reveal(secret)
}
