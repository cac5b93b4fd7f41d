import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { findKernelVersion, isRaspberryPiKernel } from '../../src/image/kernel-version.ts'

const image = Buffer.concat([
  Buffer.alloc(5000),
  Buffer.from('Linux version %s (%s)\0Linux version 6.12.43+deb13-arm64 (debian-kernel@lists)\0'),
  Buffer.alloc(100),
])

test('finds the version in a kernel, plain or packed with gzip', () => {
  expect(findKernelVersion(image)).toBe('6.12.43+deb13-arm64')
  expect(findKernelVersion(gzipSync(image))).toBe('6.12.43+deb13-arm64')
  expect(findKernelVersion(Buffer.alloc(100))).toBeNull()
})

test.each([
  ['6.12.47+rpt-rpi-v8', true],
  ['6.12.47+rpt-rpi-2712', true],
  ['6.8.0-1013-raspi', true],
  ['5.15.84-v8+', true],
  ['6.12.43+deb13-arm64', false],
  ['6.8.0-31-generic', false],
])('%s is one for boards alone: %s', (version, expected) => {
  expect(isRaspberryPiKernel(version)).toBe(expected)
})
