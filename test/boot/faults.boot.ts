/**
 * What goes wrong on desks: late servers, loose cables, power cuts, wrong tokens, damaged downloads, no clock. All in one cluster whose
 * server is switched on five minutes late; the tests run at the same time, since most of it is waiting.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Machine } from '../../src/emulator/machine.ts'
import { addBootFile, changeBootFile } from './change-boot-file.ts'
import { expectNode } from './expect-node.ts'
import {
  BOOT_MS,
  type BootChoices,
  type Lab,
  RELEASE_URL,
  secretsOfLab,
  VERSION,
  withLab,
  WRONG_RELEASE_URL,
} from './lab.ts'

const whyNone = inject('whyNone')
const LATE_MS = 5 * 60_000
/** Some have to wait for the server's late start and its own first boot. */
const JOIN_MS = LATE_MS + 2 * BOOT_MS
const WORKERS = [
  'late',
  'no-link',
  'cut-early',
  'cut-download',
  'cut-join',
  'wrong-token',
  'wrong-sum',
  'old-clock',
  'bad-yaml',
]
const NODES = [{ name: 'server-1', host: 11 }, ...WORKERS.map((name, index) => ({ name, host: 21 + index }))]
/** All images believe that it is at least this time; the certificates of a server of today are from later. */
const BUILT_AT = '1767225600'

const clusterText = (releaseUrl: string): string => `name: lab
timezone: Europe/London
files:
  - {path: /etc/bantam-test/private, content: "secret\\n", owner: bantam, mode: "0640"}
network: {gateway: 10.77.0.2, clockWaitSeconds: 0}
k3s: {version: ${VERSION}, releaseUrl: "${releaseUrl}"}
nodes:
  - {name: server-1, profile: server, address: 10.77.0.11/24}
${WORKERS.map((name, index) => `  - {name: ${name}, profile: worker, address: 10.77.0.${21 + index}/24${name === 'old-clock' ? ', network: {clockWaitSeconds: 20}' : ''}}\n`).join('')}`

