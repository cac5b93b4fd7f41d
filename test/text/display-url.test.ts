import { expect, test } from 'vitest'
import { displayUrl } from '../../src/text/display-url.ts'

test.each([
  ['https://mirror.example/pi/os.img.xz', 'https://mirror.example/pi/os.img.xz'],
  ['https://user:hunter2@mirror.example:8443/os.img?sig=hunter2#hunter2', 'https://mirror.example:8443/os.img?…'],
  ['http://hunter2@[fd00::1]/os.img', 'http://[fd00::1]/os.img'],
])('%s shows without what may be secret', (url, shown) => {
  expect(displayUrl(url)).toBe(shown)
})
