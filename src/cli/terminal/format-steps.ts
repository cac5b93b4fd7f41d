import type { OperatorStep } from '../../model/operator-step.ts'

/** Numbers steps. What is to be typed is on a line of its own, so that it can be copied. */
export function formatSteps(steps: readonly OperatorStep[]): string {
  return steps.map(formatStep).join('')
}

function formatStep({ do: action, where, command }: OperatorStep, index: number): string {
  const number = `${index + 1}. `
  const place = where === null ? '' : `On ${where}: `
  const typed = command === null ? '' : `${' '.repeat(number.length)}${command}\n`
  return `${number}${place}${action}\n${typed}`
}
