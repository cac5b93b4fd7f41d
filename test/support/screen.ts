/** A terminal with a person in front of it: tmux draws the screen, and says what state the program left it in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { quoteShell } from '../../src/text/quote-shell.ts'
import { run } from './validators.ts'

export interface Screen {
  /** What is on the screen and above it, one string a row. */
  readonly rows: () => readonly string[]
  /** As `rows`, with rows joined that the terminal has wrapped. */
  readonly lines: () => readonly string[]
  /** Waits until a row or a line matches, and gives all rows. Fails where the test's time ends before. */
  readonly waitFor: (pattern: RegExp) => Promise<readonly string[]>
  readonly type: (...keys: readonly string[]) => void
  readonly resize: (columns: number) => void
  /** The terminal's state: line wrap on, and the cursor visible. */
  readonly modes: () => { readonly wrap: boolean; readonly cursor: boolean }
}

/** Runs a command on a terminal of this width; behind its output comes `exit code N`. */
export function openScreen(
  words: readonly string[],
  {
    columns,
    cwd,
    env,
  }: { readonly columns: number; readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Screen {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-tmux-'))
  const tmux = (...parameters: readonly string[]): string => {
    const { status, output } = run('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...parameters], {
      env: { TMUX: '', LC_ALL: 'C.UTF-8' },
    })
    if (status !== 0) throw new Error(`tmux ${parameters.join(' ')}: ${output}`)
    return output
  }
  const command = `env ${Object.entries(env)
    .map(([name, value]) => `${name}=${quoteShell(value)}`)
    .join(' ')} ${words.map(quoteShell).join(' ')}; echo exit code $?; sleep 1000`
  tmux('new-session', '-d', '-x', String(columns), '-y', '24', '-c', cwd, command)
  onTestFinished(() => {
    tmux('kill-server')
    rmSync(folder, { recursive: true, force: true })
  })
  const capture = (...more: readonly string[]): readonly string[] =>
    tmux('capture-pane', '-p', '-S', '-', ...more)
      .split('\n')
      .map((row) => row.trimEnd())
      .filter((row) => row !== '')
  return {
    rows: () => capture(),
    lines: () => capture('-J'),
    waitFor: async (pattern) => {
      for (;;) {
        // In this order: the rows that are returned are never older than the lines that match.
        const lines = capture('-J')
        const rows = capture()
        if ([...lines, ...rows].some((row) => pattern.test(row))) return rows
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    type: (...keys) => {
      tmux('send-keys', ...keys)
    },
    resize: (width) => {
      tmux('resize-window', '-x', String(width), '-y', '24')
    },
    modes: () => {
      const [wrap, cursor] = tmux('display-message', '-p', '#{wrap_flag} #{cursor_flag}').trim().split(' ')
      return { wrap: wrap === '1', cursor: cursor === '1' }
    },
  }
}
