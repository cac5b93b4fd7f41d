// @module-tag slow
/** Clocks that are certainly wrong, and certificate authorities that are over. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PACKAGE_DATE } from '../../src/pki/require-clock.ts'
import { CLUSTER, errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { makeSmallImage, smallImage, testWithImages } from '../support/small-image.ts'
import { volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

const UNIX_START = new Date('1970-01-01T00:02:11Z')
const secretsText = (folder: string): string => readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
const buildWords = (base: string): readonly string[] => ['build-image', '--node', 'worker-1', '--base', base, '--json']

async function codeAt(folder: string, now: Date, words: readonly string[]): Promise<unknown> {
  const { status, stdout } = await bantam(folder, [...words, '--json'], {}, { now })
  expect(status).toBeGreaterThan(0)
  return errorOf(stdout).code
}

describe('a clock that is before the date of the package', () => {
  test('is refused by every command that makes certificates or tokens', async () => {
    const folder = await rendered()
    const text = secretsText(folder)
    for (const words of [['render'], ['build-image'], ['kubeconfig'], ['secrets', 'rotate', 'server-token']])
      expect([words, await codeAt(folder, UNIX_START, words)]).toEqual([words, 'CLOCK_BEFORE_PACKAGE'])
    expect(await codeAt(folder, new Date(PACKAGE_DATE.getTime() - 1), ['render'])).toBe('CLOCK_BEFORE_PACKAGE')
    expect(secretsText(folder)).toBe(text)
    // Nothing is made by these: they say what there is.
    for (const words of [['validate'], ['plan'], ['secrets', 'show']])
      expect((await bantam(folder, words, {}, { now: UNIX_START })).status).toBe(0)
  })

  test('makes no secrets in a new folder, whichever command comes first', async () => {
    for (const words of [['render'], ['build-image']]) {
      const folder = project()
      expect(await codeAt(folder, UNIX_START, words)).toBe('CLOCK_BEFORE_PACKAGE')
      expect(readdirSync(folder).sort()).toEqual(
        words[0] === 'render' ? ['.gitignore', 'cluster.yaml'] : ['cluster.yaml'],
      )
    }
  })
})

describe('a clock that is before the last write of the base image', () => {
  const WRITTEN = new Date('2031-05-01T00:00:00Z')
  const beforeIt = (ms: number): Date => new Date(WRITTEN.getTime() - ms)
  const DAY_MS = 86_400_000

  /** A base image that was last written in 2031. */
  function lateImage(folder: string): string {
    const path = join(folder, 'late.img')
    makeSmallImage('raspios', path)
    const time = String(WRITTEN.getTime() / 1000)
    const at = `${path}?offset=${volumesOf(path).root.byteStart}`
    // It writes its own time into the superblock.
    const verdict = run('debugfs', ['-w', '-R', 'set_super_value mnt_count 1', at], {
      env: { E2FSPROGS_FAKE_TIME: time, SOURCE_DATE_EPOCH: time },
    })
    expect(verdict.status, verdict.output).toBe(0)
    expect(run('debugfs', ['-R', 'stats', at], { env: { TZ: 'UTC' } }).output).toMatch(/Last write time: .*2031/)
    return path
  }

  testWithImages.each(['img', 'img.xz'])('is refused before a first build makes secrets (%s)', async (format) => {
    const folder = project()
    const words = [...buildWords(lateImage(folder)), '--format', format]
    const { status, stdout } = await bantam(folder, words, {}, { now: beforeIt(DAY_MS + 1) })
    const { code, message } = errorOf(stdout)
    expect([status, code]).toEqual([1, 'CLOCK_BEFORE_BASE'])
    expect(message).toContain('2031-04-29T23:59:59Z')
    expect(message).toContain('2031-05-01T00:00:00Z')
    expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
    expect(existsSync(join(folder, 'out'))).toBe(false)
    // Two clocks that are both right may differ a little.
    expect((await bantam(folder, words, {}, { now: beforeIt(DAY_MS) })).status).toBe(0)
  })

  testWithImages('is refused where secrets exist, and no image is written', async () => {
    const folder = await rendered()
    const words = [...buildWords(lateImage(folder)), '--format', 'img']
    expect(await codeAt(folder, beforeIt(DAY_MS + 1), words)).toBe('CLOCK_BEFORE_BASE')
    expect(readdirSync(join(folder, 'out/home')).filter((name) => name.includes('.img'))).toEqual([])
    expect((await bantam(folder, words, {}, { now: beforeIt(DAY_MS) })).status).toBe(0)
  })

  testWithImages('is not looked at before the problems of the user\u2019s templates', async () => {
    const folder = project(CLUSTER.replace('board: pi4,', 'board: pi4, files: [{path: /etc/x, template: ./x.hbs}],'))
    writeFileSync(join(folder, 'x.hbs'), '{{yaml nobody.knows}}')
    // Only rendering shows it.
    expect((await bantam(folder, ['plan'])).status).toBe(0)
    expect(await codeAt(folder, beforeIt(DAY_MS + 1), buildWords(lateImage(folder)))).toBe('CLUSTER_INVALID')
  })
})

