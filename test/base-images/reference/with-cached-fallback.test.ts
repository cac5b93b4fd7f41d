import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withCachedFallback } from '../../../src/base-images/reference/with-cached-fallback.ts'
import { planCacheContext } from '../../../src/cache/cache-context.ts'
import { makeCacheFolders } from '../../../src/cache/cache-folders.ts'
import { BuildError } from '../../../src/errors.ts'
import { writeCachedImage } from '../../support/cached-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const { signal } = new AbortController()

test.each([
  [new BuildError('DOWNLOAD_HOST_UNREACHABLE', { url: 'https://example.org', reason: 'no route' }), /with a network/],
  [
    new BuildError('DEBIAN_TOOLS_MISSING', { missing: [{ name: 'apt-get', package: 'apt' }] }),
    /^Run scripts\/setup\.sh/,
  ],
])('says what to do about the reason why no newer image was looked for: $code', async (reason, remedy) => {
  const folder = temporaryFolder()
  const context = planCacheContext({ cacheFolder: folder, workerCount: 1, signal, progress: () => undefined })
  await makeCacheFolders(context.cache)
  const sha256 = 'a'.repeat(64)
  writeCachedImage(folder, sha256, 'image')
  writeFileSync(
    join(folder, 'index/debian-13.json'),
    JSON.stringify({ url: 'x', sha256, verified: false, obtainedAt: '2026-11-20', etag: null, lastModified: null }),
  )
  const located = await withCachedFallback('debian-13', 'debian-13', context, () => Promise.reject(reason))
  expect(located.warnings).toMatchObject([{ code: 'BASE_CACHED_IMAGE_USED' }])
  expect(located.warnings[0]?.hint).toMatch(remedy)
})
