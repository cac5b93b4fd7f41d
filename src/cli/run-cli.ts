import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { BuildError } from '../errors.ts'
import { addBoot } from './commands/boot.ts'
import { addBuildImage } from './commands/build-image.ts'
import { addExplain } from './commands/explain.ts'
import { addInit } from './commands/init.ts'
import { addInspect } from './commands/inspect.ts'
import { addKubeconfig } from './commands/kubeconfig.ts'
import { addPlan } from './commands/plan.ts'
import { addRender } from './commands/render.ts'
import { addSecrets } from './commands/secrets.ts'
import { addValidate } from './commands/validate.ts'
import type { CliContext } from './context.ts'
import { printError } from './print-error.ts'

const EXIT_DONE = 0
const EXIT_USAGE = 2

/** Runs one command line and gives its exit code: 0 done, 1 failed, 2 wrong usage or invalid input. */
export async function runCli(parameters: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync(parameters, { from: 'user' })
    return EXIT_DONE
  } catch (error) {
    const format = parameters.includes('--json') ? 'json' : 'text'
    if (!(error instanceof CommanderError)) return printError(nameInterruption(error, context.signal), format, context)
    // Commander has printed help, or for people what is wrong with the usage, by itself.
    if (error.exitCode === 0) return EXIT_DONE
    const reason = error.message.replace(/^error: /, '')
    return format === 'json' ? printError(new BuildError('USAGE_INVALID', { reason }), format, context) : EXIT_USAGE
  }
}

/** An interruption shows as whatever was under way at that moment: an aborted transfer, a killed copy, an unanswered question. */
function nameInterruption(error: unknown, signal: AbortSignal): unknown {
  const interrupted = signal.aborted || (error instanceof Error && error.name === 'AbortError')
  return interrupted ? new BuildError('BUILD_INTERRUPTED', undefined, { cause: error }) : error
}

function createProgram(context: CliContext): Command {
  const program = new Command('bantam')
    .description(
      'Turns one cluster.yaml into one flashable Raspberry Pi image per node, each of which joins its k3s cluster on first boot.',
    )
    .version(packageVersion(context))
    .showHelpAfterError('Run with --help to see every option.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .addHelpText(
      'after',
      `
From cards to cluster:
  bantam init                  write cluster.yaml, then edit it (or not)
  bantam plan                  see what each node will be
  bantam build-image           write out/<cluster>/<node>.img.xz
  bantam boot IMAGE            see it start in an emulator
  flash each image with Raspberry Pi Imager, insert the cards, power the boards
`,
    )
  for (const add of [
    addInit,
    addValidate,
    addPlan,
    addRender,
    addBuildImage,
    addInspect,
    addBoot,
    addKubeconfig,
    addSecrets,
    addExplain,
  ])
    add(program, context)
  return program
}

function packageVersion({ packageFolder }: CliContext): string {
  // npm guarantees the field.
  return (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }).version
}
