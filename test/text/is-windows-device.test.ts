import { expect, test } from 'vitest'
import { isWindowsDevice } from '../../src/text/is-windows-device.ts'

test.each(['con', 'PRN', 'aux', 'nul', 'com1', 'LPT9', 'com²', 'nul.img.xz', 'aux .txt'])('%s is a device', (name) => {
  expect(isWindowsDevice(name)).toBe(true)
})

test.each(['', 'con1', 'console', 'com', 'com10', 'lpt-1', 'nul-1.img', 'x.con', 'auxiliary'])(
  '"%s" is no device',
  (name) => {
    expect(isWindowsDevice(name)).toBe(false)
  },
)
