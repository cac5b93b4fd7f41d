import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CliContext, defaultCacheFolder } from '../../src/cli/context.ts'
import { errorOf, project } from '../support/cli-project.ts'
import { expectCode } from '../support/expect-code.ts'
import { cliPath } from '../support/run-cli.ts'
import { run, testWith } from '../support/validators.ts'

describe('the cache folder', () => {
  // Nothing else of the context is read.
  const context = (env: NodeJS.ProcessEnv, homeFolder: string | null): CliContext =>
    ({ env, homeFolder }) as unknown as CliContext

  test.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
    ['BANTAM_CACHE', { BANTAM_CACHE: '/c', XDG_CACHE_HOME: '/x' }, 'linux', '/c'],
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/x' }, 'darwin', join('/x', 'bantam')],
    ['the custom of Linux', {}, 'linux', join('/home/ada', '.cache', 'bantam')],
    ['the custom of macOS', {}, 'darwin', join('/home/ada', 'Library', 'Caches', 'bantam')],
    ['the custom of Windows', { LOCALAPPDATA: '/l' }, 'win32', join('/l', 'bantam', 'cache')],
  ])('is where %s says', (_case, env, platform, folder) => {
    expect(defaultCacheFolder(context(env, '/home/ada'), platform)).toBe(folder)
  })

  test('is unknown without a home folder, unless it is given', () => {
    expectCode('CACHE_HOME_UNKNOWN', () => defaultCacheFolder(context({}, null), 'linux'))
    expect(defaultCacheFolder(context({ BANTAM_CACHE: '/c' }, null), 'linux')).toBe('/c')
  })
})

const testAsNobody = process.getuid?.() === 0 ? testWith('setpriv') : test.skip

testAsNobody(
  'a user without HOME and without an entry in the list of users can run commands that need no home folder',
  () => {
    const folder = project()
    run('chmod', ['755', folder])
    const asNobody = (...parameters: readonly string[]) => {
      const words = ['--reuid', '54321', '--regid', '54321', '--clear-groups', 'env', '-i', process.execPath, cliPath]
      return run('setpriv', [...words, ...parameters], { cwd: folder })
    }
    expect(asNobody('--version')).toMatchObject({
      status: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    })
    expect(asNobody('plan')).toMatchObject({ status: 0, output: expect.stringContaining('worker-2') as string })
    const refused = asNobody('inspect', 'some.img', '--json')
    expect([refused.status, errorOf(refused.output).code]).toEqual([2, 'CACHE_HOME_UNKNOWN'])
  },
)
