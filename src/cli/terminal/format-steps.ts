import type { OperatorStep } from '../../model/operator-step.ts'

/** Numbers steps. Each command is on a separate line, so that the reader can copy it. */
export function formatSteps(steps: readonly OperatorStep[]): string {
  return steps.map(formatStep).join('')
}

function formatStep({ do: action, where, command }: OperatorStep, index: number): string {
  const number = `${index + 1}. `
  const place = where === null ? '' : `On ${where}: `
  const typed = command === null ? '' : `${' '.repeat(number.length)}${command}\n`
  return `${number}${place}${action}\n${typed}`
}
