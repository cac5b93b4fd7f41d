import { describe, expect, test } from 'vitest'
import { type ErrorCode, hasCode } from '../../src/errors.ts'
import * as bantam from '../../src/index.ts'

/** Calls a function as JavaScript does, which no compiler checks. */
async function failureOf(name: string, options?: unknown): Promise<{ code: ErrorCode; message: string; hint: string }> {
  const functions = bantam as unknown as Readonly<Record<string, (options: unknown) => unknown>>
  try {
    await functions[name]?.(options)
  } catch (error) {
    if (bantam.isBuildError(error)) return { code: error.code, message: error.message, hint: error.hint }
    throw error
  }
  throw new Error(`${name} accepted it`)
}

const REQUIRED: readonly (readonly [string, readonly string[]])[] = [
  ['boot', ['images']],
  ['buildImages', ['cluster', 'out']],
  ['decryptSecrets', ['cluster']],
  ['encryptSecrets', ['cluster']],
  ['findSecrets', ['image', 'cluster']],
  ['inspect', ['image']],
  ['kubeconfig', ['cluster', 'out']],
  ['plan', ['cluster']],
  ['render', ['cluster', 'out']],
  ['rotateSecrets', ['cluster', 'out', 'secret']],
  ['setSecret', ['cluster', 'name', 'value']],
  ['showSecrets', ['cluster']],
  ['unsetSecret', ['cluster', 'name']],
  ['validate', ['cluster']],
]
const VALUES: Readonly<Record<string, unknown>> = {
  cluster: 'none.yaml',
  out: 'out',
  image: 'none.img',
  images: ['none.img'],
  secret: 'host-keys',
  name: 'wifi.home',
  value: 'x',
}

describe.each(REQUIRED)('%s', (name, required) => {
  test('names the first option that is missing', async () => {
    const [first = ''] = required
    for (const options of [undefined, {}, { [first]: undefined }]) {
      const { code, message } = await failureOf(name, options)
      expect(code).toBe('API_OPTION_MISSING')
      expect(message).toBe(`${name}() was called without \`${first}\`.`)
    }
  })

  test.each(required.map((option) => [option]))('does not run without %s', async (missing) => {
    const options = Object.fromEntries(required.filter((one) => one !== missing).map((one) => [one, VALUES[one]]))
    expect(await failureOf(name, options)).toMatchObject({
      code: 'API_OPTION_MISSING',
      message: `${name}() was called without \`${missing}\`.`,
    })
  })

  test('takes an object and nothing else', async () => {
    for (const wrong of ['cluster.yaml', 7, ['cluster.yaml']]) {
      const { code, message } = await failureOf(name, wrong)
      expect(code).toBe('API_OPTION_INVALID')
      expect(message).toContain('is not an object of options')
    }
  })

  test('refuses unknown names of options', async () => {
    const options = Object.fromEntries(required.map((one) => [one, VALUES[one]]))
    expect(await failureOf(name, { ...options, signall: new AbortController().signal })).toMatchObject({
      code: 'API_OPTION_UNKNOWN',
      hint: 'Did you mean `signal`?',
    })
    expect((await failureOf(name, { ...options, constructor: 1 })).code).toBe('API_OPTION_UNKNOWN')
  })
})

test.each([
  ['jobs', 0, 'buildImages() was given 0 as `jobs`, which is not a whole number from 1.'],
  ['jobs', '3', 'buildImages() was given "3" as `jobs`, which is not a whole number from 1.'],
  ['workerCount', 1.5, 'buildImages() was given 1.5 as `workerCount`, which is not a whole number from 1.'],
  ['format', 'zip', 'buildImages() was given "zip" as `format`, which is not one of img, img.xz.'],
  ['secrets', false, 'buildImages() was given false as `secrets`, which is not one of image, detached.'],
  ['nodes', 'worker-1', 'buildImages() was given "worker-1" as `nodes`, which is not a list of texts.'],
  ['profiles', [1], 'buildImages() was given a list as `profiles`, which is not a list of texts.'],
  ['progress', {}, 'buildImages() was given an object as `progress`, which is not a function.'],
  ['signal', {}, 'buildImages() was given an object as `signal`, which is not an AbortSignal.'],
  ['clock', new Date(NaN), 'buildImages() was given a Date as `clock`, which is not a valid Date.'],
  ['now', 1_790_000_000, 'buildImages() was given 1790000000 as `now`, which is not a valid Date.'],
  ['out', '', 'buildImages() was given "" as `out`, which is not a text.'],
  ['base', 'x'.repeat(99), null],
])('refuses %s: %j', async (option, value, message) => {
  const promise = failureOf('buildImages', { cluster: 'none.yaml', out: 'out', [option]: value })
  // A long text is a fine name of a base image: what fails is the cluster file.
  if (message === null) expect((await promise).code).toBe('YAML_FILE_UNREADABLE')
  else expect(await promise).toMatchObject({ code: 'API_OPTION_INVALID', message })
})

