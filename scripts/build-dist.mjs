/**
 * Brings `dist` up to the sources: `npm run build`, and every test run before its first test (test/support/fresh-dist.ts).
 *
 * A stamp names the content that `dist` was built from, and the files that the build wrote. Where both still hold, nothing is done.
 * Else the compiler writes into a folder beside the stamp, and each file that differs is renamed into `dist`, so that `dist` never holds half a
 * file. Files whose source is gone go. One lock keeps two builds apart; the second then finds the first one's result.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const INPUTS = ['package.json', 'tsconfig.json', 'tsconfig.build.json']
const LOCK_POLL_MS = 50

/** Builds where something changed; says whether it did. Throws what the compiler says where the sources do not compile. */
export async function buildDist(projectFolder) {
  const project = describeProject(projectFolder)
  if (isFresh(project)) return 'fresh'
  mkdirSync(project.cacheFolder, { recursive: true })
  return withBuildLock(project.lockPath, async () => {
    // Another run may have built while this one waited.
    if (isFresh(project)) return 'fresh'
    const inputs = hashInputs(project)
    const sources = listFiles(project.sourceFolder).filter((path) => path.endsWith('.ts'))
    await compile(project)
    publish(project, sources.flatMap(outputsOf))
    // A source that was saved meanwhile gives another hash: the next run builds again.
    const stamp = { inputs, outputs: describeOutputs(project) }
    writeAtomically(project.stampPath, JSON.stringify(stamp))
    return 'built'
  })
}

function describeProject(projectFolder) {
  const cacheFolder = join(projectFolder, 'node_modules/.cache/bantam-build')
  return {
    projectFolder,
    sourceFolder: join(projectFolder, 'src'),
    distFolder: join(projectFolder, 'dist'),
    cacheFolder,
    stagingFolder: join(cacheFolder, 'dist'),
    infoPath: join(cacheFolder, 'tsbuildinfo'),
    stampPath: join(cacheFolder, 'stamp.json'),
    lockPath: join(cacheFolder, 'lock'),
    compilerPath: createRequire(join(projectFolder, 'package.json')).resolve('typescript/lib/tsc.js'),
  }
}

function isFresh(project) {
  if (!existsSync(project.stampPath) || !existsSync(project.distFolder)) return false
  const { inputs, outputs } = JSON.parse(readFileSync(project.stampPath, 'utf8'))
  return inputs === hashInputs(project) && outputs === describeOutputs(project)
}

/** The content of everything that the compiler is given, and its version. */
function hashInputs({ projectFolder, sourceFolder, compilerPath }) {
  const hash = createHash('sha256')
  const sources = listFiles(sourceFolder).map((path) => join(sourceFolder, path))
  for (const path of [
    ...INPUTS.map((name) => join(projectFolder, name)),
    ...sources,
    join(dirname(compilerPath), '../package.json'),
  ]) {
    const content = readFileSync(path)
    hash.update(`${relative(projectFolder, path)}\n${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** Whoever writes into `dist` beside us, as tsc by hand does, changes a length or a time. */
function describeOutputs({ distFolder }) {
  const hash = createHash('sha256')
  for (const path of listFiles(distFolder)) {
    const { size, mtimeMs } = statSync(join(distFolder, path))
    hash.update(`${path} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

async function compile({ projectFolder, cacheFolder, stagingFolder, infoPath, compilerPath }) {
  // What the compiler knows of its last run is worth nothing without that run's files.
  if (!existsSync(stagingFolder)) rmSync(infoPath, { force: true })
  const parameters = ['-p', join(projectFolder, 'tsconfig.build.json'), '--pretty', 'false']
  parameters.push('--outDir', stagingFolder, '--incremental', '--tsBuildInfoFile', infoPath)
  const { status, output } = await new Promise((done) => {
    execFile(process.execPath, [compilerPath, ...parameters], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : (error.code ?? 1), output: stdout + stderr })
    })
  })
  if (status === 0) return
  if (status !== 1 && status !== 2) rmSync(cacheFolder, { recursive: true, force: true })
  throw new Error(`The sources do not compile, so dist was left as it is:\n${output}`)
}

function outputsOf(source) {
  return ['.js', '.d.ts'].map((extension) => source.replace(/\.ts$/, extension))
}

function publish({ stagingFolder, distFolder, cacheFolder }, outputs) {
  const missing = outputs.filter((path) => !existsSync(join(stagingFolder, path)))
  if (missing.length > 0) {
    rmSync(cacheFolder, { recursive: true, force: true })
    throw new Error(`The compiler did not write ${missing.join(', ')}. Run the build again: it starts from nothing.`)
  }
  for (const path of outputs) {
    const content = readFileSync(join(stagingFolder, path))
    const target = join(distFolder, path)
    if (existsSync(target) && statSync(target).isFile() && readFileSync(target).equals(content)) continue
    mkdirSync(dirname(target), { recursive: true })
    writeAtomically(target, content)
  }
  removeOthers(distFolder, new Set(outputs))
}

/** Removes files that no source stands behind, and folders that are empty then. */
function removeOthers(distFolder, outputs) {
  for (const path of listFiles(distFolder)) {
    if (!outputs.has(path)) rmSync(join(distFolder, path))
  }
  const folders = readdirSync(distFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  // The deepest first: a folder may hold nothing but empty ones.
  for (const folder of folders.sort((a, b) => b.length - a.length)) {
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true })
  }
}

function writeAtomically(path, content) {
  const temporaryPath = `${path}.${process.pid}.tmp`
  writeFileSync(temporaryPath, content)
  renameSync(temporaryPath, path)
}

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort()
}

/** Only one process builds at a time. A lock whose process has ended is taken over. */
async function withBuildLock(lockPath, work) {
  const claimPath = `${lockPath}.${process.pid}`
  writeFileSync(claimPath, String(process.pid))
  try {
    while (!tryLink(claimPath, lockPath)) {
      releaseIfDead(lockPath)
      await sleep(LOCK_POLL_MS)
    }
  } finally {
    rmSync(claimPath)
  }
  try {
    return await work()
  } finally {
    rmSync(lockPath, { force: true })
  }
}

/** A link appears with its content: nobody reads a lock that does not name its process yet. */
function tryLink(claimPath, lockPath) {
  try {
    linkSync(claimPath, lockPath)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Should two find the same dead lock at once, both build: the same files from the same sources, each renamed whole. */
function releaseIfDead(lockPath) {
  try {
    process.kill(Number(readFileSync(lockPath, 'utf8')), 0)
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lockPath, { force: true })
    else if (error.code !== 'ENOENT' && error.code !== 'EPERM') throw error
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await buildDist(resolve(dirname(fileURLToPath(import.meta.url)), '..'))
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
