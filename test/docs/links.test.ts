/** Links, anchors and paths that the Markdown files name lead somewhere. */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { markdownFiles, projectFolder, readMarkdown, withoutCodeBlocks } from '../support/prose.ts'

/** Paths of the project in inline code, such as `src/errors.ts` and `docs/x.md`. */
const NAMED_PATH = /`((?:src|test|docs|bench|scripts|debian-13|\.ci)\/[\w./-]+)`/g

/** Names an anchor as GitHub does: https://github.com/gjtorikian/html-pipeline (toc filter). */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

function anchorsOf(path: string): ReadonlySet<string> {
  const headings = withoutCodeBlocks(readMarkdown(path)).matchAll(/^#{1,6} (.*)$/gm)
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)))
}

function findBrokenLinks(path: string, text: string): readonly string[] {
  const links = withoutCodeBlocks(text)
    .replace(/`[^`\n]*`/g, '')
    .matchAll(/\]\(([^)\s]+)\)/g)
  return [...links]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#')
      const linked = file === '' ? path : normalize(join(dirname(path), file))
      if (!existsSync(join(projectFolder, linked))) return true
      return anchor !== undefined && linked.endsWith('.md') && !anchorsOf(linked).has(anchor)
    })
}

function findMissingPaths(text: string): readonly string[] {
  return [...withoutCodeBlocks(text).matchAll(NAMED_PATH)]
    .map(([, path = '']) => path)
    .filter((path) => !existsSync(join(projectFolder, path)))
}

test('the files are found', () => {
  expect(markdownFiles()).toEqual(expect.arrayContaining(['README.md', 'docs/glossary.md', 'docs/errors.md']))
})

describe.each(markdownFiles())('%s', (path) => {
  test('links to files and headings that exist', () => {
    expect(findBrokenLinks(path, readMarkdown(path))).toEqual([])
  })

  test('names paths that exist', () => {
    expect(findMissingPaths(readMarkdown(path))).toEqual([])
  })
})

test('some page links to every page of docs', () => {
  const linked = markdownFiles().flatMap((path) =>
    [...withoutCodeBlocks(readMarkdown(path)).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
      normalize(join(dirname(path), target)),
    ),
  )
  // ARCHITECTURE.md links to the folder of decisions.
  const pages = markdownFiles().filter((path) => /^docs\/[^/]+\.md$/.test(path))
  expect(pages.filter((path) => !linked.includes(path))).toEqual([])
})

test('the checks find what is broken', () => {
  const text =
    'See [a](docs/none.md), [b](README.md#none), [c](#nowhere) and `src/none.ts`; [d](docs/glossary.md) is fine.'
  expect(findBrokenLinks('README.md', text)).toEqual(['docs/none.md', 'README.md#none', '#nowhere'])
  expect(findMissingPaths(text)).toEqual(['src/none.ts'])
})

test('every invariant of the architecture names the test that holds it', () => {
  const [, section = ''] = readMarkdown('ARCHITECTURE.md').split('\n## Invariants\n')
  const invariants = section.split(/^(?=\d+\. )/m).filter((part) => /^\d+\. /.test(part))
  expect(invariants.length).toBeGreaterThanOrEqual(6)
  // That the file exists is held by the check of named paths.
  expect(invariants.filter((text) => !/`test\/[\w./-]+\.test\.ts`/.test(text))).toEqual([])
})
