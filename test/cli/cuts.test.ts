// @module-tag slow
/** Builds that end at the worst moment: what they leave is whole, and the next build needs no help. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { project } from '../support/cli-project.ts'
import { eachCut, leftOversIn, sumOf, sumsOf } from '../support/cuts.ts'
import { bantam } from '../support/run-cli.ts'
import { makeSmallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'

const CLUSTER = `name: home
network: {gateway: 192.168.1.1, dns: [192.168.1.1]}
nodes:
  - {name: server-1, profile: server, board: pi5, address: 192.168.1.10/24}
`
const SMALL = { FAT_MIB: '34', ROOT_MIB: '12' }
const OLDER = 'older image'
const TIMEOUT_MS = 300_000

interface Scene {
  /** The project. The base image is outside of it. */
  readonly folder: string
  readonly base: string
  readonly command: readonly string[]
  /** Sums of all results of a whole build. */
  readonly expected: Readonly<Record<string, string>>
}

/** A project with an older image of the node that is built, and a line for it in the list of sums. */
async function scene(format: 'img' | 'img.xz', base: string): Promise<Scene> {
  const folder = join(temporaryFolder(), 'project')
  cpSync(project(CLUSTER), folder, { recursive: true })
  const command = ['build-image', '--format', format, '--node', 'server-1', '--base', base, '--jobs', '1']
  const whole = await bantam(folder, command)
  expect(whole.status, whole.stderr).toBe(0)
  const expected = sumsOf(join(folder, 'out'))
  const image = `server-1.${format}`
  writeFileSync(join(folder, 'out/home', image), OLDER)
  writeFileSync(join(folder, 'out/home/SHA256SUMS'), `${sumOf(OLDER)}  ${image}\n`)
  return { folder, base, command, expected }
}

function smallBase(): string {
  const base = join(temporaryFolder(), 'raspios.img')
  makeSmallImage('raspios', base, SMALL)
  return base
}

/** What holds at any moment: each name leads to a whole file, and each line of the list of sums is true. */
function expectWhole({ folder, expected }: Scene, cut: string): void {
  const left = sumsOf(join(folder, 'out'))
  for (const [name, sum] of Object.entries(expected)) {
    if (name.endsWith('SHA256SUMS')) continue
    expect(/\.img(\.xz)?$/.test(name) ? [sum, sumOf(OLDER)] : [sum], `${cut}: ${name}`).toContain(left[name])
  }
  const list = readFileSync(join(folder, 'out/home/SHA256SUMS'), 'utf8')
  for (const [, sum, name = ''] of list.matchAll(/^(\S+) {2}(\S+)$/gm))
    expect(left[`home/${name}`], `${cut}: ${name}`).toBe(sum)
}

/** The next build makes what a whole one makes, and removes what the killed one left. */
async function expectHealed({ folder, command, expected }: Scene, cut: string): Promise<void> {
  const next = await bantam(folder, command)
  expect(next.status, `${cut}: ${next.stderr}`).toBe(0)
  expect(sumsOf(join(folder, 'out')), cut).toEqual(expected)
  expect(leftOversIn(folder), cut).toEqual([])
}

describe('a build that is killed at any of its changes leaves nothing half-written, and the next one removes what it left', () => {
  testWithImages(
    'with a raw base',
    async () => {
      const built = await scene('img', smallBase())
      const secrets = readFileSync(join(built.folder, 'home.secrets.yaml'), 'utf8')
      const count = await eachCut(built.folder, built.command, async (cut) => {
        expectWhole(built, cut)
        await expectHealed(built, cut)
        expect(readFileSync(join(built.folder, 'home.secrets.yaml'), 'utf8'), cut).toBe(secrets)
      })
      expect(count).toBeGreaterThan(15)
    },
    TIMEOUT_MS,
  )
})
