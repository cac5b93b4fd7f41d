import { BuildError } from '../errors.ts'
import { nearestWord } from '../text/nearest-word.ts'

/** The rule for the value of an option. */
export interface OptionRule {
  /** The allowed values in words. They follow "is not" in the message. */
  readonly expected: string
  readonly holds: (value: unknown) => boolean
  readonly isRequired?: true
  /** The message must not show a refused value. */
  readonly isSecret?: true
}

interface RequiredRule extends OptionRule {
  readonly isRequired: true
}

/** A rule for each option. The compiler requires a rule for each new option, and `required` for each option that its type requires. */
export type OptionRules<Options> = {
  readonly [Key in keyof Options]-?: undefined extends Options[Key] ? OptionRule : RequiredRule
}

const LONGEST_SHOWN_TEXT = 60

export const text: OptionRule = { expected: 'a text', holds: (value) => typeof value === 'string' && value !== '' }
export const texts: OptionRule = {
  expected: 'a list of texts',
  holds: (value) => Array.isArray(value) && value.every((one) => text.holds(one)),
}
export const callback: OptionRule = { expected: 'a function', holds: (value) => typeof value === 'function' }
export const record: OptionRule = { expected: 'an object', holds: isRecord }
export const list: OptionRule = { expected: 'a list', holds: (value) => Array.isArray(value) }
export const flag: OptionRule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' }
export const date: OptionRule = {
  expected: 'a valid Date',
  holds: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
}
export const abortSignal: OptionRule = { expected: 'an AbortSignal', holds: (value) => value instanceof AbortSignal }

export function countFrom(least: number): OptionRule {
  return {
    expected: `a whole number from ${least}`,
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  }
}

export function oneOf(words: readonly string[]): OptionRule {
  return { expected: `one of ${words.join(', ')}`, holds: (value) => words.some((word) => word === value) }
}

export function listOf(words: readonly string[]): OptionRule {
  return {
    expected: `a list of ${words.join(', ')}`,
    holds: (value) => Array.isArray(value) && value.every((one) => words.some((word) => word === one)),
  }
}

export function secret(rule: OptionRule): OptionRule {
  return { ...rule, isSecret: true }
}

export function required(rule: OptionRule): RequiredRule {
  return { ...rule, isRequired: true }
}

/**
 * Checks the options of a library function, because callers in JavaScript have no compiler that checks them. An option that is undefined
 * counts as left out. Throws `API_OPTION_MISSING`, `API_OPTION_UNKNOWN`, `API_OPTION_INVALID`.
 */
export function checkOptions<Options extends object>(
  name: string,
  options: Options | undefined,
  rules: OptionRules<Options>,
  /** Prefix of the names in messages, for an option that is an object: `keys.`. */
  prefix = '',
): Options {
  const given: unknown = options ?? {}
  if (!isRecord(given)) throw invalidOption(name, 'options', given, 'an object of options')
  const known: Readonly<Record<string, OptionRule>> = rules
  for (const [option, value] of Object.entries(given)) {
    const rule = Object.hasOwn(known, option) ? known[option] : undefined
    if (rule === undefined) {
      const names = Object.keys(known)
      throw new BuildError('API_OPTION_UNKNOWN', {
        function: name,
        option: `${prefix}${option}`,
        nearest: nearestWord(option, names),
        known: names,
      })
    }
    if (value !== undefined && !rule.holds(value))
      throw invalidOption(name, `${prefix}${option}`, value, rule.expected, rule.isSecret)
  }
  for (const [option, rule] of Object.entries(known)) {
    if (rule.isRequired && given[option] === undefined)
      throw new BuildError('API_OPTION_MISSING', { function: name, option: `${prefix}${option}` })
  }
  // The rules have one entry for each key of the type, and each value holds.
  return given as Options
}

/** The error for an option whose value is wrong. `isSecret` keeps the value out of the message. */
export function invalidOption(
  name: string,
  option: string,
  value: unknown,
  expected: string,
  isSecret = false,
): BuildError {
  const shown = isSecret ? 'a value' : describe(value)
  return new BuildError('API_OPTION_INVALID', { function: name, option, value: shown, expected })
}

/** Names only the kind of an object, because its contents may be secret. */
function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a Date'
  switch (typeof value) {
    case 'string':
      return value.length > LONGEST_SHOWN_TEXT ? 'a long text' : JSON.stringify(value)
    case 'number':
    case 'boolean':
      return String(value)
    case 'object':
      return 'an object'
    default:
      return `a ${typeof value}`
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
