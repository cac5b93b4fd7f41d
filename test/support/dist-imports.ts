import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** The part of Vite's plugins that is used here; Vite itself is Vitest's dependency and not ours. */
interface DistImports {
  readonly name: string
  transform(code: string, id: string): string | undefined
}

/**
 * Shows Vitest what a file loads out of `dist` by its name, in a thread or a process: imports of the sources, which never run.
 * Without them a change of those sources would select no test under `--changed`, nor run one again in watch mode.
 */
export function distImports(): DistImports {
  return {
    name: 'dist-imports',
    transform(code, id) {
      if (!id.endsWith('.ts') || id.includes('node_modules')) return undefined
      const sources = [...code.matchAll(/['"`]((?:\.\.\/)+)dist\/([\w/-]+)\.js['"`]/g)]
        .map(([, up, path]) => `${up ?? ''}src/${path ?? ''}.ts`)
        .filter((source) => existsSync(resolve(dirname(id), source)))
      if (sources.length === 0) return undefined
      return `${code}\nvoid (() => [${sources.map((source) => `import('${source}')`).join(', ')}])\n`
    },
  }
}
