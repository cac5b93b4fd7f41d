/** Runs the tests of shell scripts against each mutant of them, in a copy of the project. */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createVitest } from 'vitest/node'
import { addNotes, makeMutants, notedCommand } from './make-mutants.mjs'
import { SCRIPTS } from './scripts.mjs'

const projectFolder = fileURLToPath(new URL('../../..', import.meta.url))
const workFolder = join(projectFolder, 'out/mutants')
/** Which test killed which mutant in an earlier run: that test is tried first. */
const killersFile = join(workFolder, 'seeds.json')
const COPIED = ['src', 'test', 'seeds', 'profiles', 'debian-13', 'scripts', 'docs', 'package.json', 'cluster.yaml']
const LINKED = ['node_modules', 'dist']
/** No test of a script takes a third of it. */
const TEST_TIMEOUT_MS = 20_000
/** Longer tests run only where no shorter one has failed. */
const QUICK_MS = 2_000
/** A mutant counts as survived after so many tests, the quickest ones, that did not notice it. */
const MOST_MS = 40_000

/** `sample` is the number of mutants of each script that are tried; the same ones each time. Default: all. */
export async function mutateScripts(paths, sample = Infinity) {
  const privateFolder = mkdtempSync(join(tmpdir(), 'bantam-mutants-'))
  const copy = join(privateFolder, 'project')
  copyProject(copy)
  // Scripts that a mutant keeps running are known by it.
  process.env.TMPDIR = privateFolder
  process.chdir(copy)
  const tests = [...new Set(paths.flatMap((path) => SCRIPTS[path]))]
  const vitest = await openVitest(copy, tests)
  try {
    const reached = await findReached(vitest, copy, paths, privateFolder)
    const killers = existsSync(killersFile) ? JSON.parse(readFileSync(killersFile, 'utf8')) : {}
    const results = {}
    for (const path of paths) {
      const text = readFileSync(join(projectFolder, path), 'utf8')
      const mutants = chooseSample(makeMutants(path, text), sample)
      results[path] = []
      for (const mutant of mutants) {
        const key = `${mutant.place} ${mutant.change}`
        const covering = reached.get(`${path} ${notedCommand(text, mutant.command)}`) ?? []
        const known = covering.filter((test) => test.name === killers[key])
        writeFileSync(join(copy, path), mutant.text)
        const verdict = await judge(vitest, known, covering, privateFolder)
        if (verdict.killer !== undefined) killers[key] = verdict.killer
        results[path].push({ ...mutant, status: verdict.status })
        if (results[path].length % 20 === 0) console.log(`${path}: ${results[path].length} of ${mutants.length}`)
        writeFileSync(killersFile, JSON.stringify(killers, null, 1))
      }
      writeFileSync(join(copy, path), text)
    }
    return results
  } finally {
    await vitest.close()
    endLeftOvers(privateFolder)
    rmSync(privateFolder, { recursive: true, force: true })
  }
}

/** Sorted by a hash, mutants of all parts of a script come first. */
function chooseSample(mutants, sample) {
  const keyed = mutants.map((mutant) => ({ mutant, key: createHash('sha256').update(mutant.text).digest('hex') }))
  return keyed
    .sort((first, second) => (first.key < second.key ? -1 : 1))
    .slice(0, sample)
    .map(({ mutant }) => mutant)
}

function copyProject(copy) {
  mkdirSync(workFolder, { recursive: true })
  mkdirSync(copy)
  for (const name of COPIED) cpSync(join(projectFolder, name), join(copy, name), { recursive: true })
  for (const name of LINKED) symlinkSync(join(projectFolder, name), join(copy, name))
}

function openVitest(root, include) {
  return createVitest('test', {
    root,
    config: false,
    watch: false,
    include,
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
    setupFiles: ['test/support/mutants/note-commands.ts'],
    tags: [{ name: 'slow' }],
    reporters: [{}],
    bail: 1,
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
  })
}

