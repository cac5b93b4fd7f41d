import Handlebars from 'handlebars'
import { BuildError } from '../errors.ts'
import { formatYaml } from '../text/format-yaml.ts'
import { quoteShell } from '../text/quote-shell.ts'
import { quoteEnvironment, quoteKeyfile, quoteUnit } from '../text/quote-systemd.ts'
import { requirePlain } from '../text/require-plain.ts'
import { ValueError } from '../text/value-error.ts'
import { nearestValue, type ValueReference } from './nearest-value.ts'

/** The facts by which a helper names the place of a failure. */
export interface TemplateContext {
  readonly file: string
  /** The value of each `{{…}}`, by `line:column`. */
  readonly values: ReadonlyMap<string, ValueReference>
}

/** The object that Handlebars passes to a helper after the value. Handlebars' types lack `loc`. */
interface HelperCall {
  readonly hash: Readonly<Record<string, unknown>>
  /** `root` is the value that holds all others. */
  readonly data: { readonly template: TemplateContext; readonly root: unknown }
  readonly loc: { readonly start: { readonly line: number; readonly column: number } }
}

/** The call of `if` by Handlebars' `unless`. Its value has been checked, and only `hash` is there. */
type InnerCall = Pick<HelperCall, 'hash'>

/** The helpers that place a value into a file, one for each syntax. There is no other way to place a value. */
export const valueHelpers: Readonly<Record<string, (value: unknown, hash: HelperCall['hash']) => string>> = {
  yaml: (value, hash) => formatYaml(value, typeof hash.indent === 'number' ? hash.indent : null),
  sh: quoteShell,
  env: quoteEnvironment,
  unit: quoteUnit,
  keyfile: quoteKeyfile,
  plain: requirePlain,
}

/** Blocks that a template may use. All other blocks of Handlebars are removed. */
export const blockHelpers = ['if', 'unless', 'each'] as const

/** The blocks that ask for a value. `each` does not: it goes through one. */
const conditions: readonly string[] = ['if', 'unless']

/** Makes a separate instance of Handlebars. Its helpers reject a missing value; Handlebars' own would write nothing. */
export function createHandlebars(): typeof Handlebars {
  const handlebars = Handlebars.create()
  const shipped = { ...handlebars.helpers }
  for (const name of Object.keys(shipped)) handlebars.unregisterHelper(name)
  for (const name of blockHelpers) {
    const block = shipped[name]
    handlebars.registerHelper(name, function (this: unknown, value: unknown, call: HelperCall | InnerCall): unknown {
      if ('data' in call && !(conditions.includes(name) && isMissingUserKey(value, call)))
        requireValue(value, call, this)
      return block?.call(this, value, call)
    })
  }
  for (const [name, format] of Object.entries(valueHelpers)) {
    handlebars.registerHelper(name, function (this: unknown, value: unknown, call: HelperCall): string {
      requireValue(value, call, this)
      return formatValue(value, call, format)
    })
  }
  return handlebars
}

function formatValue(
  value: unknown,
  call: HelperCall,
  format: (value: unknown, hash: HelperCall['hash']) => string,
): string {
  try {
    return format(value, call.hash)
  } catch (error) {
    if (error instanceof ValueError)
      throw new BuildError('TEMPLATE_VALUE_INVALID', { ...describe(call), problem: error.message })
    throw error
  }
}

function isMissingUserKey(value: unknown, call: HelperCall): boolean {
  return value === undefined && referenceOf(call)?.isUserKey === true
}

/** Refuses a value that is missing, and the object of all values. `item` is what paths start from at this place. */
function requireValue(value: unknown, call: HelperCall, item: unknown): void {
  if (value === undefined) {
    const reference = referenceOf(call)
    const values = reference?.name.startsWith('@root.') === true ? call.data.root : item
    const nearest = reference === undefined ? null : nearestValue(reference, values)
    throw new BuildError('TEMPLATE_VALUE_MISSING', { ...describe(call), nearest })
  }
  // `..` can lead to the object of all values from any block. It holds the instance id, and nobody would notice that. So it is refused here.
  if (value === call.data.root) {
    const { template, line } = describe(call)
    throw new BuildError('TEMPLATE_INVALID', {
      template,
      line,
      problem: 'a helper places one value, not the object of all values',
    })
  }
}

function describe(call: HelperCall): { template: string; line: number; value: string } {
  const { file } = call.data.template
  return { template: file, line: call.loc.start.line, value: referenceOf(call)?.name ?? 'of this place' }
}

function referenceOf({ data, loc }: HelperCall): ValueReference | undefined {
  return data.template.values.get(`${loc.start.line}:${loc.start.column}`)
}
