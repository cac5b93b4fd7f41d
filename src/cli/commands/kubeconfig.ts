import type { Command } from 'commander'
import { BuildError } from '../../errors.ts'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { clusterOption, jsonOption, outOption } from '../shared-options.ts'
import { shownPath } from '../shown-path.ts'

interface KubeconfigOptions extends ClusterOptions {
  readonly breakGlass?: true
}

/** `bantam kubeconfig`: makes a new certificate for the administrator. */
export function addKubeconfig(program: Command, context: CliContext): void {
  const command = program
    .command('kubeconfig')
    .summary('write a kubeconfig with a new certificate')
    .description(
      'Writes <out>/<cluster>.access/kubeconfig with a new certificate, valid for a year, and the other access files. The older certificate stays valid until it expires.',
    )
    .addOption(clusterOption())
    .addOption(outOption())
    .option(
      '--break-glass',
      'for emergencies: write kubeconfig.break-glass instead; it grants every right and cannot be revoked',
    )
    .addOption(jsonOption())
    .action(async (options: KubeconfigOptions) => {
      const { renewKubeconfig } = await import('../../pipeline/secrets/manage-secrets.ts')
      const use = options.breakGlass ? 'break-glass' : 'everyday'
      const { file, warnings } = await renewKubeconfig(projectOf(options, context), use)
      if (file === null) throw new BuildError('ACCESS_SERVER_MISSING', { file: options.cluster })
      const text = `Wrote ${shownPath(file, context)}.\n`
      printResult({ json: { kubeconfig: file, warnings }, text, warnings }, options, context)
    })
  withExamples(command, [
    ['bantam kubeconfig', 'write out/<cluster>.access/kubeconfig with a new certificate'],
    ['bantam kubeconfig --break-glass', 'write one for emergencies; keep it offline'],
  ])
}
