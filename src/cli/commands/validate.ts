import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'

/** `bantam validate`: checks cluster, profiles and templates without writing anything. */
export function addValidate(program: Command, context: CliContext): void {
  program
    .command('validate')
    .summary('check cluster, profiles and templates')
    .description(
      'Checks cluster file, profiles and templates: every problem at once, with its place and a remedy. Writes nothing.',
    )
    .option('--cluster <file>', 'cluster file', 'cluster.yaml')
    .option('--seeds <dir>', 'folder of templates that win over the shipped ones')
    .option('--json', 'print one JSON document on stdout')
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
}
