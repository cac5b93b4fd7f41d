import { expect, test } from 'vitest'
import type { Project } from '../../../src/pipeline/project/project.ts'
import { clusterOptionsOf, shownPath } from '../../../src/pipeline/project/shown-paths.ts'

// The options depend on these three only.
const project = (clusterFile: string, outFolder: string): Project =>
  ({ workingFolder: '/home/ada', clusterFile, outFolder }) as Project

test.each([
  ['/home/ada/cluster.yaml', '/home/ada/out', ''],
  ['/home/ada/lab.yaml', '/home/ada/out', ' --cluster lab.yaml'],
  ['/home/ada/cluster.yaml', '/srv/out', ' --out /srv/out'],
  ["/home/ada/it's mine.yaml", '/home/ada/out', " --cluster 'it'\\''s mine.yaml'"],
])('%s and %s are chosen by "%s"', (clusterFile, outFolder, options) => {
  expect(clusterOptionsOf(project(clusterFile, outFolder))).toBe(options)
})

test('a path outside of the working folder stays absolute', () => {
  expect(shownPath({ workingFolder: '/home/ada' }, '/home/adam/x')).toBe('/home/adam/x')
  expect(shownPath({ workingFolder: '/home/ada' }, '/home/ada/x/y')).toBe('x/y')
})
