import { relative } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, collect, projectOf, selectionOf } from '../options.ts'
import { printResult } from '../print-result.ts'

/** `bantam render`: writes each node's seed files. */
export function addRender(program: Command, context: CliContext): void {
  program
    .command('render')
    .summary("write each node's seed files")
    .description(
      'Writes the files that each node is seeded with to <out>/<cluster>/seeds/<node>/: boot/ for the FAT, root/ for the root file system. They hold the join token: only you can read them.',
    )
    .option('--cluster <file>', 'cluster file', 'cluster.yaml')
    .option('--profile <name>', 'only nodes of this profile (may be given again)', collect)
    .option('--node <name>', 'only this node (may be given again)', collect)
    .option('--seeds <dir>', 'folder of templates that win over the shipped ones')
    .option('--out <dir>', 'folder of results', 'out')
    .option('--json', 'print one JSON document on stdout')
    .action(async (options: ClusterOptions) => {
      const { writeSeeds } = await import('../../pipeline/render/write-seeds.ts')
      const written = await writeSeeds(projectOf(options, context), selectionOf(options))
      const text = written.seeds
        .map(({ folder, files }) => `${relative(context.workingFolder, folder)} (${files.length} files)\n`)
        .join('')
      printResult({ json: written, text, warnings: written.warnings }, options, context)
    })
}
