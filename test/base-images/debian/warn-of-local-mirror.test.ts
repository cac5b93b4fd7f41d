import { expect, test } from 'vitest'
import { warnOfLocalMirror } from '../../../src/base-images/debian/resolve-debian-image.ts'

test.each([
  ['file:/srv/debian/', true],
  ['http://localhost/debian/', true],
  ['http://127.0.0.1:3142/debian/', true],
  ['http://[::1]/debian/', true],
  ['http://mirror.example/debian/', false],
  ['http://192.168.1.5/debian/', false],
  ['http://localhost.example/debian/', false],
])('%s is a mirror that nodes do not reach: %s', (mirror, expected) => {
  expect(warnOfLocalMirror(mirror).map(({ code }) => code)).toEqual(expected ? ['DEBIAN_MIRROR_LOCAL'] : [])
})
