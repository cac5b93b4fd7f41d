import Handlebars from 'handlebars'
import { BuildError } from '../errors.ts'
import { MIB } from '../units.ts'
import { leadsToUserKey, leadsToValue, nearestValue, type ValueReference } from './nearest-value.ts'
import { blockHelpers, createHandlebars, type TemplateContext, valueHelpers } from './template-helpers.ts'

/** One template, read and compiled once, rendered for every node. */
export interface Template {
  /** Path of its file, for messages. */
  readonly file: string
  /** Its text, before any value is placed. */
  readonly source: string
  /** False if the text for a node does not depend on its instance id. */
  readonly placesInstanceId: boolean
  readonly render: (values: object) => string
}

/** People write no larger templates, and compiling a larger one would take seconds. */
export const LARGEST_TEMPLATE_BYTES = MIB

const handlebars = createHandlebars()
const valueHelperNames = Object.keys(valueHelpers)
const knownHelpers = Object.fromEntries([...blockHelpers, ...valueHelperNames].map((name) => [name, true]))
/** The largest indent in `{{yaml value indent=6}}`. No file that people read needs a deeper one. */
const MOST_INDENT = 40
const compileOptions = { noEscape: true, strict: true, knownHelpersOnly: true, knownHelpers } as const

/** Compiles a Handlebars template. Throws `TEMPLATE_INVALID` for syntax that could place a value without a helper. */
export function compileTemplate(file: string, source: string): Template {
  const context: TemplateContext = { file, values: checkSyntax(file, source) }
  const render = handlebars.compile<object>(source, compileOptions)
  return {
    file,
    source,
    placesInstanceId: [...context.values.values()].some(({ name }) => /(^|[./])instanceId$/.test(name)),
    render: (values) => {
      try {
        return render(values, { data: { template: context } })
      } catch (error) {
        if (error instanceof BuildError) throw error
        throw describeFailure(error, context, values)
      }
    },
  }
}

/** Makes a template without values: its text is written as it is. */
export function literalTemplate(file: string, source: string): Template {
  return { file, source, placesInstanceId: false, render: () => source }
}

/** Collects the value of each `{{…}}`, by `line:column`. Refuses everything except helpers with one value. */
function checkSyntax(file: string, source: string): ReadonlyMap<string, ValueReference> {
  const values = new Map<string, ValueReference>()
  const visitor = new Handlebars.Visitor()
  let listDepth = 0
  const note = (node: hbs.AST.MustacheStatement | hbs.AST.BlockStatement, allowed: readonly string[]): void => {
    const helper = isPath(node.path) ? node.path.original : ''
    const [value] = node.params
    const { line, column } = node.loc.start
    if (!allowed.includes(helper))
      throw invalid(file, line, `{{${helper}}} is none of the helpers ${allowed.join(', ')}`)
    if (value === undefined || node.params.length > 1) throw invalid(file, line, `{{${helper}}} takes one value`)
    if (value.type === 'SubExpression') throw invalid(file, line, `{{${helper}}} takes a value, not another helper`)
    const wrongOption = describeWrongOption(helper, node.hash)
    if (wrongOption !== null) throw invalid(file, line, wrongOption)
    values.set(`${line}:${column}`, referenceOf(value, listDepth > 0))
  }
  const refuse = (node: hbs.AST.Node): never => {
    throw invalid(file, node.loc.start.line, 'partials and decorators cannot be used')
  }
  visitor.MustacheStatement = (node) => {
    note(node, valueHelperNames)
  }
  visitor.BlockStatement = function (this: Handlebars.Visitor, node) {
    note(node, blockHelpers)
    const isList = isPath(node.path) && node.path.original === 'each'
    listDepth += isList ? 1 : 0
    Handlebars.Visitor.prototype.BlockStatement.call(this, node)
    listDepth -= isList ? 1 : 0
  }
  visitor.PartialStatement = refuse
  visitor.PartialBlockStatement = refuse
  visitor.Decorator = refuse
  visitor.DecoratorBlock = refuse
  visitor.accept(parse(file, source))
  return values
}

function referenceOf(value: hbs.AST.Expression, isInList: boolean): ValueReference {
  if (!isPath(value)) return { name: value.type, steps: [], start: 'elsewhere', isUserKey: false }
  const { original, parts, data, depth } = value
  const isUserKey = leadsToUserKey(parts)
  if (data && parts[0] === 'root') return { name: original, steps: parts.slice(1), start: 'root', isUserKey }
  const start = data || depth > 0 ? 'elsewhere' : isInList ? 'item' : 'root'
  return { name: original, steps: parts, start, isUserKey }
}

function describeWrongOption(helper: string, hash: hbs.AST.Hash | undefined): string | null {
  for (const { key, value } of hash?.pairs ?? []) {
    if (helper !== 'yaml' || key !== 'indent') return `{{${helper}}} has no option "${key}"`
    const indent = value.type === 'NumberLiteral' ? (value as hbs.AST.NumberLiteral).value : NaN
    if (!Number.isInteger(indent) || indent < 0 || indent > MOST_INDENT)
      return `"indent" is not a number from 0 to ${MOST_INDENT}`
  }
  return null
}

function parse(file: string, source: string): hbs.AST.Program {
  try {
    return handlebars.parse(source)
  } catch (error) {
    // Handlebars reports the line of a mismatched block in a property, and the line of a syntax error in the message.
    const { message, lineNumber } = error as Error & { lineNumber?: number }
    const line = lineNumber ?? Number(/on line (\d+)/.exec(message)?.[1] ?? Number.NaN)
    throw invalid(file, Number.isNaN(line) ? null : line, 'the syntax is not that of Handlebars', error)
  }
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression'
}

function invalid(file: string, line: number | null, problem: string, cause?: unknown): BuildError {
  return new BuildError('TEMPLATE_INVALID', { template: file, line, problem }, { cause })
}

/** Describes a failure that no helper reports: a path through a missing value, such as `k3s.unit` where `k3s` is null. */
function describeFailure(error: unknown, context: TemplateContext, values: object): BuildError {
  // Handlebars' message may quote a value, which may be a secret. Only the name is taken from it.
  const name =
    /reading '([^']*)'/.exec(String(error))?.[1] ?? /^Error: "([^"]*)" not defined in /.exec(String(error))?.[1]
  if (name === undefined) {
    const kind = error instanceof Error ? error.name : 'unknown error'
    return invalid(context.file, null, `it cannot be rendered (${kind})`, error)
  }
  const [spot, reference] = findReference(name, context, values) ?? [null, null]
  return new BuildError('TEMPLATE_VALUE_MISSING', {
    template: context.file,
    line: spot === null ? null : Number(spot.split(':')[0]),
    value: reference?.name ?? name,
    nearest: reference?.start === 'root' ? nearestValue(reference, values) : null,
  })
}

/** Finds the value whose path goes through a missing value to this key: one that is not there, else the first. */
function findReference(name: string, context: TemplateContext, values: object): [string, ValueReference] | undefined {
  const named = [...context.values].filter(([, { steps }]) => steps.indexOf(name) > 0)
  const isMissing = ({ start, steps }: ValueReference): boolean => start === 'root' && !leadsToValue(steps, values)
  return named.find(([, reference]) => isMissing(reference)) ?? named[0]
}