test('shows no secret of what it refuses', async () => {
  const keys = { identities: 'AGE-SECRET-KEY-1XYZ', passphrase: 'open sesame' }
  const { code, message, hint } = await failureOf('render', { cluster: 'none.yaml', out: 'out', keys })
  expect(code).toBe('API_OPTION_INVALID')
  expect(message).toBe('render() was given a value as `keys.identities`, which is not a list of texts.')
  expect(message + hint).not.toMatch(/XYZ|sesame/)
})

test('names the key of `keys` that was meant', async () => {
  const keys = { passphrse: 'open sesame' }
  expect(await failureOf('render', { cluster: 'none.yaml', out: 'out', keys })).toMatchObject({
    code: 'API_OPTION_UNKNOWN',
    hint: 'Did you mean `passphrase`?',
  })
})

test('lists the options where none is near', async () => {
  expect((await failureOf('plan', { cluster: 'none.yaml', zzzzzz: 1 })).hint).toBe(
    'Its options are: cluster, workingFolder, homeFolder, env, now, signal, profiles, nodes.',
  )
})

test.each([
  [{ servers: 2 }, 'servers'],
  [{ name: 'No' }, 'name'],
  [{ workers: -1 }, 'workers'],
  [{ board: 'pi9' }, 'board'],
])('starterCluster refuses %j', (options, option) => {
  expect(() => bantam.starterCluster(options as object)).toThrow(`as \`${option}\``)
})

test('boot wants at least one image', async () => {
  await expect(bantam.boot({ images: [] })).rejects.toSatisfy((error) => hasCode(error, 'API_OPTION_MISSING'))
})

const FORWARD = { address: '10.0.2.4', port: 80, hostPort: 8080 }

// Each of these would become a part of a QEMU parameter.
test.each([
  [{ network: '10.0.2.0/24,hostfwd=tcp::22-:22' }, 'network'],
  [{ network: '10.0.2.0/24,restrict=off' }, 'network'],
  [{ network: '10.0.2.0/24\n' }, 'network'],
  [{ network: '10.0.0.0/8' }, 'network'],
  [{ network: '999.0.2.0/24' }, 'network'],
  [{ network: ['10.0.2.0/24'] }, 'network'],
  [{ forwards: FORWARD }, 'forwards'],
  [{ forwards: [null] }, 'forwards[0]'],
  [{ forwards: ['10.0.2.4:80=8080'] }, 'forwards[0]'],
  [{ forwards: [FORWARD, { ...FORWARD, address: '10.0.2.4:1-cmd:id,guestfwd=tcp:10.0.2.5' }] }, 'forwards[1]'],
  [{ forwards: [{ ...FORWARD, address: '10.0.2.3' }] }, 'forwards[0]'],
  [{ forwards: [{ ...FORWARD, address: '10.0.2.100' }] }, 'forwards[0]'],
  [{ forwards: [{ ...FORWARD, address: '10.0.3.4' }] }, 'forwards[0]'],
  [{ network: '10.0.3.0/24', forwards: [FORWARD] }, 'forwards[0]'],
  [{ forwards: [{ ...FORWARD, port: '80-cmd:id,restrict=off' }] }, 'forwards[0]'],
  [{ forwards: [{ ...FORWARD, port: 0 }] }, 'forwards[0]'],
  [{ forwards: [{ ...FORWARD, hostPort: '8080' }] }, 'forwards[0]'],
  [{ forwards: [{ ...FORWARD, hostPort: 65_536 }] }, 'forwards[0]'],
  [{ forwards: [{ address: FORWARD.address, port: 80 }] }, 'forwards[0]'],
  [{ kernel: { kernelPath: 7, initramfsPath: 'initrd' } }, 'kernel.kernelPath'],
])('boot refuses %j', async (options, option) => {
  expect(await failureOf('boot', { images: ['none.img'], ...options })).toMatchObject({
    code: 'API_OPTION_INVALID',
    message: expect.stringContaining(`as \`${option}\``) as string,
  })
})

test('boot wants kernel and initramfs together', async () => {
  expect(await failureOf('boot', { images: ['none.img'], kernel: { kernelPath: 'vmlinuz' } })).toMatchObject({
    code: 'API_OPTION_MISSING',
    message: 'boot() was called without `kernel.initramfsPath`.',
  })
})
