import { expect, test } from 'vitest'
import { requireSecureRedirect } from '../../src/download/require-secure-redirect.ts'
import { expectCode } from '../support/expect-code.ts'

test('refuses a redirect from https to http, and names both URLs without their secrets', () => {
  const error = expectCode('DOWNLOAD_REDIRECT_INSECURE', () => {
    requireSecureRedirect('https://a.example/latest?token=hunter2', 'http://b.example/a.img.xz?sig=hunter3')
  })
  expect(error.message).toMatch(/a\.example\/latest.*b\.example\/a\.img\.xz/)
  expect(error.message).not.toContain('hunter')
})

test.each([
  ['https://a.example/1', 'https://b.example/2'],
  ['http://a.example/1', 'http://b.example/2'],
  ['http://a.example/1', 'https://b.example/2'],
])('allows the way from %s to %s', (from, to) => {
  expect(() => {
    requireSecureRedirect(from, to)
  }).not.toThrow()
})
