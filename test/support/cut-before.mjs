/**
 * Loaded before the program (`node --import`): stops at each change of a file system, just before it, and in the middle
 * of a write. `CUT_AT=n` kills the process at the n-th stop, as a power cut or the kernel's killer of memory would.
 * `CUT_COPIES=DIR` goes on instead, and at each stop copies `CUT_FOLDER` to `DIR/n`: that is what a process that is
 * killed there leaves. Threads of the process share the count.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** Calls that change names or attributes. They happen as a whole, or not at all. */
const CHANGES = [
  ...['rename', 'rm', 'rmdir', 'unlink', 'link', 'symlink', 'mkdir', 'mkdtemp', 'cp', 'copyFile'],
  ...['chmod', 'lchmod', 'chown', 'lchown', 'utimes', 'lutimes', 'truncate'],
]
const DESCRIPTOR_CHANGES = ['fsync', 'fdatasync', 'ftruncate', 'fchmod', 'fchown', 'futimes']
const HANDLE_CHANGES = ['sync', 'datasync', 'truncate', 'chmod', 'chown', 'utimes']

const { CUT_AT, CUT_FOLDER, CUT_COPIES } = process.env
const SHARED = 'bantam-test-changes'
const shared = getEnvironmentData(SHARED) ?? new SharedArrayBuffer(12)
// Threads that start later get it.
setEnvironmentData(SHARED, shared)
const counts = new Int32Array(shared)
/** Places in `counts`. A run is a number of writes to one file, with no other change in between. */
const [STOPS, RUN_LENGTH, RUN_FILE] = [0, 1, 2]

function stop() {
  const number = Atomics.add(counts, STOPS, 1) + 1
  if (CUT_COPIES !== undefined) execFileSync('cp', ['-a', CUT_FOLDER, join(CUT_COPIES, String(number))])
  else if (number === Number(CUT_AT)) process.kill(process.pid, 'SIGKILL')
}

/** Puts a function in place of one that may be missing in this version of Node. */
function replace(object, name, make) {
  const real = object[name]
  if (real !== undefined) object[name] = make(real)
}

function cutChanges(object, names, changes = () => true) {
  for (const name of names)
    replace(
      object,
      name,
      (real) =>
        function (...parameters) {
          if (changes(...parameters)) {
            Atomics.store(counts, RUN_LENGTH, 0)
            stop()
          }
          return Reflect.apply(real, this, parameters)
        },
    )
}

/** In a long run of writes, as of an image's pages, only the first, second, fourth, eighth … counts. */
function counted(file) {
  const key = [...String(file)].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) | 0, 0)
  if (Atomics.exchange(counts, RUN_FILE, key) !== key) Atomics.store(counts, RUN_LENGTH, 0)
  const length = Atomics.add(counts, RUN_LENGTH, 1) + 1
  return (length & (length - 1)) === 0
}

/** Divides the parameters of write(2), as Node takes them, into those of two writes. */
function divideWrite([bytes, offset, byteLength, position]) {
  if (typeof bytes === 'string') return divideWrite([Buffer.from(bytes, byteLength), 0, undefined, offset])
  if (typeof offset === 'object' && offset !== null)
    return divideWrite([bytes, offset.offset, offset.length, offset.position])
  const [start, total] = [offset ?? 0, byteLength ?? bytes.byteLength - (offset ?? 0)]
  const half = total >> 1
  const later = typeof position === 'number' ? position + half : position
  return [
    [bytes, start, half, position],
    [bytes, start + half, total - half, later],
  ]
}

function divideBytes(bytes) {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return [all.subarray(0, all.byteLength >> 1), all.subarray(all.byteLength >> 1)]
}

const sync = (names) => names.map((name) => `${name}Sync`)
const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = fs.constants
const opensForWriting = (_path, flags = 'r') =>
  typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) !== 0 : flags !== 'r'

const probe = await fs.promises.open(process.execPath, 'r')
const fileHandle = Object.getPrototypeOf(probe)
await probe.close()
const { appendFile } = fs.promises
const { writeFileSync } = fs

cutChanges(fs.promises, CHANGES)
cutChanges(fs, [...CHANGES, ...sync(CHANGES), ...DESCRIPTOR_CHANGES, ...sync(DESCRIPTOR_CHANGES)])
cutChanges(fileHandle, HANDLE_CHANGES)
for (const [object, name] of [
  [fs.promises, 'open'],
  [fs, 'open'],
  [fs, 'openSync'],
])
  cutChanges(object, [name], opensForWriting)

replace(
  fileHandle,
  'write',
  (real) =>
    async function (...parameters) {
      if (!counted(this.fd)) return Reflect.apply(real, this, parameters)
      stop()
      const [first, second] = divideWrite(parameters)
      const { bytesWritten } = await Reflect.apply(real, this, first)
      stop()
      const result = await Reflect.apply(real, this, second)
      return { bytesWritten: bytesWritten + result.bytesWritten, buffer: parameters[0] }
    },
)
replace(
  fs,
  'writeSync',
  (real) =>
    function (fd, ...parameters) {
      if (!counted(fd)) return real(fd, ...parameters)
      stop()
      const [first, second] = divideWrite(parameters)
      const written = real(fd, ...first)
      stop()
      return written + real(fd, ...second)
    },
)
for (const name of ['writeFile', 'appendFile']) {
  replace(
    fileHandle,
    name,
    (real) =>
      async function (bytes, options) {
        stop()
        const [first, second] = divideBytes(bytes)
        await Reflect.apply(real, this, [first, options])
        stop()
        await Reflect.apply(real, this, [second, options])
      },
  )
  replace(fs.promises, name, (real) => async (file, bytes, options) => {
    stop()
    const [first, second] = divideBytes(bytes)
    await real(file, first, options)
    stop()
    await appendFile(file, second)
  })
  replace(fs, `${name}Sync`, (real) => (file, bytes, options) => {
    stop()
    const [first, second] = divideBytes(bytes)
    real(file, first, options)
    stop()
    writeFileSync(file, second, { flag: 'a' })
  })
}
// Writes with a callback, and of several pieces. The program uses none of them.
for (const [object, names] of [
  [fs, ['write', 'writev', 'writevSync', 'writeFile', 'appendFile', 'createWriteStream']],
  [fileHandle, ['writev', 'createWriteStream']],
])
  cutChanges(object, names)
syncBuiltinESMExports()
