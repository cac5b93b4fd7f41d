// @module-tag slow
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { changeBootFile } from '../boot/change-boot-file.ts'
import { project, secretsOf } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'
import { volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

describe('inspect', () => {
  testWithImages('shows sequences of a foreign image as characters: no terminal obeys them', async () => {
    const folder = temporaryFolder()
    const image = smallImage('raspios', folder)
    const title = '\x1b]0;owned\x07\x1b[2J\x9b1A\u202e'
    const clipboard = '\x1b]52;c;cm0gLXJm\x07'
    changeBootFile(image, 'cmdline.txt', (text) => `${text.trim()} name=${clipboard}\n`)
    const release = join(folder, 'os-release')
    writeFileSync(release, `ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian ${title}"\n`)
    const steps = `rm usr/lib/os-release\nwrite ${release} usr/lib/os-release\n`
    run('debugfs', ['-w', '-f', '-', `${image}?offset=${volumesOf(image).root.byteStart}`], { input: steps })

    const { status, stdout, stderr } = await bantam(folder, ['inspect', image])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Debian \ufffd]0;owned\ufffd\ufffd[2J\ufffd1A\ufffd, seeded as')
    expect(stdout).toContain('name=\ufffd]52;c;cm0gLXJm\ufffd\n')
    expect(stdout).not.toMatch(/[^\P{Control}\n]|\p{Bidi_Control}/u)
    const json = (await bantam(folder, ['inspect', image, '--json'])).stdout
    expect(json).not.toMatch(/[^\P{Control}\n]|\p{Bidi_Control}/u)
    expect(JSON.parse(json)).toMatchObject({
      osName: `Debian ${title}`,
      cmdline: expect.stringContaining(`name=${clipboard}`) as string,
    })
  })

  testWithImages('says what a built image holds, raw and compressed, without its secrets', async () => {
    const folder = project()
    const base = smallImage('ubuntu-ab', folder)
    await bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base])
    const image = join(folder, 'out/home/worker-1.img')
    run('xz', ['-k', '-0', '--block-size=1MiB', image])
    for (const path of [image, `${image}.xz`]) {
      const { status, stdout, stderr } = await bantam(folder, ['inspect', path, '--json'])
      expect(status, stderr).toBe(0)
      const inspection = JSON.parse(stdout) as Record<string, unknown>
      expect(inspection).toMatchObject({
        flavour: 'ubuntu-ab',
        osName: 'Ubuntu 26.04 LTS',
        cmdlinePath: 'current/cmdline.txt',
        diskId: '4d8fd085',
        seed: {
          ...{ hostName: 'worker-1', users: ['bantam'], timezone: 'Etc/UTC' },
          interfaces: [{ name: 'eth0', address: '192.168.1.21/24', ssid: null }],
        },
        join: { role: 'agent', server: 'https://192.168.1.10:6443', hasToken: true },
        partitions: [
          { number: 1, use: 'boot', label: 'system-boot' },
          { number: 2, use: 'root', label: 'writable' },
        ],
      })
      const text = (await bantam(folder, ['inspect', path])).stdout
      expect(text).toMatch(/network +eth0, 192\.168\.1\.21\/24\n/)
      expect(text).toMatch(/k3s +agent, joins https:\/\/192\.168\.1\.10:6443, holds a token/)
      for (const secret of secretsOf(folder)) expect(stdout + text).not.toContain(secret)
    }
    // Blocks of a node's image hold its tokens.
    const blocks = run('find', [join(folder, 'cache/blocks'), '-name', '*.raw'])
      .output.trim()
      .split('\n')
    expect(blocks[0]).toContain('.raw')
    expect(
      run('find', [
        join(folder, 'cache/blocks'),
        '-mindepth',
        '2',
        '-perm',
        '/077',
        '(',
        '-type',
        'd',
        '-o',
        '-name',
        '*.raw',
        ')',
      ]).output,
    ).toBe('')
  })

  testWithImages('names the Wi-Fi network of a node, and not its key', async () => {
    const folder = project(`name: home
network: {wifi: {ssid: Café, password: open sesame, country: GB}}
nodes: [{name: cam-1, profile: server, board: pi4}]
`)
    const base = smallImage('raspios', folder)
    expect((await bantam(folder, ['build-image', '--base', base, '--format', 'img'])).status).toBe(0)
    const { stdout } = await bantam(folder, ['inspect', 'out/home/cam-1.img'])
    expect(stdout).toMatch(/network +wlan0, Wi-Fi Café, DHCP\n/)
    expect(stdout).not.toContain('sesame')
  })

  testWithImages('says that a base image has no seed of bantam', async () => {
    const folder = temporaryFolder()
    const { stdout } = await bantam(folder, ['inspect', smallImage('raspios', folder), '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ flavour: 'raspios', join: null, seed: { instanceId: null, users: [] } })
  })
})
