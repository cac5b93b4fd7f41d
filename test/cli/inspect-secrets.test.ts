// @module-tag slow
/** Places of an image, outside of files, that may hold a secret. Programs of the system make each place. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { errorOf, project } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

testWithImages('slack, free space of ext4, base64, and a text that is cut in two are no hiding places', async () => {
  const folder = project(
    'name: home\nadmin: {password: "open sesame"}\nnodes:\n  - {name: server-1, profile: server, network: {wifi: {ssid: x, password: correct horse, country: GB}}}\n',
  )
  expect((await bantam(folder, ['render'])).status).toBe(0)
  const secrets = readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
  const token = /serverToken: (\S+)/.exec(secrets)?.[1] ?? expect.fail('no token')
  const base = smallImage('raspios', folder)
  const image = join(folder, 'image.img')
  const { boot, root } = volumesOf(base)
  const found = async (): Promise<string> =>
    (errorOf((await bantam(folder, ['inspect', '--secrets', image, '--json'])).stdout) as { message: string }).message
  const withChange = async (change: () => void): Promise<string> => {
    copyFileSync(base, image)
    change()
    return await found()
  }
  const place = (text: string | Buffer, byteOffset: number): void => {
    const bytes = readFileSync(image)
    Buffer.from(text).copy(bytes, byteOffset)
    writeFileSync(image, bytes)
  }

  // Behind the end of a short file, in its last cluster: mtools writes the file, dd the rest.
  expect(
    await withChange(() => {
      writeFileSync(join(folder, 'short.txt'), 'marker-of-a-short-file')
      expect(run('mcopy', ['-i', `${image}@@${boot.byteStart}`, join(folder, 'short.txt'), '::short.txt']).status).toBe(
        0,
      )
      place(token, readFileSync(image).indexOf('marker-of-a-short-file') + 100)
    }),
  ).toMatch(/server-token at byte \d+ \(boot\)/)

  expect(
    await withChange(() => {
      writeFileSync(join(folder, 'gone.txt'), `remember ${token}\n`)
      const at = `${image}?offset=${root.byteStart}`
      expect(run('debugfs', ['-w', '-R', `write ${join(folder, 'gone.txt')} /gone.txt`, at]).status).toBe(0)
      expect(run('debugfs', ['-w', '-R', 'rm /gone.txt', at]).status).toBe(0)
      expect(run('debugfs', ['-R', 'stat /gone.txt', at]).output).toContain('File not found')
    }),
  ).toMatch(/server-token at byte \d+ \(root\)/)

  // As a kubeconfig holds a key: all of its file in base64, wherever it begins in it.
  const key =
    /breakGlass:\n[^]*?key: \|\n([^]*?END EC PRIVATE KEY-----)/.exec(secrets)?.[1]?.replace(/^ +/gm, '') ??
    expect.fail('no key')
  for (const prefix of ['', 'x', 'xy']) {
    expect(
      await withChange(() => {
        place(Buffer.from(`${prefix}${key}\n`).toString('base64'), boot.byteStart - 600)
      }),
    ).toMatch(/break-glass at byte/)
  }

  // One half before, one half after a sector of something else.
  expect(
    await withChange(() => {
      place(`${token.slice(0, 40)}${'.'.repeat(512)}${token.slice(40)}`, boot.byteStart - 900)
    }),
  ).toMatch(/server-token at byte/)

  // What the cluster file brings, in the form in which images hold it.
  const bundled =
    readFileSync(join(folder, 'out/home.access/seeds/server-1/root/etc/bantam/admin-password'), 'utf8')
      .trim()
      .split(':')[1] ?? ''
  const psk =
    /[0-9a-f]{64}/.exec(
      readFileSync(
        join(folder, 'out/home.access/seeds/server-1/root/etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'),
        'utf8',
      ),
    )?.[0] ?? ''
  const message = await withChange(() => {
    place(`${bundled} ${psk}`, boot.byteStart - 400)
  })
  expect(message).toMatch(/hash of admin\.password at byte/)
  expect(message).toMatch(/key of the Wi-Fi at byte/)
  for (const secret of [bundled, psk, token]) expect(message).not.toContain(secret)
  rmSync(image)
})
