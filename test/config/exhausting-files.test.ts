// @module-tag slow
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasCode } from '../../src/errors.ts'
import { countSteps } from '../support/count-steps.ts'
import { loadFixture, problemsOf, withClusterFile } from './load-fixture.ts'

const server = '{name: server-1, profile: server}'
const MIB = 1024 * 1024
/** The largest of these takes 47; anything that looks at all of a file for each part of it takes thousands. */
const MOST_STEPS_PER_CHARACTER = 100

/** Files of less than 1 MiB that once filled the memory or kept the reader busy for minutes. */
const exhausting: readonly (readonly [name: string, code: string, text: string])[] = [
  [
    'a thousand aliases of one long text',
    'YAML_ALIAS_LIMIT',
    `name: home\ncommands: [&c "${'x'.repeat(900_000)}", ${'*c,'.repeat(990)}]\nnodes: [${server}]`,
  ],
  [
    'a long value of a label on each of many nodes',
    'YAML_ALIAS_LIMIT',
    `name: home\nlabels: &l {a: "${'x'.repeat(500_000)}"}\nnodes: [${server}, ${Array.from({ length: 900 }, (_, index) => `{name: w-${index}, profile: worker, labels: *l}`).join()}]`,
  ],
  ['a long wrong label', 'LABEL_INVALID', `name: home\nlabels: {a: "${'x'.repeat(900_000)}"}\nnodes: [${server}]`],
  [
    'a range of long names',
    'NODE_RANGE_INVALID',
    `name: home\nnodes: [${server}, {name: "${'x'.repeat(900_000)}[1-5000]", profile: worker}]`,
  ],
  [
    'a long name that thousands of problems mention',
    'NETWORK_GATEWAY_MISSING',
    `name: home\nnetwork: {dns: [10.0.0.1]}\nnodes: [{name: "${'x'.repeat(700_000)}", profile: server, address: 192.168.1.1/24}, ${Array.from({ length: 4000 }, (_, index) => `{name: w${index}, profile: worker, address: 10.0.${Math.floor(index / 200)}.${(index % 200) + 1}/8}`).join()}]`,
  ],
  [
    'a long command with a NUL at its end',
    'COMMAND_INVALID',
    `name: home\ncommands: ["${'x'.repeat(900_000)}\\0"]\nnodes: [${server}]`,
  ],
  [
    'an address of slashes',
    'K3S_RELEASE_URL_INVALID',
    `name: home\nk3s: {releaseUrl: "https://a${'/'.repeat(900_000)}b"}\nnodes: [${server}]`,
  ],
  [
    'forty thousand unknown options of k3s',
    'K3S_CONFIG_UNKNOWN_KEY',
    `name: home\nk3s: {serverConfig: {${Array.from({ length: 40_000 }, (_, index) => `kube-apiserver-${index}: a`).join()}}}\nnodes: [${server}]`,
  ],
  [
    'five thousand misspelt time zones',
    'TIMEZONE_UNKNOWN',
    `name: home\nnodes: [${Array.from({ length: 5000 }, (_, index) => `{name: w${index}, profile: worker, timezone: America/Argentina/Buenos_Airez${index}}`).join()}]`,
  ],
  [
    'a hundred thousand mistakes on one line after a character of two UTF-16 units',
    'YAML_SYNTAX',
    `"😀": [${'}'.repeat(100_000)}`,
  ],
]

test.each(exhausting)('%s is refused at once', async (_name, code, text) => {
  expect(text.length).toBeLessThan(MIB)
  await withClusterFile(text, async (file) => {
    const heapBefore = process.memoryUsage().heapUsed
    const { steps } = await countSteps(async () => {
      const problems = await problemsOf(file)
      expect(problems.map((problem) => problem.code)).toContain(code)
      for (const { message, hint } of problems) expect(message.length + hint.length).toBeLessThan(2000)
    })
    expect(steps / text.length).toBeLessThan(MOST_STEPS_PER_CHARACTER)
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(512 * MIB)
  })
})

test('the time for an address of slashes grows only with its length, also in regular expressions', async () => {
  // A regular expression is no step of ours. Of processor time, four times the length may take eight times as much; backtracking takes
  // sixteen times as much. The least of three runs is the one that nothing else took part in.
  const cpuOnceOf = async (length: number): Promise<number> => {
    const text = `name: home\nk3s: {releaseUrl: "https://a${'/'.repeat(length)}b"}\nnodes: [${server}]`
    return withClusterFile(text, async (file) => {
      const before = process.cpuUsage()
      await problemsOf(file)
      const { user, system } = process.cpuUsage(before)
      return user + system
    })
  }
  const cpuOf = async (length: number): Promise<number> =>
    Math.min(await cpuOnceOf(length), await cpuOnceOf(length), await cpuOnceOf(length))
  await cpuOf(200_000)
  expect((await cpuOf(200_000)) / (await cpuOf(50_000))).toBeLessThan(8)
})

test('only the first hundred misspelt words of a file get a suggestion', async () => {
  const options = Array.from({ length: 150 }, (_, index) => `kubelet-arg${index}: a`).join()
  await withClusterFile(`name: home\nk3s: {serverConfig: {${options}}}\nnodes: [${server}]`, async (file) => {
    const hints = (await problemsOf(file)).map(({ hint }) => hint.includes('`kubelet-arg`'))
    expect(hints).toEqual(Array.from({ length: 150 }, (_, index) => index < 100))
  })
})

test('one file for many nodes is read once, and all files together have a limit', async () => {
  const entries = (count: number, name: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => `{path: /etc/x${index}, source: ${name(index)}}`).join()
  const cluster = (files: string): string => `name: home\nfiles: [${files}]\nnodes: [${server}]`
  await withClusterFile(cluster(entries(60, () => 'x')), async (file, folder) => {
    for (const name of ['x', 'y1', 'y2', 'y3', 'y4']) await writeFile(join(folder, name), new Uint8Array(16 * MIB))
    const { cluster: loaded } = await loadFixture(file)
    const contents = new Set(loaded.nodes.flatMap(({ files }) => files.map(({ content }) => content)))
    expect(contents.size).toBe(1)
    await writeFile(file, cluster(entries(4, (index) => `y${index + 1}`)))
    expect((await loadFixture(file)).cluster.nodes[0]?.files).toHaveLength(4)
    await writeFile(file, cluster(`{path: /etc/x, source: x}, ${entries(4, (index) => `y${index + 1}`)}`))
    const error = await loadFixture(file).catch((thrown: unknown) => thrown)
    expect(hasCode(error, 'CLUSTER_INVALID') && error.facts.problems).toMatchObject([
      { code: 'EXTRA_FILE_TOTAL_TOO_LARGE', line: 2 },
    ])
  })
})
