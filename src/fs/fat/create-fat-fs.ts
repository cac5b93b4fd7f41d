import { readFile } from 'node:fs/promises'
import { create, type DiskIO, type FatFs } from 'js-fatfs'
import { BuildError } from '../../errors.ts'

type WasmImports = Record<string, Record<string, unknown>>
type ReceiveInstance = (instance: object) => object

// The part of the global that is used here; TypeScript declares it only together with the whole DOM.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>
  Instance: new (module: object, imports: WasmImports) => object
}

/** Fields of C's `struct tm`, of four bytes each, in order. */
const TM_BYTES = 4
const DAY_OF_WEEK = 6
const DAY_OF_YEAR = 7
const IS_DST = 8

/**
 * Makes an instance of ChaN's FatFs whose clock stands at `clock`, in UTC. FatFs stamps directory entries with the wall
 * clock in local time, so two builds would differ; f_utime cannot mend that, since it does not reach the creation time.
 */
export async function createFatFs(diskio: DiskIO, clock: Date): Promise<FatFs> {
  const options = {
    diskio,
    // Emscripten's hook to instantiate the module: the place where its imports can be exchanged.
    instantiateWasm: (imports: WasmImports, receive: ReceiveInstance) => {
      replaceImport(imports, '__localtime_js', (_low: number, _high: number, tm: number) => {
        writeBrokenDownTime(fatFs, tm, clock)
      })
      // It would ask for the names of the local time zone, which takes longer than all of FatFs's own work.
      replaceImport(imports, '__tzset_js', () => undefined)
      return receive(new WebAssembly.Instance(fatFsModule, imports))
    },
  }
  const fatFsModule = await compileFatFs()
  const fatFs = await create(options)
  return fatFs
}

// Import names are minified (`a.f`), functions keep their names.
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

/** Compiles FatFs once per process: the volumes of all nodes share the code, not the memory. */
function compileFatFs(): Promise<object> {
  const file = new URL('fatfs.wasm', import.meta.resolve('js-fatfs'))
  compiled ??= readFile(file).then((bytes) => WebAssembly.compile(bytes))
  return compiled
}
