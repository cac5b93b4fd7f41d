import { expect, test } from 'vitest'
import { Places } from '../../../src/model/places.ts'
import { warnOfBoard } from '../../../src/pipeline/build/warn-of-board.ts'
import { at } from '../../../src/yaml-source/place.ts'
import { parseYamlSource } from '../../../src/yaml-source/read-yaml-source.ts'
import { noPlaces } from '../../support/no-places.ts'

test.each([
  ['pi5', 'debian-13', 1],
  ['cm5', 'debian-13', 1],
  ['pi4', 'debian-13', 0],
  ['any', 'debian-13', 0],
  ['pi5', 'raspios-13-lite', 0],
] as const)('a %s from %s: %i warnings', (board, reference, count) => {
  const warnings = warnOfBoard({ name: 'worker-1', board, places: noPlaces }, { reference, source: 'somewhere' })
  expect(warnings).toHaveLength(count)
  for (const warning of warnings)
    expect(warning).toMatchObject({
      severity: 'warning',
      code: 'BASE_BOARD_UNSUPPORTED',
      message: expect.stringContaining('worker-1 is a') as string,
    })
})

test('the warning is at the line of the board', () => {
  const { source } = parseYamlSource('profiles/disk.yaml', 'extends: worker\nboard: pi5\n')
  if (source === null) return expect.fail('cannot be read')
  const places = new Places((path) => at({ source, path: [], part: 'value' }, ...path))
  const warnings = warnOfBoard({ name: 'worker-1', board: 'pi5', places }, { reference: 'debian-13', source: 'a.img' })
  expect(warnings).toMatchObject([{ file: 'profiles/disk.yaml', line: 2, column: 8 }])
})