describe.skipIf(whyNone !== '').concurrent('with a server that is late', () => {
  let lab: Lab
  let closeLab: () => void = () => undefined
  let labClosed: Promise<void> = Promise.resolve()
  let server: Promise<Machine>
  let startedAt = 0

  beforeAll(async () => {
    const closing = new Promise<void>((resolve) => {
      closeLab = resolve
    })
    await new Promise<void>((ready, failed) => {
      const setting = {
        title: 'faults',
        base: inject('bases').raspios ?? '',
        clusterText: clusterText(RELEASE_URL),
        nodes: NODES,
        env: { SOURCE_DATE_EPOCH: BUILT_AT },
      }
      labClosed = withLab(setting, async (opened) => {
        lab = opened
        await opened.insert('server-1')
        startedAt = performance.now()
        const serverEnded = new Promise<void>((ended) => {
          server = new Promise((started, neverStarted) => {
            setTimeout(() => {
              // All wait for it: it is next, whoever else waits for a processor.
              slots
                .takeNext((giveBack) =>
                  opened.boot('server-1', async (machine) => {
                    started(machine)
                    await Promise.all([machine.reach('joined', BOOT_MS), machine.reach('cloud-init done', BOOT_MS)])
                    giveBack()
                    await closing
                  }),
                )
                .catch(neverStarted)
                .finally(ended)
            }, LATE_MS)
          })
        })
        ready()
        await closing
        await serverEnded
      })
      labClosed.catch(failed)
    })
  })

  afterAll(async () => {
    closeLab()
    await labClosed
  })

  /** In the order in which the tests stand here. `use` gives its turn back once it only waits. */
  function bootInTurn(
    name: string,
    use: (worker: Machine, giveBack: () => void) => Promise<void>,
    {
      image,
      folder,
      choices,
    }: { readonly image?: string; readonly folder?: string; readonly choices?: BootChoices } = {},
  ): Promise<void> {
    return slots.take(async (giveBack) => {
      await lab.insert(name, image, folder)
      await lab.boot(name, (worker) => use(worker, giveBack), choices)
    })
  }

  test('a worker that is early waits, says for what, and joins when the server comes', async () => {
    await bootInTurn('late', async (worker, giveBack) => {
      await worker.waitForLine(/join: https:\/\/10\.77\.0\.11:6443 does not answer; is the server switched on/, BOOT_MS)
      expect(performance.now() - startedAt).toBeLessThan(LATE_MS)
      await untilIdle(worker)
      giveBack()
      await (await server).reach('joined', JOIN_MS)
      await worker.reach('joined', JOIN_MS)
    })
  })

  test('without a network at its first boot, and with its secrets on the boot partition, a worker joins when the cable is plugged in', async () => {
    const release = join(lab.folder, 'release')
    mkdirSync(release)
    copyFileSync(join(lab.folder, 'lab.secrets.yaml'), join(release, 'lab.secrets.yaml'))
    await lab.build(clusterText(RELEASE_URL), { into: release, parameters: ['--node', 'no-link', '--no-secrets'] })
    const image = join(release, 'out/lab/no-link.img')
    expect(await lab.countMatches(image, secretsOfLab(lab.folder))).toBe(0)
    addBootFile(image, 'bantam-secrets.tar', join(release, 'out/lab.access/no-link.secrets.tar'))
    await bootInTurn(
      'no-link',
      async (worker, giveBack) => {
        await worker.waitForLine(/try 1: .*could not be downloaded/, BOOT_MS)
        await worker.setLink('up')
        await untilIdle(worker)
        giveBack()
        await worker.reach('joined', JOIN_MS)
        expect(
          await lab.inside(
            'no-link',
            'stat -c %a:%U /etc/rancher/k3s/config.yaml /etc/ssh/ssh_host_ed25519_key | xargs',
          ),
        ).toBe('600:root 600:root\n')
        await worker.pressPowerButton()
        await worker.ended
      },
      { image, choices: { link: 'down' } },
    )
    expect(await lab.readBootFile('no-link', 'bantam-secrets.tar')).toBeNull()
    expect(await lab.readBootFile('no-link', 'bantam-report.txt')).toMatch(
      /secrets taken from this partition and overwritten here\r\n {2}bantam-secrets\.tar at /,
    )
    // Nor in what was a file once.
    const volume = await lab.extractBootPartition('no-link')
    expect(await lab.countMatches(volume, secretsOfLab(lab.folder))).toBe(0)
    expect(await lab.countMatches(volume, ['preserve_hostname: false'])).toBeGreaterThan(0)
  })

  test.each([
    ['cut-early', 'cloud-init sets the machine up', /Cloud-init v\. .* running 'init'/],
    ['cut-download', 'k3s is downloaded', /k3s: downloading/],
    ['cut-join', 'k3s has been started', /stage: k3s-started/],
  ])('%s: the power is cut while %s, and the next boot finishes the job', async (name, _moment, line) => {
    await slots.take(async (giveBack) => {
      await lab.insert(name)
      await lab.boot(name, (worker) => worker.waitForLine(line, BOOT_MS))
      await lab.boot(name, async (worker) => {
        // A stage is reported once in a card's life, perhaps before the cut.
        await worker.waitForLine(/is installed and k3s-agent is starting/, BOOT_MS)
        await worker.reach('cloud-init done', BOOT_MS)
        giveBack()
        await worker.reach('joined', JOIN_MS)
        await expectNode(lab, name, { unit: 'k3s-agent', host: hostOf(name) })
        // The others may have been done with it.
        if (name === 'cut-early') expect(await lab.inside(name, RESTARTS)).toBe('1\n')
        await worker.pressPowerButton()
        await worker.ended
      })
    })
    if (name !== 'cut-early') return
    await slots.take(() =>
      lab.boot(name, async (worker) => {
        await worker.reach('cloud-init done', BOOT_MS)
        await lab.untilActive(name, 'k3s-agent')
        // Once set up, it stays as it is.
        expect(await lab.inside(name, RESTARTS)).toBe('0\n')
      }),
    )
  })

  test('with a token of another cluster, then with a wrong one, a worker goes on trying, and says why in one plain line', async () => {
    const other = join(lab.folder, 'other-secrets')
    mkdirSync(other)
    // Its own secrets, and the key with which the tests log in.
    const key = readFileSync(join(lab.folder, 'out/lab.access/id_ed25519.pub'), 'utf8').trim()
    await lab.build(`${clusterText(RELEASE_URL)}admin: {sshKeys: ["${key}"]}\n`, {
      into: other,
      parameters: ['--node', 'wrong-token'],
    })
    await bootInTurn(
      'wrong-token',
      async (worker, giveBack) => {
        await untilIdle(worker)
        giveBack()
        await worker.waitForLine(
          /join: https:\/\/10\.77\.0\.11:6443 belongs to another cluster: its certificates are not those that this image was built for/,
          JOIN_MS,
        )
        // Pinned to this cluster now, but with another password.
        const pinned =
          /K10[0-9a-f]{64}/.exec(await lab.inside('server-1', 'cat /etc/rancher/k3s/config.yaml'))?.[0] ?? ''
        await lab.inside(
          'wrong-token',
          `sed -i 's/^token: .*/token: ${pinned}::node:wrong/' /etc/rancher/k3s/config.yaml && systemctl restart --no-block k3s-agent`,
        )
        const said = await worker.waitForLine(
          /join: the server refuses the join token; has it expired, or was this image built with another secrets file\?/,
          BOOT_MS,
        )
        expect(said).not.toMatch(/[0-9a-f]{32}/)
        // Still alive, still trying.
        await new Promise((resolve) => setTimeout(resolve, 30_000))
        expect(worker.milestones.map((milestone) => milestone.name)).not.toContain('joined')
        expect(worker.end).toBeNull()
        // A test of the test, as below: what the other file looks at must fail where a seed is broken on purpose.
        const failure: unknown = await expectNode(lab, 'wrong-token', {
          unit: 'k3s-agent',
          host: hostOf('wrong-token'),
        }).catch((error: unknown) => error)
        expect(failure).toMatchObject({
          message: expect.stringContaining('to match object') as string,
          actual: { hostname: 'wrong-token', unit: 'activating' },
        })
        expect(await lab.inside('server-1', 'kubectl get nodes -o name')).not.toContain('wrong-token')
      },
      { image: join(other, 'out/lab/wrong-token.img'), folder: other },
    )
    const report = await lab.readBootFile('wrong-token', 'bantam-report.txt')
    expect(report).toContain('last error  the server refuses the join token')
    for (const secret of secretsOfLab(other)) expect(report).not.toContain(secret)
  })

  test('with a wrong checksum of the download, nothing is installed; and a token that is missing on the kernel command line is found', async () => {
    const other = join(lab.folder, 'wrong-release')
    mkdirSync(other)
    copyFileSync(join(lab.folder, 'lab.secrets.yaml'), join(other, 'lab.secrets.yaml'))
    await lab.build(clusterText(WRONG_RELEASE_URL), { into: other, parameters: ['--node', 'wrong-sum'] })
    const image = join(other, 'out/lab/wrong-sum.img')
    changeBootFile(image, 'cmdline.txt', (text) => replaced(text, 'cgroup_enable=memory ', ''))
    await bootInTurn(
      'wrong-sum',
      async (worker, giveBack) => {
        await worker.waitForLine(/try 2: .*k3s-arm64 has another SHA-256 than/, BOOT_MS)
        expect(worker.milestones.map((milestone) => milestone.name)).not.toContain('k3s started')
        await worker.reach('cloud-init done', BOOT_MS)
        giveBack()
        await expect(expectNode(lab, 'wrong-sum', { unit: 'k3s-agent', host: hostOf('wrong-sum') })).rejects.toThrow(
          /tokens in \/proc\/cmdline/,
        )
        expect(
          await lab.inside(
            'wrong-sum',
            'test -e /usr/local/bin/k3s && echo installed; systemctl is-enabled k3s-agent || true',
          ),
        ).toBe('disabled\n')
      },
      { image },
    )
    expect(await lab.readBootFile('wrong-sum', 'bantam-report.txt')).toMatch(
      /state {7}clock\r\n[^]*last error {2}.*has another SHA-256 than/,
    )
  })

  test('broken YAML in the user-data is found', async () => {
    const image = join(lab.folder, 'out/lab/bad-yaml.img')
    changeBootFile(image, 'user-data', (text) => replaced(text, 'users:', 'users: [}'))
    await bootInTurn('bad-yaml', async (worker, giveBack) => {
      await untilIdle(worker)
      giveBack()
      await expect(expectNode(lab, 'bad-yaml', { unit: 'k3s-agent', host: hostOf('bad-yaml') })).rejects.toThrow(
        /ssh to bad-yaml ended with 255[^]*Permission denied/,
      )
      await worker.reach('joined', JOIN_MS)
    })
    expect(await lab.readBootFile('bad-yaml', 'bantam-report.txt')).toContain('cloud-init  degraded')
  })

  test('with a clock five years back, a worker waits for the time up to its limit, and joins', async () => {
    const clock = new Date()
    clock.setUTCFullYear(clock.getUTCFullYear() - 5)
    await bootInTurn(
      'old-clock',
      async (worker, giveBack) => {
        await worker.waitForLine(/clock: no time server answered within 20 s; going on/, BOOT_MS)
        await untilIdle(worker)
        giveBack()
        await worker.reach('joined', JOIN_MS)
        await worker.waitForLine(/clock: taken from https:\/\/10\.77\.0\.11:6443/, BOOT_MS)
      },
      { choices: { clock } },
    )
  })
})

