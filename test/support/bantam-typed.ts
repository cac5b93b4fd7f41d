import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cliPath } from './run-cli.ts'

const quickPassphrases = fileURLToPath(new URL('quick-passphrases.mjs', import.meta.url))

/** Runs a command in a separate terminal and types an answer to each question. Returns the text of the terminal. Passphrases are cheap. */
export async function bantamTyped(folder: string, words: string, answers: readonly string[]): Promise<string> {
  const child = spawn(
    'script',
    ['-qec', `${process.execPath} --import ${quickPassphrases} ${cliPath} ${words}`, '/dev/null'],
    {
      cwd: folder,
      env: { ...process.env, HOME: folder },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const left = [...answers]
  let shown = ''
  child.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    if (shown.endsWith(': ')) child.stdin.write(`${left.shift() ?? ''}\r`)
  })
  await new Promise((resolve) => child.on('close', resolve))
  return shown
}
