import { relative } from 'node:path'
import type { Command } from 'commander'
import { BuildError } from '../../errors.ts'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'

interface KubeconfigOptions extends ClusterOptions {
  readonly breakGlass?: true
}

/** `bantam kubeconfig`: makes an administrator's certificate anew. */
export function addKubeconfig(program: Command, context: CliContext): void {
  program
    .command('kubeconfig')
    .summary('write a kubeconfig with a new certificate')
    .description(
      'Writes <out>/<cluster>/kubeconfig with a new certificate, valid for a year. The older one stays valid until it expires.',
    )
    .option('--cluster <file>', 'cluster file', 'cluster.yaml')
    .option('--out <dir>', 'folder of results', 'out')
    .option(
      '--break-glass',
      'write kubeconfig.break-glass instead, whose bearer may do everything and cannot be locked out: for emergencies',
    )
    .option('--json', 'print one JSON document on stdout')
    .action(async (options: KubeconfigOptions) => {
      const { renewKubeconfig } = await import('../../pipeline/secrets/manage-secrets.ts')
      const path = await renewKubeconfig(projectOf(options, context), options.breakGlass ? 'break-glass' : 'everyday')
      if (path === null) throw new BuildError('ACCESS_SERVER_MISSING', { file: options.cluster })
      printResult(
        { json: { kubeconfig: path }, text: `Wrote ${relative(context.workingFolder, path) || path}.\n`, warnings: [] },
        options,
        context,
      )
    })
}
