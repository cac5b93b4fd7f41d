/**
 * Makes one small change of the code at a time, and says which changes no test notices: `npm run mutants [-- folder…]`.
 *
 *   npm run mutants                   every folder, for hours
 *   npm run mutants -- pki disk       these folders
 *   npm run mutants -- --again pki    also what an earlier run has judged, and no edit has touched since
 *   npm run mutants -- --file=src/pki/join-token.ts pki    one file of a folder
 *   npm run mutants -- --file=… --test=test/pki/join-token.test.ts pki    judged by this test file only: quicker, and never more
 *   npm run mutants -- seeds          the shell scripts of seeds/, with or without --file=seeds/report.sh
 *   npm run mutants -- --sample=100 seeds    a hundred mutants of each script
 *
 * The folders and the tests that can notice their mutants are in scripts/mutants/folders.mjs. Why it works as it does:
 * docs/decisions/tests-mutants-by-stryker.md.
 */
import { FOLDERS } from './mutants/folders.mjs'
import { describeScore, listUnnoticed } from './mutants/score.mjs'
import { mutateScripts } from './mutants/shell/mutate-scripts.mjs'
import { SCRIPTS } from './mutants/shell/scripts.mjs'
import { mutateFolder } from './mutants/stryker.mjs'

const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
const again = words.includes('--again')
const files = words.filter((word) => word.startsWith('--file=')).map((word) => word.slice('--file='.length))
const tests = words.filter((word) => word.startsWith('--test=')).map((word) => word.slice('--test='.length))
const sample = Number(words.find((word) => word.startsWith('--sample='))?.slice('--sample='.length) ?? Infinity)
const known = [...Object.keys(FOLDERS), 'seeds']
const unknown = names.find((name) => !known.includes(name))

if (unknown !== undefined) {
  console.error(`There is no folder ${unknown}. The folders are: ${known.join(', ')}.`)
  process.exitCode = 2
} else {
  const scores = []
  for (const name of names.length > 0 ? names : known) {
    for (const [part, mutants] of await mutate(name)) {
      console.log(listUnnoticed(mutants))
      scores.push(describeScore(part, mutants))
    }
  }
  console.log(scores.join('\n'))
}

/** What was found in each part that has a score: a folder, or each script. */
async function mutate(name) {
  if (name !== 'seeds')
    return [[name, await mutateFolder(name, tests.length > 0 ? tests : FOLDERS[name], { again, files })]]
  const scripts = Object.keys(SCRIPTS).filter((path) => files.length === 0 || files.includes(path))
  return Object.entries(await mutateScripts(scripts, sample))
}
