import { beforeEach, expect, test, vi } from 'vitest'
import { boot, buildImages } from '../../src/index.ts'
import { bootDefaults, buildDefaults } from '../../src/machine/defaults.ts'
import type { BootRequest } from '../../src/pipeline/boot/boot-images.ts'
import type { BuildRequest } from '../../src/pipeline/build/build-request.ts'
import { MIB } from '../../src/units.ts'
import { program } from '../cli/command-tree.ts'
import { bantam } from '../support/run-cli.ts'
import { temporaryFolder } from '../support/small-image.ts'

const asked = vi.hoisted(() => ({ boot: vi.fn(), build: vi.fn() }))
vi.mock(import('../../src/pipeline/boot/boot-images.ts'), () => ({ bootImages: asked.boot }))
vi.mock(import('../../src/pipeline/build/build-images.ts'), () => ({ buildImages: asked.build }))

beforeEach(() => {
  vi.clearAllMocks()
})

/** The default of each option of a command that has one, by the option's long name. */
function defaultsOf(command: string): Readonly<Record<string, unknown>> {
  const options = program.commands.find((one) => one.name() === command)?.options ?? []
  const withDefault = options.filter(({ defaultValue }) => defaultValue !== undefined)
  return Object.fromEntries(withDefault.map((option) => [option.long ?? '', option.defaultValue as unknown]))
}

test('bantam build-image has the defaults of the list', () => {
  expect(defaultsOf('build-image')).toMatchObject({
    '--format': buildDefaults.format,
    '--jobs': String(buildDefaults.jobs),
  })
})

test('bantam boot has the defaults of the list', () => {
  expect(defaultsOf('boot')).toEqual({
    '--board': bootDefaults.board,
    '--timeout': String(bootDefaults.timeoutSeconds),
    '--memory': String(bootDefaults.memoryMiB),
    '--disk-size': String(bootDefaults.diskMiB),
    '--network': bootDefaults.network,
  })
})

test('bantam boot awaits the milestones of the list', async () => {
  asked.boot.mockResolvedValue([])
  await bantam(temporaryFolder(), ['boot', 'a.img', '--json'])
  expect(asked.boot).toHaveBeenCalledWith(expect.objectContaining({ until: bootDefaults.until }))
})

test('buildImages has the defaults of the list', async () => {
  await buildImages({ cluster: 'cluster.yaml', out: 'out' })
  expect(asked.build).toHaveBeenCalledWith(expect.objectContaining<Partial<BuildRequest>>(buildDefaults))
})

test('boot has the defaults of the list', async () => {
  await boot({ images: ['a.img'] })
  const { board, until, timeoutSeconds, memoryMiB, diskMiB, network } = bootDefaults
  const defaults = { timeoutMs: timeoutSeconds * 1000, diskByteLength: diskMiB * MIB, board, until, memoryMiB, network }
  expect(asked.boot).toHaveBeenCalledWith(expect.objectContaining<Partial<BootRequest>>(defaults))
})
