import { expect, test } from 'vitest'
import { parseIndexTargets } from '../../../src/base-images/debian/parse-index-targets.ts'

/** As apt 2.6 of Debian 12 prints it; apt 1.6 has no field for the origin of lists. */
const debian = [
  'Packages\tdeb\thttp://mirror.example/debian/\tbookworm\tDebian\tDebian',
  'Translations\tdeb\thttp://mirror.example/debian/\tbookworm\tDebian\tDebian',
  'Packages\tdeb\thttp://mirror.example/debian-security/\tbookworm-security\tDebian\tDebian-Security',
  'Packages\tdeb\thttp://mirror.example/other\tstable\t$(ORIGIN)\t$(LABEL)',
].join('\n')

test('reads the package indexes with their archives', () => {
  expect(parseIndexTargets(debian)).toEqual([
    { archiveUrl: 'http://mirror.example/debian/', release: 'bookworm', origin: 'Debian', label: 'Debian' },
    {
      archiveUrl: 'http://mirror.example/debian-security/',
      release: 'bookworm-security',
      origin: 'Debian',
      label: 'Debian-Security',
    },
    { archiveUrl: 'http://mirror.example/other/', release: 'stable', origin: '', label: '' },
  ])
})

test('a machine without apt has no package indexes', () => {
  expect(parseIndexTargets('sh: 1: apt-get: not found')).toEqual([])
})
