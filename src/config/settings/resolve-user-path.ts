import { resolve } from 'node:path'

/** Makes a path that a user wrote absolute: `~` is the home folder, all else counts from `folder`. */
export function resolveUserPath(path: string, folder: string, homeFolder: string): string {
  if (path === '~') return homeFolder
  return /^~[/\\]/.test(path) ? resolve(homeFolder, path.slice(2)) : resolve(folder, path)
}
