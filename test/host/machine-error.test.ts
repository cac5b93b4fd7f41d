import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { callError, limitError } from '../../src/host/machine-error.ts'
import { readProcessLimit } from '../../src/host/process-limits.ts'

const refused = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`${code}: as the system says`), { code, ...more })

test.each([
  [refused('EMFILE'), 'MACHINE_OPEN_FILES'],
  [new Error('outer', { cause: new Error('middle', { cause: refused('EMFILE') }) }), 'MACHINE_OPEN_FILES'],
  [refused('ENFILE'), 'MACHINE_OPEN_FILES'],
  [refused('ENOMEM'), 'MACHINE_MEMORY'],
  [refused('ERR_WORKER_OUT_OF_MEMORY'), 'MACHINE_MEMORY'],
  [new RangeError('WebAssembly.instantiate(): Out of memory: Cannot allocate'), 'MACHINE_MEMORY'],
  [new RangeError('Array buffer allocation failed'), 'MACHINE_MEMORY'],
  // The tests' own limit is high enough to find modules.
  [refused('ERR_MODULE_NOT_FOUND'), 'MACHINE_INSTALLATION_INCOMPLETE'],
])('finds the limit behind %s', (error, code) => {
  expect(limitError(error)?.code).toBe(code)
})

test.each([refused('ENOENT'), new RangeError('Invalid array length'), new Error('Out of memory'), 'EMFILE', undefined])(
  'finds no limit behind %s',
  (error) => {
    expect(limitError(error)).toBeNull()
  },
)

test('puts an error of the system into words', () => {
  try {
    closeSync(openSync('/no/such/folder', 'r'))
  } catch (error) {
    expect(callError(error)).toMatchObject({
      code: 'MACHINE_CALL_FAILED',
      message: 'The system refused to open /no/such/folder: ENOENT, no such file or directory.',
    })
  }
  expect.assertions(1)
})

test.each([new TypeError('no code'), refused('ERR_INVALID_ARG_TYPE'), refused('ENOENT', { syscall: undefined }), null])(
  'leaves %s alone: the system did not refuse anything',
  (error) => {
    expect(callError(error)).toBeNull()
  },
)

const testOnLinux = platform() === 'linux' ? test : test.skip
testOnLinux('reads limits of the process, also where none of its files is free', () => {
  expect(readProcessLimit('Max open files')).toBeGreaterThan(0)
  const module = fileURLToPath(new URL('../../dist/host/process-limits.js', import.meta.url))
  const script = `
    import { openSync } from 'node:fs'
    import { readProcessLimit } from ${JSON.stringify(module)}
    const before = readProcessLimit('Max open files')
    try { for (;;) openSync('/dev/null', 'r') } catch {}
    process.stdout.write([before, readProcessLimit('Max open files'), readProcessLimit('Max address space')].join(' '))`
  const args = ['-c', 'ulimit -n 100; exec "$0" --input-type=module --eval "$1"', process.execPath, script]
  expect(spawnSync('sh', args).stdout.toString()).toBe('100 0 Infinity')
})
