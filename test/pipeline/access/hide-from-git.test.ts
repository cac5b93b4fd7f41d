import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hideFromGit } from '../../../src/pipeline/access/hide-from-git.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { testWith } from '../../support/validators.ts'

test('keeps existing lines, and adds the pattern once', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.gitignore'), 'mine\n*.secrets.yaml')
  for (let turn = 0; turn < 2; turn++) await hideFromGit(folder, '*.secrets.yaml*')
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine\n*.secrets.yaml\n*.secrets.yaml*\n')
})

testWith('git')('git ignores the secrets file and the temporary file of a killed writer', async () => {
  const folder = temporaryFolder()
  await hideFromGit(folder, '*.secrets.yaml*')
  for (const name of ['home.secrets.yaml', 'home.secrets.yaml.lock', 'home.secrets.yaml.partial', 'cluster.yaml'])
    writeFileSync(join(folder, name), '')
  execFileSync('git', ['init', '-q'], { cwd: folder })
  expect(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' })).toBe(
    '?? .gitignore\n?? cluster.yaml\n',
  )
})
