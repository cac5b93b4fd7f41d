import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { expiryOf } from '../../src/pki/expiry.ts'

test('a certificate expires at the time that its authority publishes', () => {
  const root = readFileSync(new URL('samples/isrg-root-x1.pem', import.meta.url), 'utf8')
  expect(expiryOf(root)).toEqual(new Date('2035-06-04T11:04:38Z'))
})
