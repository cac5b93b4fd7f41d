/** What a hint says about the mistakes that people make most: the real cause, and the word that was meant. */
import { describe, expect, test } from 'vitest'
import { findSameWord } from '../../src/config/schema/find-same-word.ts'
import { boards } from '../../src/model/boards.ts'
import { problemsOf, withClusterFile } from './load-fixture.ts'

const head = 'name: home\nnetwork: {gateway: 192.168.1.1, dns: [192.168.1.1]}\n'
const nodes = 'nodes: [{name: server-1, profile: server}]\n'

test.each([
  ['a colon in unquoted text', `name: home\nnetwork: {wifi: {ssid: FRITZ!Box: 7590, country: DE}}\n${nodes}`, 2],
  ['a missing comma', `${head}nodes: [{name: server-1, profile: server board: pi4}]\n`, 3],
])('%s inside brackets is named as the cause', async (_name, text, line) => {
  await withClusterFile(text, async (file) => {
    const [problem] = await problemsOf(file)
    expect(problem).toMatchObject({ code: 'YAML_SYNTAX', line })
    expect(problem?.message).toMatch(/text with a colon needs quotes, or a comma/)
  })
})

test.each([
  ['Berlin', 'Europe/Berlin'],
  ['new york', 'America/New_York'],
  ['America/Berlin', 'Europe/Berlin'],
])('the time zone %s is answered with %s', async (timezone, suggestion) => {
  await withClusterFile(`${head}timezone: ${timezone}\n${nodes}`, async (file) => {
    expect(await problemsOf(file)).toMatchObject([
      { code: 'TIMEZONE_UNKNOWN', hint: `Did you mean \`${suggestion}\`?` },
    ])
  })
})

describe('boards', () => {
  test.each([
    ['rpi5', 'pi5'],
    ['Pi4', 'pi4'],
    ['pizero2w', 'zero2w'],
    ['Zero 2 W', 'zero2w'],
    ['Raspberry Pi 5', 'pi5'],
    ['CM-4', 'cm4'],
    ['pi6', null],
    ['pi', null],
    ['', null],
  ])('%s means %s', (value, board) => {
    expect(findSameWord(value, boards)).toBe(board)
  })

  test('the hint names the nearest board and lists all', async () => {
    await withClusterFile(`${head}nodes: [{name: s-1, profile: server, board: rpi5}]\n`, async (file) => {
      const [problem] = await problemsOf(file)
      expect(problem?.hint).toMatch(/^Did you mean `pi5`\? Use one of any, pi3, /)
    })
  })
})

test.each([
  ['ip', 'address'],
  ['IP_address', 'address'],
  ['hostname', 'name'],
  ['model', 'board'],
  ['role', 'profile'],
])('the key %s of a node is answered with %s', async (key, suggestion) => {
  const rest = suggestion === 'name' ? 'profile: server' : 'name: s-1, profile: server'
  await withClusterFile(`${head}nodes: [{${rest}, ${key}: x}]\n`, async (file) => {
    const problem = (await problemsOf(file)).find(({ code }) => code === 'CLUSTER_UNKNOWN_KEY')
    expect(problem?.hint).toBe(`Did you mean \`${suggestion}\`?`)
  })
})

test('a synonym is offered only where its key is known', async () => {
  await withClusterFile(`${head}admin: {ip: x}\n${nodes}`, async (file) => {
    expect((await problemsOf(file))[0]?.hint).not.toMatch(/address/)
  })
})

test('a misspelt gateway is one mistake, not one for each node', async () => {
  const text = `name: home\nnetwork: {gatway: 192.168.1.1, dns: [192.168.1.1]}\nnodes:\n  - {name: s-1, profile: server, address: 192.168.1.10/24}\n  - {name: w-1, profile: worker, address: 192.168.1.11/24}\n`
  await withClusterFile(text, async (file) => {
    expect(await problemsOf(file)).toMatchObject([{ code: 'CLUSTER_UNKNOWN_KEY', hint: 'Did you mean `gateway`?' }])
  })
  await withClusterFile(text.replace('gatway: 192.168.1.1, ', ''), async (file) => {
    expect((await problemsOf(file)).map(({ code }) => code)).toEqual([
      'NETWORK_GATEWAY_UNSAID',
      'NETWORK_GATEWAY_UNSAID',
    ])
  })
})
