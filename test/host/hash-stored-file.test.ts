import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hashStoredFile } from '../../src/host/hash-stored-file.ts'
import { noise } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWithLoopDevice } from '../support/validators.ts'

const { signal } = new AbortController()
/** statfs(2). Of the folder of tests, nothing is known: it may be on a tmpfs. */
const EXT_MAGIC = 0xef53

test.each([0, 1, 4096, 4 * 1024 * 1024, 4 * 1024 * 1024 + 513])('hashes a file of %i bytes', async (byteLength) => {
  const path = join(temporaryFolder(), 'a')
  const bytes = noise(byteLength, 3)
  writeFileSync(path, bytes)
  const { sha256, readFrom } = await hashStoredFile(path, { signal })
  expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  if (platform() === 'linux' && statfsSync(path).type === EXT_MAGIC) expect(readFrom).toBe('disk')
})

test.skipIf(platform() !== 'linux')('says so where the file system reads from memory only', async () => {
  const { sha256, readFrom } = await hashStoredFile('/proc/version', { signal })
  expect(readFrom).toBe('memory')
  expect(sha256).toBe(createHash('sha256').update(readFileSync('/proc/version')).digest('hex'))
})

test.skipIf(!existsSync('/dev/shm'))('says so where the file system takes O_DIRECT and has no disk', async () => {
  const path = join('/dev/shm', randomUUID())
  onTestFinished(() => {
    rmSync(path)
  })
  writeFileSync(path, 'text')
  expect((await hashStoredFile(path, { signal })).readFrom).toBe('memory')
})

test('ends when it is interrupted', async () => {
  const path = join(temporaryFolder(), 'a')
  writeFileSync(path, 'text')
  await expect(hashStoredFile(path, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
})

testWithLoopDevice('reads what the disk stored, and not what memory holds', () => {
  const folder = temporaryFolder()
  const module = new URL('../../dist/host/hash-stored-file.js', import.meta.url).href
  const driver = `
    import { hashStoredFile } from '${module}'
    const { sha256, readFrom } = await hashStoredFile(process.argv[1], { signal: new AbortController().signal })
    console.log(readFrom, sha256)`
  // The disk below the file changes, while the kernel keeps the pages that it has read.
  const script = `
    set -e
    truncate -s 8M disk && mke2fs -q -F -t ext4 -b 4096 disk
    mkdir at && device=$(losetup --find --show disk) && trap 'umount at; losetup --detach $device' EXIT
    mount -t ext4 "$device" at
    printf 'before%4090s' '' > at/file && sync
    cat at/file > /dev/null
    block=$(debugfs -R 'blocks /file' "$device" 2>/dev/null | tr -d ' ')
    printf 'after!' | dd of=disk bs=4096 seek="$block" conv=notrunc,fsync status=none
    node --input-type=module --eval "$1" at/file
    sha256sum < at/file`
  const { status, output } = run('unshare', ['--mount', 'sh', '-c', script, 'sh', driver], { cwd: folder })
  const hash = (word: string): string => createHash('sha256').update(word.padEnd(4096)).digest('hex')
  expect(output).toBe(`disk ${hash('after!')}\n${hash('before')}  -\n`)
  expect(status).toBe(0)
})
