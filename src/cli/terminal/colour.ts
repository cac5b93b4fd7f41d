/** The properties of a stream that decide about colour. */
export interface ColourTarget {
  readonly stream: { readonly isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
}

/** Severities, and the SGR parameters that a terminal shows them in. ECMA-48, 8.3.117. */
const SEVERITIES = { error: '1;31', warning: '1;33' } as const

/** Returns the word `error` or `warning`, in colour on a terminal that has colours. https://no-color.org */
export function severityWord(severity: keyof typeof SEVERITIES, { stream, env }: ColourTarget): string {
  const wanted = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  return wanted ? `\x1b[${SEVERITIES[severity]}m${severity}\x1b[0m` : severity
}
