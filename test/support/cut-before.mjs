/**
 * Loaded before the program (`node --import`): kills the process just before its n-th change of a file system, as a
 * power cut or the kernel's killer of memory would. `CUT_BEFORE` is n; with 0 nothing is killed. At the end, the number
 * of changes is written to `CUT_COUNT_FILE`.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { writeFileSync } = fs
const cutBefore = Number(process.env.CUT_BEFORE)
let count = 0
let last = ''

function step(name) {
  // A run of writes to one file counts once: the pages of an image are hundreds.
  if (name === 'writeSync' && name === last) return
  last = name
  count += 1
  if (count === cutBefore) process.kill(process.pid, 'SIGKILL')
}

function counting(object, name, changes = () => true) {
  const real = object[name]
  object[name] = function (...args) {
    if (changes(...args)) step(name)
    return Reflect.apply(real, this, args)
  }
}

const opensForWriting = (_path, flags = 'r') => typeof flags === 'string' && flags !== 'r'
for (const name of ['rename', 'rm', 'mkdir', 'rmdir', 'chmod', 'writeFile']) counting(fs.promises, name)
for (const name of ['renameSync', 'rmSync', 'mkdirSync', 'writeFileSync', 'writeSync', 'fsyncSync']) counting(fs, name)
counting(fs.promises, 'open', opensForWriting)
counting(fs, 'openSync', opensForWriting)

const probe = await fs.promises.open(process.execPath, 'r')
const fileHandle = Object.getPrototypeOf(probe)
await probe.close()
for (const name of ['writeFile', 'truncate', 'chmod', 'sync']) counting(fileHandle, name)

syncBuiltinESMExports()
process.on('exit', () => {
  if (process.env.CUT_COUNT_FILE !== undefined) writeFileSync(process.env.CUT_COUNT_FILE, String(count))
})