/** How often cloud-init has started over at this boot. */
const RESTARTS = "journalctl -b -u bantam-cloud-init-restart -o cat --no-pager | grep -c 'it starts over' || true"

const hostOf = (name: string): number => NODES.find((node) => node.name === name)?.host ?? 0

/** Only so many machines boot at a time; one that waits gives its slot back. */
class Slots {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  take<T>(use: (giveBack: () => void) => Promise<T>): Promise<T> {
    return this.#take(use, (resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Before all that wait. */
  takeNext<T>(use: (giveBack: () => void) => Promise<T>): Promise<T> {
    return this.#take(use, (resolve) => {
      this.#waiting.unshift(resolve)
    })
  }

  async #take<T>(use: (giveBack: () => void) => Promise<T>, wait: (resolve: () => void) => void): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>(wait)
    let held = true
    const giveBack = (): void => {
      if (held) this.#next()
      held = false
    }
    try {
      return await use(giveBack)
    } finally {
      giveBack()
    }
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

const slots = new Slots(2)

/** Waits until a machine has nothing left to do but wait for others. */
async function untilIdle(machine: Machine): Promise<void> {
  await Promise.all([machine.reach('k3s started', BOOT_MS), machine.reach('cloud-init done', BOOT_MS)])
}

/** A break that breaks nothing would prove nothing. */
function replaced(text: string, part: string, by: string): string {
  expect(text).toContain(part)
  return text.replace(part, by)
}
