import { expect, test } from 'vitest'
import { nearestId } from '../../src/os/nearest-id.ts'

test.each([['raspios-13', 'raspios-13-lite'], ['rasbios-12-lite', 'raspios-12-lite'], ['ubuntu-2604', 'ubuntu-26.04']])('finds what %s was meant to be', (id, nearest) => {
  expect(nearestId(id, ['raspios-13-lite', 'raspios-12-lite', 'ubuntu-24.04', 'ubuntu-26.04'])).toBe(nearest)
})
