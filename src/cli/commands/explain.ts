import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { printResult } from '../print-result.ts'
import { jsonOption } from '../shared-options.ts'

/** `bantam explain CODE`: prints the page of a word that bantam uses, such as an error code. */
export function addExplain(program: Command, context: CliContext): void {
  const command = program
    .command('explain')
    .summary('explain an error code')
    .description('Explains a word that bantam prints: what an error code means and what to do about it.')
    .argument('<code>', 'error code, such as BASE_FILE_MISSING')
    .addOption(jsonOption())
    .action(async (code: string, options: { readonly json?: true }) => {
      const { explainWord } = await import('../../pipeline/explain/explain-word.ts')
      const explanation = explainWord(code)
      printResult({ json: explanation, text: explanation.page, warnings: [] }, options, context)
    })
  withExamples(command, [['bantam explain BASE_FILE_MISSING', 'say what a code means and what to do']])
}
