// @module-tag slow
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CLUSTER, errorOf, listFiles, project, secretsOf, rendered } from '../support/cli-project.ts'
import { startReleaseServer } from '../support/release-server.ts'
import { bantam, bantamProcess } from '../support/run-cli.ts'
import { makeSmallImage, smallImage, testWithImages } from '../support/small-image.ts'
import { debugfs, expectSound, readWithMtools } from '../support/validate-image.ts'
import { run, testWith } from '../support/validators.ts'

describe('build-image', () => {
  testWithImages(
    'writes one sound image per node, the same on a second run, and prints one JSON document',
    async () => {
      const folder = project()
      const base = smallImage('raspios', folder)
      const built = await bantam(folder, [
        'build-image',
        '--format',
        'img',
        '--profile',
        'worker',
        '--base',
        base,
        '--json',
        '--verify',
        '--jobs',
        '2',
      ])
      expect(built.status, built.stderr).toBe(0)
      const { cluster, artifacts, warnings } = JSON.parse(built.stdout) as {
        cluster: string
        artifacts: {
          node: string
          path: string
          sha256: string
          byteLength: number
          imageByteLength: number
          format: string
        }[]
        warnings: unknown[]
      }
      expect([cluster, warnings]).toEqual(['home', []])
      expect(artifacts.map(({ node, format }) => [node, format])).toEqual([
        ['worker-1', 'img'],
        ['worker-2', 'img'],
      ])
      for (const { node, path, byteLength, imageByteLength } of artifacts) {
        expect([byteLength, imageByteLength]).toEqual([statSync(base).size, statSync(base).size])
        expectSound(path)
        expect(readWithMtools(path, 'meta-data')).toContain(`instance-id: ${node}-`)
        expect(debugfs(path, 'cat /etc/rancher/k3s/config.yaml')).toContain('https://192.168.1.10:6443')
      }
      expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
      expect(statSync(join(folder, 'home.secrets.yaml')).mode & 0o777).toBe(0o600)
      const again = JSON.parse(
        (await bantam(folder, ['build-image', '--format', 'img', '--profile', 'worker', '--base', base, '--json']))
          .stdout,
      ) as { artifacts: { sha256: string }[] }
      expect(again.artifacts.map((one) => one.sha256)).toEqual(artifacts.map((one) => one.sha256))

      const secrets = secretsOf(folder)
      expect(secrets.length).toBeGreaterThanOrEqual(2)
      for (const secret of secrets) {
        expect(built.stdout + built.stderr).not.toContain(secret)
        for (const { path } of artifacts)
          for (const name of ['user-data', 'meta-data', 'network-config', 'cmdline.txt', 'config.txt'])
            expect(readWithMtools(path, name)).not.toContain(secret)
      }
      // A worker carries what agents join with and nothing that makes it a server.
      const serverToken =
        /serverToken: (\S+)/.exec(readFileSync(join(folder, 'home.secrets.yaml'), 'utf8'))?.[1] ??
        expect.fail('no server token')
      for (const { path } of artifacts) expect(readFileSync(path).includes(serverToken)).toBe(false)
    },
  )

  testWithImages('makes an SSH key pair where the user has none, and uses it', async () => {
    const folder = project()
    const base = smallImage('ubuntu', folder)
    const built = await bantam(folder, ['build-image', '--format', 'img', '--node', 'server-1', '--base', base])
    expect(built.status, built.stderr).toBe(0)
    expect(built.stdout).toContain('ssh -F out/home.access/ssh_config server-1')
    expect(statSync(join(folder, 'out/home.access/id_ed25519')).mode & 0o777).toBe(0o600)
    const publicKey = readFileSync(join(folder, 'out/home.access/id_ed25519.pub'), 'utf8').split(' ')[1] ?? ''
    expect(readWithMtools(join(folder, 'out/home/server-1.img'), 'user-data')).toContain(publicKey)
  })

  testWithImages('takes the base from the cluster file, and says what was skipped and why', async () => {
    const folder = project(`os: [./gone.img, ./missing.img, ./raspios.img]\n${CLUSTER}`)
    smallImage('raspios', folder)
    const { status, stdout, stderr } = await bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1'])
    expect(status, stderr).toBe(0)
    expect(stderr).toMatch(/continuing without \S*gone\.img: /)
    expect(stdout).toMatch(/base image \S*gone\.img is not available: /)
    expect(stdout).toMatch(/base image \S*missing\.img is not available: /)
    expect(stdout).toMatch(/base image \S*raspios\.img$/m)
  })

  testWithImages('SOURCE_DATE_EPOCH stamps the files, and nonsense in it is refused', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    expect(
      (
        await bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base], {
          SOURCE_DATE_EPOCH: '1800000000',
        })
      ).status,
    ).toBe(0)
    expect(debugfs(join(folder, 'out/home/worker-1.img'), 'stat /usr/lib/clock-epoch')).toMatch(/mtime: 0x6b49d200/)
    const refused = await bantam(folder, ['build-image', '--format', 'img', '--base', base, '--json'], {
      SOURCE_DATE_EPOCH: 'yesterday',
    })
    expect([refused.status, errorOf(refused.stdout).code]).toEqual([2, 'USAGE_SOURCE_DATE_INVALID'])
  })

  testWithImages.each<[string, string, number, (folder: string) => readonly string[]]>([
    [
      'a file that is no disk image',
      'PARTITION_TABLE_MISSING',
      2,
      (folder) => {
        writeFileSync(join(folder, 'base.img'), 'not an image\n'.repeat(500))
        return ['--base', 'base.img']
      },
    ],
    [
      'an empty .xz',
      '',
      0,
      (folder) => {
        writeFileSync(join(folder, 'base.img.xz'), '')
        return ['--base', 'base.img.xz']
      },
    ],
    [
      'a truncated .xz',
      'XZ_TRUNCATED',
      0,
      (folder) => {
        const xz = compressed(folder)
        writeFileSync(xz, readFileSync(xz).subarray(0, -1000))
        return ['--base', xz]
      },
    ],
    [
      'a corrupted .xz',
      'XZ_CORRUPT',
      0,
      (folder) => {
        const xz = compressed(folder)
        const bytes = readFileSync(xz)
        bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40)
        writeFileSync(xz, bytes)
        return ['--base', xz]
      },
    ],
    [
      'an image without a FAT boot partition',
      'IMAGE_BOOT_PARTITION_MISSING',
      2,
      (folder) => {
        const base = smallImage('raspios', folder)
        run('sfdisk', ['--part-type', base, '1', '83'])
        return ['--base', base]
      },
    ],
    [
      'an ext4 with a journal to recover',
      'EXT4_NEEDS_RECOVERY',
      2,
      (folder) => {
        const base = join(folder, 'base.img')
        makeSmallImage('raspios', base)
        run('debugfs', ['-w', '-R', 'feature needs_recovery', `${base}?offset=50331648`])
        return ['--base', base]
      },
    ],
    [
      'a config.txt line over 98 characters',
      'IMAGE_CONFIG_TXT_LINE_TOO_LONG',
      2,
      (folder) => {
        const base = smallImage('raspios', folder)
        run('mcopy', ['-o', '-i', `${base}@@8388608`, '-', '::config.txt'], { input: `# ${'x'.repeat(100)}\n` })
        return ['--base', base]
      },
    ],
    ['a base that does not exist', '', 2, () => ['--base', 'nowhere.img']],
    [
      'an output folder that is a file',
      'OUTPUT_NOT_WRITABLE',
      1,
      (folder) => {
        writeFileSync(join(folder, 'out'), '')
        return ['--base', smallImage('raspios', folder)]
      },
    ],
  ])('%s: one clear error, no file under a final name, nothing partial', async (_name, code, exit, prepare) => {
    // A first build makes secrets only when it has the base image.
    const folder = await rendered()
    rmSync(join(folder, 'out'), { recursive: true })
    const parameters = prepare(folder)
    const { status, stdout, stderr } = await bantam(folder, ['build-image', '--format', 'img', ...parameters, '--json'])
    const error = errorOf(stdout)
    if (code !== '') expect(error.code, error.message).toBe(code)
    expect(status, error.message).toBe(exit === 0 ? status : exit)
    expect([1, 2]).toContain(status)
    expect(error.hint).not.toBe('')
    for (const secret of secretsOf(folder)) expect(stdout + stderr).not.toContain(secret)
    const left = listFiles(folder).filter((path) =>
      /\.(partial|lock)$|out\/.*\.img$|cache\/.*\.img$|SHA256SUMS/.test(path),
    )
    expect(left).toEqual([])
  })

  testWithImages('keeps images and secrets private and out of git, and SHA256SUMS correct', async () => {
    const folder = project()
    writeFileSync(join(folder, '.gitignore'), 'mine')
    expect(
      (await bantam(folder, ['build-image', '--format', 'img', '--base', smallImage('raspios', folder)])).status,
    ).toBe(0)
    for (const path of ['out/home/server-1.img', 'out/home.access/id_ed25519'])
      expect(statSync(join(folder, path)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine\n*.secrets.yaml*\n')
    for (const name of ['home', 'home.access'])
      expect(readFileSync(join(folder, 'out', name, '.gitignore'), 'utf8')).toBe('*\n')
    // A build that fails at its last node has renewed the others, whose sums must be theirs.
    writeFileSync(join(folder, 'cluster.yaml'), `${CLUSTER}timezone: Europe/Paris\n`)
    rmSync(join(folder, 'out/home/worker-2.img'))
    mkdirSync(join(folder, 'out/home/worker-2.img/full'), { recursive: true })
    const failed = await bantam(folder, ['build-image', '--format', 'img', '--base', 'raspios.img', '--json'])
    expect([failed.status, errorOf(failed.stdout).code]).toEqual([1, 'OUTPUT_NOT_WRITABLE'])
    expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
    expect(readFileSync(join(folder, 'out/home/SHA256SUMS'), 'utf8')).toMatch(/ server-1\.img\n.* worker-1\.img\n$/)
  })

  testWithImages('never replaces its base image, whatever name leads to it', async () => {
    const folder = project()
    // With its secrets there: images without them are another mistake.
    expect((await bantam(folder, ['render'])).status).toBe(0)
    const base = smallImage('raspios', folder)
    const before = readFileSync(base)
    mkdirSync(join(folder, 'out/home'))
    linkSync(base, join(folder, 'out/home/worker-1.img'))
    const { status, stdout } = await bantam(folder, ['build-image', '--format', 'img', '--base', base, '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'OUTPUT_IS_BASE'])
    expect(readFileSync(base).equals(before)).toBe(true)
  })

  testWithImages('two builds into one folder at once both succeed', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    const builds = await Promise.all(
      [1, 2].map(() => bantamProcess(folder, ['build-image', '--format', 'img', '--base', base])),
    )
    for (const { status, stderr } of builds) expect(status, stderr).toBe(0)
    expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
    expect(listFiles(folder).filter((path) => /partial|\.lock$/.test(path))).toEqual([])
  })

  test('Ctrl-C during a download is reported as an interruption, not as a bug', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url?.endsWith('.img') ? 200 : 404, { 'content-length': 1e9 })
      if (request.url?.endsWith('.img')) response.write('x'.repeat(70_000))
      else response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/big.img`
    const { status, stdout } = await bantam(
      project(),
      ['build-image', '--format', 'img', '--base', url, '--json'],
      {},
      {
        onStderr: (text, interrupt) => {
          if (text.includes('downloading')) interrupt()
        },
      },
    )
    expect([status, errorOf(stdout).code]).toEqual([130, 'BUILD_INTERRUPTED'])
  })

  testWithImages('warns that a download is not verified, as text and as JSON', async () => {
    const folder = project()
    const server = await startReleaseServer()
    onTestFinished(() => server.close())
    server.put('/base.img', readFileSync(smallImage('raspios', folder)))
    const parameters = ['build-image', '--format', 'img', '--node', 'worker-1', '--base', `${server.origin}/base.img`]
    expect((await bantam(folder, parameters)).stderr).toMatch(/warning BASE_CHECKSUM_UNKNOWN/)
    const { stdout } = await bantam(folder, [...parameters, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [{ severity: 'warning', code: 'BASE_CHECKSUM_UNKNOWN' }] })
  })

  testWithImages('after Ctrl-C the build cleans up and ends', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    let sent = false
    const { status, stderr } = await bantamProcess(
      folder,
      ['build-image', '--format', 'img', '--base', base],
      {},
      (text, kill) => {
        // Once: a second Ctrl-C ends the process where it stands.
        if (!sent && text.includes('writing server-1')) sent = kill('SIGINT')
      },
    )
    expect(status, stderr).toBe(130)
    expect(stderr).toContain('BUILD_INTERRUPTED')
    expect(listFiles(folder).filter((path) => /partial|SHA256SUMS/.test(path))).toEqual([])
  })

  testWith('mkfs.fat', 'mke2fs')('an output folder that may not be written to', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, 'out'))
      chmodSync(join(folder, 'out'), 0o500)
      const { status, stdout } = await bantam(folder, ['build-image', '--format', 'img', '--base', base, '--json'])
      expect([status, errorOf(stdout).code]).toEqual([1, 'OUTPUT_NOT_WRITABLE'])
      return
    }
    // Root may write anywhere; an immutable place that even root cannot write is /proc.
    const { status, stdout } = await bantam(folder, [
      'build-image',
      '--format',
      'img',
      '--base',
      base,
      '--out',
      '/proc/bantam',
      '--json',
    ])
    expect(status).toBe(1)
    expect(errorOf(stdout).code).toMatch(/OUTPUT_NOT_WRITABLE/)
  })
})

function compressed(folder: string): string {
  const base = smallImage('raspios', folder)
  copyFileSync(base, join(folder, 'base.img'))
  run('xz', ['-0', '--block-size=4MiB', '-T2', join(folder, 'base.img')])
  return join(folder, 'base.img.xz')
}
