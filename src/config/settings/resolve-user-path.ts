import { resolve } from 'node:path'

/** Makes a user's path absolute: `~` is the home folder; other relative paths start at `folder`. */
export function resolveUserPath(path: string, folder: string, homeFolder: string): string {
  if (path === '~') return homeFolder
  return /^~[/\\]/.test(path) ? resolve(homeFolder, path.slice(2)) : resolve(folder, path)
}
