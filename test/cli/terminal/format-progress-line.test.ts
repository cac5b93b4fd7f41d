import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../src/cli/terminal/display-width.ts'
import {
  formatDuration,
  formatFinishedLine,
  formatProgressLine,
} from '../../../src/cli/terminal/format-progress-line.ts'
import type { ProgressEvent } from '../../../src/progress.ts'

const MIB = 1024 * 1024
const url = 'https://downloads.raspberrypi.com/raspios_lite_arm64/images/2026-04-01/2026-04-01-raspios-lite.img.xz'

const event = (change: Partial<ProgressEvent> = {}): ProgressEvent => ({
  step: 'download',
  subject: url,
  completedBytes: 231 * MIB,
  totalBytes: 550 * MIB,
  ...change,
})

describe('a step with a total', () => {
  const step = { event: event(), startBytes: 0, elapsedMs: 72_000 }

  test('at 80 columns has the most useful details, and shortens the subject in its middle', () => {
    expect(formatProgressLine(step, 80)).toBe(
      'downloading https://downloads.…raspios-lite.img.xz   42%  1:12  about 1:39 left',
    )
  })

  test('at 200 columns has a bar, bytes and the whole subject', () => {
    expect(formatProgressLine(step, 200)).toBe(
      `downloading ${url}  [########------------]  231.0 MiB of 550.0 MiB   42%  1:12  about 1:39 left`,
    )
  })

  test('the estimate of a resumed download counts only new bytes', () => {
    const resumed = { event: event(), startBytes: 200 * MIB, elapsedMs: 31_000 }
    expect(formatProgressLine(resumed, 80)).toContain('about 5:19 left')
  })

  test.each([
    ['in the first seconds', { ...step, elapsedMs: 2_000 }],
    ['while nothing has been done', { ...step, startBytes: 231 * MIB }],
  ])('%s, gives no estimate', (_case, early) => {
    expect(formatProgressLine(early, 200)).not.toContain('left')
  })
})

test('a step without a total shows elapsed time, and neither a bar nor a percentage', () => {
  const assembling = event({
    step: 'assemble',
    subject: 'Debian (trixie), making the initramfs',
    completedBytes: 0,
    totalBytes: null,
  })
  expect(formatProgressLine({ event: assembling, startBytes: 0, elapsedMs: 65_000 }, 80)).toBe(
    'assembling Debian (trixie), making the initramfs  1:05',
  )
})

test('a finished step shows its size and its duration', () => {
  const done = { event: event({ completedBytes: 550 * MIB }), startBytes: 0, elapsedMs: 172_000 }
  expect(formatFinishedLine(done, 80)).toBe(
    'downloaded https://downloads.raspbe…4-01-raspios-lite.img.xz  550.0 MiB in 2:52',
  )
})

test('whatever is shown, no line fills the terminal, and at 40 columns the percentage is there', () => {
  const bytes = fc.integer({ min: 0, max: 2 ** 40 })
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      bytes,
      fc.option(bytes),
      fc.integer({ min: 0, max: 1e8 }),
      fc.integer({ min: 2, max: 300 }),
      (subject, completedBytes, totalBytes, elapsedMs, columns) => {
        const step = { event: event({ subject, completedBytes, totalBytes }), startBytes: 0, elapsedMs }
        const line = formatProgressLine(step, columns)
        expect(displayWidth(line)).toBeLessThan(columns)
        expect(displayWidth(formatFinishedLine(step, columns))).toBeLessThan(columns)
        expect(line).not.toMatch(/\p{Control}/u)
        if (columns >= 40 && totalBytes !== null) expect(line).toMatch(/\d+%/)
      },
    ),
  )
})

test('control characters of a file name do not reach the terminal', () => {
  const event = { step: 'write', subject: 'a\x1b[2Jb\tc\u202ed', completedBytes: 0, totalBytes: null } as const
  const step = { event, startBytes: 0, elapsedMs: 0 }
  for (const line of [formatProgressLine(step, 80), formatFinishedLine(step, 80)])
    expect(line).toContain(' a\ufffd[2Jb\ufffdc\ufffdd ')
})

test.each([
  [0, '0:00'],
  [59_999, '0:59'],
  [3_600_000, '1:00:00'],
])('%i ms are %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text)
})
