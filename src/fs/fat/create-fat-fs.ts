import { readFile } from 'node:fs/promises'
import { create, type DiskIO, type FatFs } from 'js-fatfs'
import { BuildError } from '../../errors.ts'
import { limitError } from '../../host/machine-error.ts'

type WasmImports = Record<string, Record<string, unknown>>
type ReceiveInstance = (instance: object) => object

// The part of the global that is used here. TypeScript declares it only with the whole DOM.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>
  Instance: new (module: object, imports: WasmImports) => object
}

/** Fields of C's `struct tm`, in order. Each has four bytes. */
const TM_BYTES = 4
const DAY_OF_WEEK = 6
const DAY_OF_YEAR = 7
const IS_DST = 8

/**
 * Creates an instance of ChaN's FatFs whose clock is fixed at `clock`, in UTC. FatFs writes the wall clock in local
 * time into directory entries, so two builds would differ. f_utime cannot correct that: it does not set the creation
 * time. Throws `MACHINE_MEMORY` if there is no memory for an instance.
 */
export async function createFatFs(diskio: DiskIO, clock: Date): Promise<FatFs> {
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_resolve, reject) => (fail = reject))
  const options = {
    diskio,
    // Emscripten's hook that instantiates the module. Imports can be replaced only here.
    instantiateWasm: (imports: WasmImports, receive: ReceiveInstance) => {
      replaceImport(imports, '__localtime_js', (_low: number, _high: number, tm: number) => {
        writeBrokenDownTime(fatFs, tm, clock)
      })
      // It looks up the names of the local time zone. That takes longer than all of FatFs's work.
      replaceImport(imports, '__tzset_js', () => undefined)
      try {
        return receive(new WebAssembly.Instance(fatFsModule, imports))
      } catch (error) {
        // Emscripten would print the error, try once more and print that, too. With an empty answer it waits for an instance, which never comes.
        fail(limitError(error) ?? error)
        return {}
      }
    },
  }
  const fatFsModule = await compileFatFs()
  const fatFs = await Promise.race([create(options), failed])
  return fatFs
}

// Import names are minified (`a.f`), but functions keep their names.
function replaceImport(imports: WasmImports, functionName: string, replacement: unknown): void {
  for (const importModule of Object.values(imports)) {
    for (const [key, value] of Object.entries(importModule)) {
      if (typeof value === 'function' && value.name === functionName) {
        importModule[key] = replacement
        return
      }
    }
  }
  throw new BuildError('BUG', { state: `js-fatfs no longer imports ${functionName}` })
}

function writeBrokenDownTime(fatFs: FatFs, tm: number, clock: Date): void {
  const fields = [
    clock.getUTCSeconds(),
    clock.getUTCMinutes(),
    clock.getUTCHours(),
    clock.getUTCDate(),
    clock.getUTCMonth(),
    clock.getUTCFullYear() - 1900,
  ]
  for (const [index, value] of fields.entries()) fatFs.setValue(tm + index * TM_BYTES, value, 'i32')
  // FatFs reads none of these.
  for (const index of [DAY_OF_WEEK, DAY_OF_YEAR, IS_DST]) fatFs.setValue(tm + index * TM_BYTES, 0, 'i32')
}

let compiled: Promise<object> | null = null

/** Compiles FatFs once per process. The volumes of all nodes share the code, but not the memory. */
function compileFatFs(): Promise<object> {
  const file = new URL('fatfs.wasm', import.meta.resolve('js-fatfs'))
  compiled ??= readFile(file).then((bytes) => WebAssembly.compile(bytes))
  return compiled
}
