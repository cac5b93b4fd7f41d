import { access } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { isClusterName } from '../../config/schema/cluster-schema.ts'
import { starterCluster } from '../../config/starter-cluster.ts'
import { BuildError, hasCode } from '../../errors.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { CliContext } from '../context.ts'
import { parseCount } from '../options.ts'
import { printResult } from '../print-result.ts'

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
  program
    .command('init')
    .summary('write a starter cluster.yaml')
    .description(
      'Writes a starter cluster file that builds without an edit. Asks on a terminal; takes flags otherwise.',
    )
    .option('--cluster <file>', 'file to write', 'cluster.yaml')
    .option('--name <name>', 'name of the cluster')
    .option('--servers <count>', 'count of servers: 1, or an odd number with etcd')
    .option('--workers <count>', 'count of workers')
    .option('--force', 'replace the file if it exists')
    .option('--json', 'print one JSON document on stdout, and ask nothing')
    .action(async (options: InitOptions) => {
      const path = resolve(context.workingFolder, options.cluster)
      if (!options.force && (await exists(path))) throw new BuildError('OUTPUT_EXISTS', { path: options.cluster })
      const answers = await askMissing(parseFlags(options), options, context)
      await writeFileAtomically(
        path,
        starterCluster({ ...answers, docsFolder: docsFolderFrom(dirname(path), context) }),
        0o644,
      )
      const text = `Wrote ${options.cluster}. Next: bantam plan, then bantam build-image.\n`
      printResult({ json: { cluster: answers.name ?? 'home', file: path }, text, warnings: [] }, options, context)
    })
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
      expected: 'a name of lower-case letters, digits and inner hyphens',
    })
  return value
}

/** Of an even number of etcd servers, half could not go on without the other half, as of one fewer. */
function parseServers(option: string, value: string): number {
  const count = parseCount(option, value)
  if (count % 2 === 0) throw new BuildError('USAGE_OPTION_INVALID', { option, value, expected: '1, or an odd number' })
  return count
}

/** Where schema and docs are, as a comment in the file can name them: beside it in a checkout, else in the package. */
function docsFolderFrom(folder: string, { packageFolder }: CliContext): string {
  const docs = join(packageFolder, 'docs')
  const path = relative(folder, docs).replaceAll('\\', '/')
  return path.startsWith('..') ? docs : `./${path}`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Asks for what no flag gives, on a terminal only; an empty answer takes the default, a wrong one is asked for again. */
async function askMissing(
  flags: Answers,
  options: InitOptions,
  { stdin, stderr, signal }: CliContext,
): Promise<Answers> {
  if (!stdin.isTTY || options.json) return flags
  const terminal = createInterface({ input: stdin, output: stderr })
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
