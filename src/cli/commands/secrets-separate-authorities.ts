import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { shownPath } from '../shown-path.ts'
import { formatSteps } from '../terminal/format-steps.ts'
import { addSecretsCommand } from './add-secrets-command.ts'

interface SeparateOptions extends ClusterOptions {
  readonly done?: true
}

/** `bantam secrets separate-authorities`: moves a running cluster whose authorities trust one root. */
export function addSeparateAuthorities(secrets: Command, context: CliContext): void {
  addSecretsCommand(
    secrets,
    'separate-authorities',
    'print the steps by which a cluster of an earlier version gives up the common root of its authorities',
    [
      ['bantam secrets separate-authorities', 'print the steps for the running cluster'],
      ['bantam secrets separate-authorities --done', 'build images that fit, once the steps were taken'],
    ],
  )
    .option('--done', 'the running cluster has taken the steps, or no server has ever started')
    .action(async (options: SeparateOptions) => {
      const { separateCluster } = await import('../../pipeline/secrets/separate-authorities.ts')
      const { file, separate, steps, warnings } = await separateCluster(
        projectOf(options, context),
        options.done === true,
      )
      const state = separate
        ? `The authorities in ${shownPath(file, context)} are separate.\n`
        : `The authorities in ${shownPath(file, context)} trust one root. Nothing has changed yet.\n`
      const text = steps.length === 0 ? state : `${state}${formatSteps(steps)}`
      printResult({ json: { file, separate, steps, warnings }, text, warnings }, options, context)
    })
}
