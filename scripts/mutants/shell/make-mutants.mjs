/** Mutants of a shell script: one command at a time does nothing, or fails where its exit code decides what runs next. */
import { spawnSync } from 'node:child_process'
import { findCommands } from './find-commands.mjs'

/**
 * The command by which a test gives a script its folders. Without it, the script would work on those of the machine that runs the tests: it
 * has no mutants.
 */
const READING_SETTINGS = '. "$settings_file"'

export function makeMutants(path, text) {
  return findCommands(text).flatMap((command, index) => {
    const original = text.slice(command.start, command.end)
    if (original === READING_SETTINGS) return []
    return (command.decides ? [':', 'false'] : [':'])
      .filter((replacement) => replacement !== original)
      .map((replacement) => ({
        path,
        command: index,
        place: `${path}:${text.slice(0, command.start).split('\n').length}`,
        change: `${original} → ${replacement}`,
        text: `${text.slice(0, command.start)}${replacement}${text.slice(command.end)}`,
      }))
      .filter((mutant) => isShell(mutant.text))
  })
}

/** The script with a note in front of each command: its path and number go into a file. */
export function addNotes(path, text, notesFile) {
  const commands = findCommands(text)
  const edits = commands.flatMap((command, index) => {
    // A command that reads the exit code of the one before it belongs to that one.
    if (readsExitCode(text, command)) return []
    return [
      { at: command.start, insert: `{ echo ${path} ${index} >>'${notesFile}'; ` },
      { at: command.end, insert: '; }', closes: true },
    ]
  })
  // From the end, so that places stay true. Where one command ends and another starts, the end comes first.
  edits.sort((first, second) => second.at - first.at || Number(first.closes ?? false) - Number(second.closes ?? false))
  const noted = edits.reduce((before, { at, insert }) => before.slice(0, at) + insert + before.slice(at), text)
  if (!isShell(noted)) throw new Error(`${path}: the notes are no valid shell`)
  return noted
}

/** Number of the command whose note stands for that of `index`. */
export function notedCommand(text, index) {
  const commands = findCommands(text)
  let noted = index
  while (noted > 0 && readsExitCode(text, commands[noted])) noted -= 1
  return noted
}

/** `return` alone hands on the exit code of the command before it. */
function readsExitCode(text, { start, end }) {
  const command = text.slice(start, end)
  return command.includes('$?') || command === 'return' || command === 'exit'
}

function isShell(text) {
  const filled = text.replace(/\{\{[#/][^}]*\}\}/g, '').replace(/\{\{[^}]*\}\}/g, 'word')
  return spawnSync('dash', ['-n'], { input: filled }).status === 0
}
