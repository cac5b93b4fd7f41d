import { type BuildError, type ErrorFacts, hasCode } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import type { ClusterSecrets } from '../model/cluster-secrets.ts'
import type { NodePlan } from '../model/node-plan.ts'
import { placeOf } from '../model/places.ts'
import { problem, problemOf, type Spot } from '../yaml-source/describe-problem.ts'
import { createPskDeriver } from './derive-psk.ts'
import { createFileRenderer } from './file-renderer.ts'
import { createTemplateCompiler } from './template-compiler.ts'
import { nodeValues } from './template-values.ts'

const codes = ['TEMPLATE_INVALID', 'TEMPLATE_VALUE_MISSING', 'TEMPLATE_VALUE_INVALID'] as const
type TemplateCode = (typeof codes)[number]

interface Failure {
  readonly error: BuildError<TemplateCode>
  readonly spot: Spot
  readonly node: string
}

/**
 * Finds the templates of `files` that cannot be filled in, each at the place that names it. The same failure on several nodes is one
 * problem, which names them all.
 */
export function checkUserTemplates(
  plans: readonly NodePlan[],
  secrets: ClusterSecrets,
  clusterFile: string,
): readonly Problem[] {
  const context = { secrets, derivePsk: createPskDeriver(), compile: createTemplateCompiler() }
  const failures = plans.flatMap((plan) => findFailures(plan, context, clusterFile))
  const same = new Map<string, [Failure, ...Failure[]]>()
  for (const failure of failures) {
    // The hint names the nearest value, which may be there on some of the nodes only.
    const key = JSON.stringify({ ...problemOf(failure.error, failure.spot), hint: null })
    const others = same.get(key)
    if (others === undefined) same.set(key, [failure])
    else others.push(failure)
  }
  return [...same.values()].map(describe)
}

interface Context {
  readonly secrets: ClusterSecrets
  readonly derivePsk: ReturnType<typeof createPskDeriver>
  readonly compile: ReturnType<typeof createTemplateCompiler>
}

function findFailures(plan: NodePlan, context: Context, clusterFile: string): readonly Failure[] {
  const templates = plan.files.flatMap(({ path, mode, content }, index) =>
    content instanceof Uint8Array ? [] : [{ path, mode, content, index }],
  )
  if (templates.length === 0) return []
  const render = createFileRenderer(plan)
  // The id is known only when everything is rendered. Until then, a template sees the name in its place.
  const values = nodeValues(plan, plan.name, context)
  return templates.flatMap(({ path, mode, content, index }) => {
    try {
      render(context.compile(content), values, { volume: 'root', path: path.slice(1), mode })
      return []
    } catch (error) {
      if (!isTemplateFailure(error)) throw error
      const spot = placeOf(plan, 'files', index, 'content') ?? placeOf(plan) ?? { file: clusterFile }
      return [{ error, spot, node: plan.name }]
    }
  })
}

function isTemplateFailure(error: unknown): error is BuildError<TemplateCode> {
  return codes.some((code) => hasCode(error, code))
}

function describe(failures: readonly [Failure, ...Failure[]]): Problem {
  const [first] = failures
  const { error, spot } =
    failures.find(({ error }) => 'nearest' in error.facts && error.facts.nearest !== null) ?? first
  const facts: ErrorFacts<TemplateCode> = { ...error.facts, nodes: failures.map(({ node }) => node) }
  return problem(error.code, facts, spot)
}
