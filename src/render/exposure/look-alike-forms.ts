/** The forms in which tokens and keys are written. */
const LEAST_BITS = 3

/** A form in which a secret is written. */
export interface LookAlikeForm {
  /** What it looks like, with an article. */
  readonly kind: string
  /** Nobody publishes a private key on purpose. A word may look like a token and be none. */
  readonly certainty: 'key' | 'likely'
  readonly pattern: RegExp
  /** Decides by the word in the first group of the pattern. */
  readonly accepts?: (word: string) => boolean
  /** Whether data that is no text has it by chance. */
  readonly isVague?: boolean
  /** What must be there in data that is no text. */
  readonly binary?: RegExp
}

export const keyForms: readonly LookAlikeForm[] = keys([
  {
    kind: 'a private key',
    pattern: /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----/,
    binary: /^-----BEGIN [^-]{1,60}-----\r?\n(?:[A-Za-z0-9+/]{32}|[A-Za-z-]{2,20}: |\r?\n[A-Za-z0-9+/]{32})/,
  },
  { kind: 'a private key of PuTTY', pattern: /PuTTY-User-Key-File-\d/ },
  { kind: 'a private key of age', pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{20}/ },
  {
    kind: 'a key of WireGuard',
    pattern:
      /\b(?:private|pre-?shared)[ _-]?key["']?\s{0,8}[:=\s]\s{0,8}["']?[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=(?![A-Za-z0-9+/=])/i,
    isVague: true,
  },
])

// A repeated part has a limit everywhere, because a line may be megabytes long.
export const tokenForms: readonly LookAlikeForm[] = tokens([
  { kind: 'an access key of AWS', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { kind: 'a token of GitHub', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/ },
  { kind: 'a token of GitLab', pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{20}/ },
  { kind: 'a token of Slack', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{10}/ },
  { kind: 'a key of Tailscale', pattern: /\btskey-[a-z]{1,16}-[A-Za-z0-9-]{10}/ },
  { kind: 'a token of Docker Hub', pattern: /\bdckr_[a-z]{3}_[A-Za-z0-9_-]{20}/ },
  { kind: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{36}/ },
  { kind: 'a key of Google', pattern: /\bAIza[0-9A-Za-z_-]{35}/ },
  {
    kind: 'a JSON web token',
    pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10}/,
  },
  { kind: 'a join token of k3s', pattern: /\bK10[0-9a-f]{64}::/ },
  { kind: 'a bootstrap token of Kubernetes', isVague: true, pattern: /token.{0,40}\b[a-z0-9]{6}\.[a-z0-9]{16}\b/i },
  { kind: 'a password in a URL', isVague: true, pattern: /:\/\/[^\s/:@]{0,64}:([^\s/@]{1,256})@/, accepts: isLiteral },
  {
    kind: 'a credential in a header',
    isVague: true,
    pattern: /\bauthorization["']?\s{0,8}[:=]\s{0,8}["']?(?:(?:bearer|basic|token)\s{1,8})?([^\s"'`\\]{8,4000})/i,
    accepts: isLiteral,
  },
  { kind: 'a bearer token', isVague: true, pattern: /\bbearer\s{1,8}([^\s"'`\\]{8,4000})/i, accepts: looksRandom },
  {
    kind: 'a password or token',
    isVague: true,
    pattern:
      /(?:token|passwo?r?d|passphrase|secret|api[_-]?key|access[_-]?key|credentials?)[\w.-]{0,40}["']?\s{0,8}[:=\s]\s{0,8}["']?([^\s"'`\\,;]{16,4000})/i,
    accepts: looksRandom,
  },
  {
    kind: 'a password of a Wi-Fi',
    isVague: true,
    pattern: /\bpsk["']?\s{0,8}[:=]\s{0,8}["']?([^\s"'`\\,;]{8,64})/i,
    accepts: isLiteral,
  },
])

type Form = Omit<LookAlikeForm, 'certainty'>

function keys(forms: readonly Form[]): readonly LookAlikeForm[] {
  return forms.map((form) => ({ ...form, certainty: 'key' }))
}

function tokens(forms: readonly Form[]): readonly LookAlikeForm[] {
  return forms.map((form) => ({ ...form, certainty: 'likely' }))
}

/** Says whether a word is the value itself. A variable, a template's value, a path or a placeholder only leads to it. */
function isLiteral(word: string): boolean {
  return !/^[$~/<%{*]|\{\{|^\.{1,2}\//.test(word)
}

/** Says whether a word is neither in a language nor a name: it has letters and digits, and few characters are repeated. */
function looksRandom(word: string): boolean {
  return isLiteral(word) && /[A-Za-z]/.test(word) && /\d/.test(word) && bitsPerCharacter(word) >= LEAST_BITS
}

/** Shannon's entropy of the characters of a word. */
function bitsPerCharacter(word: string): number {
  const counts = new Map<string, number>()
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((bits, count) => bits - (count / word.length) * Math.log2(count / word.length), 0)
}
