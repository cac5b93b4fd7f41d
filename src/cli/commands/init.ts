import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { writeFileAtomically } from '../../artifact/write-file-atomically.ts'
import { starterCluster, type StarterOptions } from '../../config/starter-cluster.ts'
import { BuildError } from '../../errors.ts'
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
    .description('Writes a starter cluster file that builds without an edit. Asks on a terminal; takes flags otherwise.')
    .option('--cluster <file>', 'file to write', 'cluster.yaml')
    .option('--name <name>', 'name of the cluster')
    .option('--servers <count>', 'count of servers: 1, or an odd number with etcd')
    .option('--workers <count>', 'count of workers')
    .option('--force', 'replace the file if it exists')
    .option('--json', 'print one JSON document on stdout, and ask nothing')
    .action(async (options: InitOptions) => {
      const path = resolve(context.workingFolder, options.cluster)
      if (!options.force && (await exists(path))) throw new BuildError('FILE_EXISTS', { path: options.cluster })
      const answers = await askMissing(options, context)
      await writeFileAtomically(path, starterCluster(starterOptions(answers)), 0o644)
      const text = `Wrote ${options.cluster}. Next: bantam plan, then bantam build-image.\n`
      printResult({ json: { cluster: answers.name ?? 'home', file: path }, text, warnings: [] }, options, context)
    })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Asks for what no flag gives, on a terminal only; an empty answer takes the default. */
async function askMissing(options: InitOptions, { stdin, stderr, signal }: CliContext): Promise<InitOptions> {
  if (!stdin.isTTY || options.json) return options
  const terminal = createInterface({ input: stdin, output: stderr })
  const ask = async (question: string, given: string | undefined, otherwise: string): Promise<string> =>
    given ?? ((await terminal.question(`${question} [${otherwise}] `, { signal })).trim() || otherwise)
  try {
    const name = await ask('Name of the cluster?', options.name, 'home')
    const servers = await ask('How many servers?', options.servers, '1')
    const workers = await ask('How many workers?', options.workers, '2')
    return { ...options, name, servers, workers }
  } finally {
    terminal.close()
  }
}

function starterOptions({ name, servers, workers }: InitOptions): StarterOptions {
  return {
    ...(name === undefined ? {} : { name }),
    ...(servers === undefined ? {} : { servers: parseCount('--servers', servers) }),
    ...(workers === undefined ? {} : { workers: workers === '0' ? 0 : parseCount('--workers', workers) }),
  }
}
