import { expect, test } from 'vitest'
import { nextHop } from '../../src/download/next-hop.ts'
import { expectCode } from '../support/expect-code.ts'

const START = 'https://a.example/latest?token=hunter2'
const hop = (location: string | null, { url = START, status = 302, requested = START } = {}): string | null =>
  nextHop(requested, { url, status, location })

test('refuses a redirect from https to http, and names both URLs without their secrets', () => {
  const error = expectCode('DOWNLOAD_REDIRECT_INSECURE', () => hop('http://b.example/a.img.xz?sig=hunter3'))
  expect(error.message).toMatch(/a\.example\/latest.*b\.example\/a\.img\.xz/)
  expect(error.message).not.toContain('hunter')
})

test.each([301, 302, 303, 307, 308])('follows status %i, to relative addresses too', (status) => {
  expect(hop('https://b.example/2', { status })).toBe('https://b.example/2')
  expect(hop('../c/2?x', { status, url: 'https://b.example/a/b/1' })).toBe('https://b.example/a/c/2?x')
  expect(hop('//c.example/2', { status, url: 'https://b.example/1' })).toBe('https://c.example/2')
  expectCode('DOWNLOAD_REDIRECT_INSECURE', () => hop('http://b.example/2', { status }))
})

test.each([200, 206, 300, 304, 305, 404, 416])('does not follow status %i', (status) => {
  expect(hop('http://b.example/', { status })).toBeNull()
})

test.each(['http://b.example/2', 'https://b.example/2'])('a way that began with http may lead to %s', (location) => {
  expect(hop(location, { url: 'http://a.example/1', requested: 'http://a.example/1' })).toBe(location)
})

test.each([
  'file:///etc/passwd',
  'ftp://b.example/2',
  'data:text/plain,x',
  'javascript:0',
  'http://[',
  'https://',
  null,
])('refuses %s, from http as from https', (location) => {
  for (const start of ['http://a.example/1', 'https://a.example/1'])
    expectCode('DOWNLOAD_REPLY_INVALID', () => hop(location, { url: start, requested: start }))
})
