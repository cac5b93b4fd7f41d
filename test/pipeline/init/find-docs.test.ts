import { win32 } from 'node:path'
import { expect, test } from 'vitest'
import { type DocsSystem, findDocs } from '../../../src/pipeline/init/find-docs.ts'

/** A machine with Windows and these files. */
const windows = (...files: readonly string[]): DocsSystem => ({
  join: (...parts) => win32.join(...parts),
  access: (path) => (files.includes(path) ? Promise.resolve() : Promise.reject(new Error('ENOENT'))),
})

test.each([
  ['in a checkout', 'C:\\bantam', 'C:\\bantam', './docs'],
  ['in a checkout, with another slash', 'C:/bantam', 'C:\\bantam\\', './docs'],
  ['beside the installed package', 'D:\\home', 'D:\\home\\node_modules\\bantam-k3s', './node_modules/bantam-k3s/docs'],
  ['on another drive', 'C:\\home', 'D:\\tools\\node_modules\\bantam-k3s', null],
  ['in another folder', 'D:\\other', 'D:\\tools\\node_modules\\bantam-k3s', null],
])('a path is relative on Windows, or there is none: %s', async (_name, folder, packageFolder, docs) => {
  const system = windows('D:\\home\\node_modules\\bantam-k3s\\docs\\cluster.schema.json')
  expect(await findDocs(folder, packageFolder, system)).toBe(docs)
})