testWithImages('SOURCE_DATE_EPOCH dates the files in an image, never certificates, and is never refused', async () => {
  const folder = project()
  const words = [...buildWords(smallImage('raspios', folder)), '--format', 'img']
  const built = await bantam(folder, words, { SOURCE_DATE_EPOCH: '1' })
  expect(built.status, built.stderr + built.stdout).toBe(0)
  const { secrets } = JSON.parse((await bantam(folder, ['secrets', 'show', '--json'])).stdout) as {
    secrets: readonly { name: string; expires: string | null }[]
  }
  const expires = secrets.find(({ name }) => name === 'server-ca')?.expires ?? ''
  expect(Date.parse(expires)).toBeGreaterThan(PACKAGE_DATE.getTime() + 3699 * 86_400_000)
})

describe('certificate authorities', () => {
  const MADE = new Date('2026-11-21T12:00:00Z')
  const A_YEAR_LEFT = new Date('2036-03-01T12:00:00Z')
  const OVER = new Date('2037-01-07T12:00:00Z')

  async function madeIn2026(): Promise<string> {
    const folder = project()
    expect((await bantam(folder, ['render'], {}, { now: MADE })).status).toBe(0)
    return folder
  }

  test('with less than a year left are warned of by every command that uses them', async () => {
    const folder = await madeIn2026()
    for (const words of [['render'], ['kubeconfig'], ['secrets', 'rotate', 'server-token'], ['secrets', 'show']]) {
      const { status, stdout } = await bantam(folder, [...words, '--json'], {}, { now: A_YEAR_LEFT })
      expect([words, status]).toEqual([words, 0])
      const { warnings } = JSON.parse(stdout) as { warnings: readonly { code: string }[] }
      expect(warnings.map(({ code }) => code)).toEqual(['SECRETS_AUTHORITY_EXPIRES'])
      const { stderr } = await bantam(folder, words, {}, { now: A_YEAR_LEFT })
      expect(stderr).toMatch(
        /warning SECRETS_AUTHORITY_EXPIRES: Certificate authorities are valid until 2037-01-07T12:00:00Z/,
      )
      expect((await bantam(folder, words, {}, { now: MADE })).stderr).toBe('')
    }
  })

  test('that have expired end a command before it signs anything with them', async () => {
    const folder = await madeIn2026()
    const text = secretsText(folder)
    for (const words of [['render'], ['build-image'], ['kubeconfig'], ['secrets', 'rotate', 'admin-certificate']])
      expect([words, await codeAt(folder, OVER, words)]).toEqual([words, 'SECRETS_AUTHORITY_EXPIRED'])
    expect(secretsText(folder)).toBe(text)
    // They are still listed, so that people see which.
    const shown = await bantam(folder, ['secrets', 'show'], {}, { now: OVER })
    expect(shown.stdout).toMatch(/^server-ca +2037-01-07T12:00:00\.000Z/m)
    expect(shown.stderr).toContain('SECRETS_AUTHORITY_EXPIRES')
  })
})
