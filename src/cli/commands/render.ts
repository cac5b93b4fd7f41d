import { relative } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, projectOf, selectionOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { clusterOption, jsonOption, nodeOption, outOption, profileOption, seedsOption } from '../shared-options.ts'

/** `bantam render`: writes each node's seed files. */
export function addRender(program: Command, context: CliContext): void {
  const command = program
    .command('render')
    .summary("write each node's seed files")
    .description(
      'Writes the seed files of each node to <out>/<cluster>.access/seeds/<node>/: boot/ for the FAT, root/ for the root file system. They hold the join token: only you can read them.',
    )
    .addOption(clusterOption())
    .addOption(profileOption())
    .addOption(nodeOption())
    .addOption(seedsOption())
    .addOption(outOption())
    .addOption(jsonOption())
    .action(async (options: ClusterOptions) => {
      const { writeSeeds } = await import('../../pipeline/render/write-seeds.ts')
      const written = await writeSeeds(projectOf(options, context), selectionOf(options))
      const text = written.seeds
        .map(({ folder, files }) => `${relative(context.workingFolder, folder)} (${files.length} files)\n`)
        .join('')
      printResult({ json: written, text, warnings: written.warnings }, options, context)
    })
  withExamples(command, [
    ['bantam render', 'write the files of all nodes to out/<cluster>.access/seeds/'],
    ['bantam render --node server-1 --seeds ./templates', 'write those of one node, with your own templates'],
  ])
}
