import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { seedsFolder } from './rendered.ts'

/**
 * Puts a script of `seeds/` into a folder that stands for the root of a machine, and returns its path. The folders that the script names are
 * those below that root, so it can run without settings, as on a node.
 */
export function placeRootedScript(name: string, root: string, path: string): string {
  const text = readFileSync(join(seedsFolder, name), 'utf8')
    .replaceAll(/(?<![\w/.}])\/(etc|var|boot|usr|run|home)(?=[/;'\s])/g, `${root}/$1`)
    // The script must not reach the root of this machine, nor any mutant of the script.
    .replaceAll(/\broot_folder=\/(?=[\s;])/g, `root_folder=${root}`)
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  return file
}
