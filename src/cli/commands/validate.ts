import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { clusterOption, jsonOption, seedsOption } from '../shared-options.ts'

/** `bantam validate`: checks cluster, profiles and templates without writing anything. */
export function addValidate(program: Command, context: CliContext): void {
  const command = program
    .command('validate')
    .summary('check cluster, profiles and templates')
    .description(
      'Checks cluster file, profiles and templates. Prints every problem at once, with its place and a hint. Writes nothing.',
    )
    .addOption(clusterOption())
    .addOption(seedsOption())
    .addOption(jsonOption())
    .action(async (options: ClusterOptions) => {
      const { validateCluster } = await import('../../pipeline/render/render-cluster.ts')
      const { cluster, plans, warnings } = await validateCluster(projectOf(options, context))
      printResult(
        {
          json: { cluster: cluster.name, nodes: plans.map((plan) => plan.name), warnings },
          text: `${options.cluster} is valid: cluster ${cluster.name} with ${plans.length} node${plans.length === 1 ? '' : 's'}.\n`,
          warnings,
        },
        options,
        context,
      )
    })
  withExamples(command, [
    ['bantam validate', 'check cluster.yaml in this folder'],
    ['bantam validate --cluster lab/cluster.yaml --json', 'check another one, for a script'],
  ])
}