/** Runs all tests once over scripts with notes. Gives the tests that reach each command, the quickest first. */
async function findReached(vitest, copy, paths, privateFolder) {
  const notesFile = join(privateFolder, 'notes')
  const reachedFile = join(privateFolder, 'reached')
  process.env.BANTAM_COMMAND_NOTES = notesFile
  process.env.BANTAM_COMMANDS_REACHED = reachedFile
  // Tests replace the folders of a machine in what they run, and take two slashes for none of these.
  for (const path of paths)
    writeFileSync(join(copy, path), addNotes(path, readFileSync(join(projectFolder, path), 'utf8'), `/${notesFile}`))
  const limits = { bail: 1, retry: 0, testTimeout: TEST_TIMEOUT_MS }
  // On a busy machine, a test may wait too long for what it asked for.
  setLimits(vitest, { bail: 0, retry: 2, testTimeout: 6 * TEST_TIMEOUT_MS })
  const first = await runTests(vitest, [], privateFolder)
  setLimits(vitest, limits)
  delete process.env.BANTAM_COMMAND_NOTES
  delete process.env.BANTAM_COMMANDS_REACHED
  for (const path of paths) writeFileSync(join(copy, path), readFileSync(join(projectFolder, path), 'utf8'))
  // Without it, a mutant may seem to survive; with it, each would seem to be killed.
  for (const name of first.failed) console.log(`left out, since it fails without a mutant: ${name}`)
  const reached = new Map()
  for (const line of readFileSync(reachedFile, 'utf8').trimEnd().split('\n')) {
    const { file, test, commands } = JSON.parse(line)
    const name = `${file}#${test}`
    if (first.failed.has(name)) continue
    const entry = { file: join(copy, file), test, name, durationMs: first.durations.get(name) ?? 0 }
    for (const command of commands) reached.set(command, [...(reached.get(command) ?? []), entry])
  }
  return new Map([...reached].map(([command, entries]) => [command, chooseTests(entries)]))
}

function chooseTests(entries) {
  let totalMs = 0
  return entries
    .toSorted((first, second) => first.durationMs - second.durationMs)
    .filter(({ durationMs }, index) => {
      totalMs += durationMs
      return index === 0 || totalMs <= MOST_MS
    })
}

/** Tries the test that killed it before, then the quick ones, then the others: Vitest runs the tests of a file in their order there. */
async function judge(vitest, known, covering, privateFolder) {
  if (covering.length === 0) return { status: 'unreached' }
  const isQuick = ({ durationMs }) => durationMs <= QUICK_MS
  const groups = [covering.filter(isQuick), covering.filter((test) => !isQuick(test))]
  if (known.length > 0) {
    const verdict = await runTests(vitest, known, privateFolder)
    if (verdict.status === 'killed') return verdict
  }
  for (const tests of groups.filter(({ length }) => length > 0)) {
    const verdict = await runTests(vitest, tests, privateFolder)
    if (verdict.status !== 'survived') return verdict
  }
  return { status: 'survived' }
}

/** Runs some tests, or all for an empty list, up to the first that fails. Where that one ran into its time limit, nothing is proven. */
async function runTests(vitest, tests, privateFolder) {
  const pattern =
    tests.length === 0 ? undefined : new RegExp(`^(?:${tests.map(({ test }) => escape(test)).join('|')})$`)
  for (const project of vitest.projects) project.config.testNamePattern = pattern
  vitest.state.filesMap.clear()
  const files = [...new Set(tests.map(({ file }) => file))]
  await vitest.start(files.length === 0 ? undefined : files)
  endLeftOvers(privateFolder)
  const modules = vitest.state.getTestModules()
  const broken = modules.find((module) => module.errors().length > 0)
  if (broken !== undefined) return { status: 'killed', killer: broken.relativeModuleId }
  const results = modules.flatMap((module) => [...module.children.allTests()].map((test) => describeTest(module, test)))
  const failed = results.filter(({ state }) => state === 'failed')
  const killer = failed.find(({ timedOut }) => !timedOut)
  const durations = new Map(results.map(({ name, durationMs }) => [name, durationMs]))
  return {
    status: killer !== undefined ? 'killed' : failed.length > 0 ? 'timed out' : 'survived',
    killer: killer?.name,
    failed: new Set(failed.map(({ name }) => name)),
    durations,
  }
}

function describeTest(module, test) {
  const { state, errors = [] } = test.result()
  return {
    name: `${module.relativeModuleId}#${test.fullName.replaceAll(' > ', ' ')}`,
    state,
    timedOut: errors.every(({ message }) => /timed out in \d+ms/.test(message)),
    durationMs: test.diagnostic()?.duration ?? 0,
  }
}

function setLimits(vitest, limits) {
  for (const { config } of [vitest, ...vitest.projects]) Object.assign(config, limits)
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Ends processes that a mutant kept running. Each holds our private folder in its environment or among its words. */
function endLeftOvers(privateFolder) {
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(id) === process.pid) continue
    try {
      const [words, environment] = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${id}/${name}`, 'utf8'))
      const isOurs = `${words}\0${environment}`.includes(privateFolder)
      if (!isOurs || readlinkSync(`/proc/${id}/exe`) === process.execPath) continue
      process.kill(Number(id), 'SIGKILL')
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}
