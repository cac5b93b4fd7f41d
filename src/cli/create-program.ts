import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { addBoot } from './commands/boot.ts'
import { addBuildImage } from './commands/build-image.ts'
import { addCompletion } from './commands/completion.ts'
import { addExplain } from './commands/explain.ts'
import { addInit } from './commands/init.ts'
import { addInspect } from './commands/inspect.ts'
import { addKubeconfig } from './commands/kubeconfig.ts'
import { addPlan } from './commands/plan.ts'
import { addRender } from './commands/render.ts'
import { addSecrets } from './commands/secrets.ts'
import { addValidate } from './commands/validate.ts'
import type { CliContext } from './context.ts'
import { withExamples } from './examples.ts'
import { severityWord } from './terminal/colour.ts'
import { usageMessage } from './usage-message.ts'

const HELP_WIDTH = 80

/** Builds the tree of commands. Help, completion and the manual page are made from it. */
export function createProgram(context: CliContext): Command {
  const { stdout, stderr, env } = context
  const program = new Command('bantam')
    .description(
      'Turns one cluster.yaml into one flashable Raspberry Pi image per node. Each node joins its k3s cluster on first boot.',
    )
    .version(packageVersion(context))
    .option('--no-color', 'show errors and warnings without colour, as NO_COLOR=1 does')
    .showHelpAfterError('Run with --help to see every option.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        stdout.write(text)
      },
      writeErr: (text) => {
        stderr.write(text)
      },
      outputError: (text) => {
        stderr.write(`${usageMessage(text)}\n`, (safe) =>
          safe.replace(/^error/, severityWord('error', { stream: stderr, env })),
        )
      },
      // Longer lines are harder to read, on wide terminals too.
      getOutHelpWidth: () => Math.min(stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
      getErrHelpWidth: () => Math.min(stderr.columns ?? HELP_WIDTH, HELP_WIDTH),
    })
  withExamples(program, [
    ['bantam init', 'write cluster.yaml; edit it where you want something else'],
    ['bantam plan', 'see what each node will be'],
    ['bantam build-image', 'write out/<cluster>/<node>.img.xz; flash each image to a card'],
    ['bantam boot out/home/server-1.img.xz', 'start an image in an emulator'],
  ])
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
    addCompletion,
  ])
    add(program, context)
  return program
}

function packageVersion({ packageFolder }: CliContext): string {
  // npm requires the field in every package.
  return (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }).version
}
