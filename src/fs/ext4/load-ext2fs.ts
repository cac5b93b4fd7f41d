import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'
import { limitError } from '../../host/machine-error.ts'

/** The methods that ext2fs calls on a disk. Numbers are in bytes. The library passes `Buffer`s. */
export interface Ext2fsDisk {
  read(buffer: Uint8Array, bufferOffset: number, byteLength: number, byteOffset: number): unknown
  write(buffer: Uint8Array, bufferOffset: number, byteLength: number, byteOffset: number): unknown
  discard(byteOffset: number, byteLength: number): unknown
  flush(): unknown
}

export interface Ext2fsStats {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
}

export interface Ext2fsHandle {
  read(buffer: Buffer, offset: number, byteLength: number, position: number): Promise<{ bytesRead: number }>
  write(buffer: Buffer, offset: number, byteLength: number, position: number): Promise<{ bytesWritten: number }>
  stat(): Promise<Ext2fsStats>
  close(): Promise<void>
}

/** The part of ext2fs's promise interface that is used here. */
export interface Ext2fsPromises {
  open(path: string, flags: string, mode: number): Promise<Ext2fsHandle>
  lstat(path: string): Promise<Ext2fsStats>
  readdir(path: string): Promise<string[]>
  readlink(path: string): Promise<string>
  mkdir(path: string, mode: number): Promise<void>
  symlink(target: string, path: string): Promise<void>
  unlink(path: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  chown(path: string, uid: number, gid: number): Promise<void>
}

export interface Ext2fsMount {
  readonly promises: Ext2fsPromises
}

/** The package `ext2fs`. */
export interface Ext2fs {
  mount(disk: Ext2fsDisk, byteOffset: number): Promise<Ext2fsMount>
  umount(mount: Ext2fsMount): Promise<void>
}

/** A private copy of ext2fs. Its clock can be set. */
interface Ext2fsCopy {
  readonly ext2fs: Ext2fs
  /** Rejects if the library could not be started. Its functions then never return. */
  readonly failed: Promise<never>
  clock: Date
}

interface CommonJsModule {
  exports: unknown
}

/** Copies whose last use ended without an error. Loading a copy takes longer than all the work on a node's root. */
const idleCopies: Ext2fsCopy[] = []

/**
 * Passes `use` a private copy of ext2fs whose clock is fixed at `clock`. libext2fs writes the wall clock into inodes
 * and superblock, so two builds would differ. Each copy has a separate heap. A copy whose use failed is not used again:
 * an abort in WebAssembly breaks every later call. Throws `MACHINE_MEMORY` if there is no memory for a copy.
 */
export async function withExt2fs<T>(clock: Date, use: (ext2fs: Ext2fs) => Promise<T>): Promise<T> {
  const copy = idleCopies.pop() ?? loadCopy()
  copy.clock = clock
  const result = await Promise.race([use(copy.ext2fs), copy.failed])
  idleCopies.push(copy)
  return result
}

function loadCopy(): Ext2fsCopy {
  const require = createRequire(import.meta.url)
  const loaded = new Map<string, CommonJsModule>()
  const settable = { clock: new Date(0) }
  const copyDate = standingDate(settable)
  const { webAssembly, failed } = watchWebAssembly()

  const load = (file: string): unknown => {
    const known = loaded.get(file)
    if (known !== undefined) return known.exports
    const module: CommonJsModule = { exports: {} }
    loaded.set(file, module)
    const requireFrom = createRequire(file)
    const requireInside = (id: string): unknown =>
      id.startsWith('.') ? load(requireFrom.resolve(id)) : requireFrom(id)
    sourceOf(file)(module.exports, requireInside, module, file, dirname(file), copyDate, detachedProcess, webAssembly)
    return module.exports
  }
  // The package has no types. Ext2fs above declares what version 4.2.5 exports.
  return Object.assign(settable, { failed, ext2fs: load(require.resolve('ext2fs')) as Ext2fs })
}

// Parameters of Node's CommonJS wrapper, plus three more.
const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname', 'Date', 'process', 'WebAssembly']

// Emscripten's code registers handlers for uncaught exceptions on the process, once per copy. This object ignores them.
const detachedProcess = { versions: { node: '20' }, argv: ['node'], env: {}, on: () => undefined }

// The part of the global that is used here. TypeScript declares it only with the whole DOM.
declare const WebAssembly: {
  instantiate(binary: Uint8Array, imports: object): Promise<object>
}

/**
 * Makes the `WebAssembly` of one copy, and a promise that rejects where an instance cannot be made. Emscripten's own code prints lines on stderr then
 * and ends the process by a rejection that nobody can handle. So it gets no answer, and our promise tells the caller.
 */
function watchWebAssembly(): { readonly webAssembly: typeof WebAssembly; readonly failed: Promise<never> } {
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_resolve, reject) => (fail = reject))
  // Who uses the copy gets the error. This handler is for the time in which nobody does.
  failed.catch(() => undefined)
  const instantiate = (binary: Uint8Array, imports: object): Promise<object> =>
    WebAssembly.instantiate(binary, imports).catch((error: unknown) => {
      fail(limitError(error) ?? error)
      return new Promise(() => undefined)
    })
  // Object.create has no type for what it makes.
  return {
    failed,
    webAssembly: Object.create(WebAssembly, { instantiate: { value: instantiate } }) as typeof WebAssembly,
  }
}

function sourceOf(file: string): (...parameters: unknown[]) => void {
  // compileFunction's type says Function; it takes the parameters named in WRAPPER.
  return compileFunction(readFileSync(file, 'utf8'), WRAPPER, { filename: file }) as (...parameters: unknown[]) => void
}

function standingDate(settable: { readonly clock: Date }): DateConstructor {
  const nowMs = (): number => settable.clock.getTime()
  return new Proxy(Date, {
    construct: (target, parameters: unknown[], newTarget) =>
      Reflect.construct(target, parameters.length === 0 ? [nowMs()] : parameters, newTarget) as Date,
    get: (target, key, receiver): unknown => (key === 'now' ? nowMs : Reflect.get(target, key, receiver)),
  })
}
