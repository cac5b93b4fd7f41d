import { expect, test } from 'vitest'
import { planBoot as planBootOf } from '../../src/api/boot.ts'
import { planBuild } from '../../src/api/build-images.ts'
import { type BootCommandOptions, planBoot } from '../../src/cli/commands/boot.ts'
import { processContext } from '../../src/cli/context.ts'
import { bootDefaults, buildDefaults } from '../../src/machine/defaults.ts'
import type { BootRequest } from '../../src/pipeline/boot/boot-images.ts'
import type { BuildRequest } from '../../src/pipeline/build/build-request.ts'
import { MIB } from '../../src/units.ts'
import { program } from '../cli/command-tree.ts'

/** The default of each option of a command that has one, by the option's long name. */
function defaultsOf(command: string): Readonly<Record<string, unknown>> {
  const options = program.commands.find((one) => one.name() === command)?.options ?? []
  const withDefault = options.filter(({ defaultValue }) => defaultValue !== undefined)
  return Object.fromEntries(withDefault.map((option) => [option.long ?? '', option.defaultValue as unknown]))
}

const { board, until, timeoutSeconds, memoryMiB, diskMiB, network } = bootDefaults
const bootRequest = {
  timeoutMs: timeoutSeconds * 1000,
  diskByteLength: diskMiB * MIB,
  board,
  until,
  memoryMiB,
  network,
}

test('bantam build-image has the defaults of the list', () => {
  expect(defaultsOf('build-image')).toMatchObject({
    '--format': buildDefaults.format,
    '--jobs': String(buildDefaults.jobs),
  })
})

test('bantam boot has the defaults of the list', () => {
  const options = Object.fromEntries(
    Object.entries(defaultsOf('boot')).map(([name, value]) => [
      name.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
  const display = { progress: (): void => undefined, printLine: (): void => undefined }
  const context = processContext(new AbortController().signal)
  // What commander would give for a call without options.
  const request = planBoot(['a.img'], options as unknown as BootCommandOptions, context, display)
  expect(request).toMatchObject<Partial<BootRequest>>(bootRequest)
})

test('buildImages has the defaults of the list', () => {
  const request = planBuild({ cluster: 'cluster.yaml', out: 'out' })
  expect(request).toMatchObject<Partial<BuildRequest>>(buildDefaults)
})

test('boot has the defaults of the list', () => {
  expect(planBootOf({ images: ['a.img'] })).toMatchObject<Partial<BootRequest>>(bootRequest)
})
