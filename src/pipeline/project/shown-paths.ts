import { isAbsolute, join, relative } from 'node:path'
import { quoteShellLine } from '../../text/quote-shell.ts'
import type { Project } from './project.ts'

/** Shortens a path to what a person in the working folder types: relative if the file is below that folder, else absolute. */
export function shownPath({ workingFolder }: Pick<Project, 'workingFolder'>, path: string): string {
  const short = relative(workingFolder, path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

/** Writes a path for a command that a person in the working folder types: shortened, and as one word of a shell. */
export function typedPath(project: Pick<Project, 'workingFolder'>, path: string): string {
  const shown = shownPath(project, path)
  // A path that begins with a dash would be an option.
  return quoteShellLine(shown.startsWith('-') ? `./${shown}` : shown)
}

/** Returns the options that choose this cluster, for commands in texts. Empty if the defaults choose it. */
export function clusterOptionsOf(project: Project): string {
  const { workingFolder, clusterFile, outFolder } = project
  const option = (name: string, path: string, otherwise: string): string =>
    path === join(workingFolder, otherwise) ? '' : ` --${name} ${typedPath(project, path)}`
  return `${option('cluster', clusterFile, 'cluster.yaml')}${option('out', outFolder, 'out')}`
}
