import { access } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { isClusterName } from '../../config/schema/cluster-schema.ts'
import { BuildError, hasCode } from '../../errors.ts'
import { commandOf } from '../../machine/environment.ts'
import { writeStarter } from '../../pipeline/init/write-starter.ts'
import { quoteShellLine } from '../../text/quote-shell.ts'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { parseCount } from '../options.ts'
import { printResult } from '../print-result.ts'
import { clusterOption, jsonOption } from '../shared-options.ts'

interface InitOptions {
  readonly cluster: string
  readonly name?: string
  readonly servers?: string
  readonly workers?: string
  readonly force?: true
  readonly json?: true
}

/** `bantam init`: writes a starter cluster file. */
export function addInit(program: Command, context: CliContext): void {
  const command = program
    .command('init')
    .summary('write a starter cluster.yaml')
    .description(
      'Writes a starter cluster file that builds without an edit. On a terminal, asks for values that no flag gives.',
    )
    .addOption(clusterOption('file to write'))
    .option('--name <name>', 'name of the cluster')
    .option('--servers <count>', 'number of servers: 1, or an odd number with etcd')
    .option('--workers <count>', 'number of workers')
    .option('--force', 'replace the file if it exists')
    .addOption(jsonOption('print one JSON document on stdout, and ask nothing'))
    .action(async (options: InitOptions) => {
      const path = resolve(context.workingFolder, options.cluster)
      if (!options.force && (await exists(path))) throw new BuildError('OUTPUT_EXISTS', { path: options.cluster })
      const answers = await askMissing(parseFlags(options), options, context)
      const { file, schemaFile } = await writeStarter(path, answers, context.packageFolder)
      const command = commandOf(context.env)
      const written = schemaFile === null ? '' : ` and, beside it, ${basename(schemaFile)} for editors`
      const chosen = options.cluster === 'cluster.yaml' ? '' : ` --cluster ${quoteShellLine(options.cluster)}`
      const text = `Wrote ${options.cluster}${written}.
Set the board of each node and your time zone in it.
Next: ${command} plan${chosen}, then ${command} build-image${chosen}.
`
      const json = { cluster: answers.name ?? 'home', file, schemaFile }
      printResult({ json, text, warnings: [] }, options, context)
    })
  withExamples(command, [
    ['bantam init', 'ask three questions, then write cluster.yaml'],
    ['bantam init --name lab --servers 3 --workers 4', 'write it without a question'],
  ])
}

interface Answers {
  readonly name?: string
  readonly servers?: number
  readonly workers?: number
}

function parseFlags({ name, servers, workers }: InitOptions): Answers {
  return {
    ...(name === undefined ? {} : { name: parseClusterName('--name', name) }),
    ...(servers === undefined ? {} : { servers: parseServers('--servers', servers) }),
    ...(workers === undefined ? {} : { workers: parseCount('--workers', workers, 0) }),
  }
}

function parseClusterName(option: string, value: string): string {
  if (!isClusterName(value))
    throw new BuildError('USAGE_OPTION_INVALID', {
      option,
      value: JSON.stringify(value),
      expected: 'a name of a-z, 0-9 and, between them, "-", such as casa-da-ana, and no device of Windows, such as con',
    })
  return value
}

/** etcd needs a majority of its servers: an even number tolerates no more failures than one server fewer. https://etcd.io/docs/v3.6/faq/ */
function parseServers(option: string, value: string): number {
  const count = parseCount(option, value)
  if (count % 2 === 0)
    throw new BuildError('USAGE_OPTION_INVALID', { option, value, expected: 'an odd number: 1, 3, 5 …' })
  return count
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** On a terminal, asks for each value that no flag gives. An empty answer takes the default. After a wrong answer it asks again. */
async function askMissing(
  flags: Answers,
  options: InitOptions,
  { stdin, stderr, signal }: CliContext,
): Promise<Answers> {
  if (!stdin.isTTY || options.json) return flags
  const terminal = createInterface({ input: stdin, output: stderr.stream })
  const ask = async <T>(
    question: string,
    otherwise: string,
    parse: (option: string, value: string) => T,
  ): Promise<T> => {
    for (;;) {
      const answer = (await terminal.question(`${question} [${otherwise}] `, { signal })).trim()
      try {
        return parse('The answer', answer || otherwise)
      } catch (error) {
        if (!hasCode(error, 'USAGE_OPTION_INVALID')) throw error
        stderr.write(`${error.message}\n`)
      }
    }
  }
  try {
    return {
      name: flags.name ?? (await ask('Name of the cluster?', 'home', parseClusterName)),
      servers: flags.servers ?? (await ask('How many servers (1, or an odd number)?', '1', parseServers)),
      workers: flags.workers ?? (await ask('How many workers?', '2', (option, value) => parseCount(option, value, 0))),
    }
  } finally {
    terminal.close()
  }
}
