/** Global set-up of every test run: threads and processes load `dist`, so it is built first where it is older than the sources. */
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { buildDist } from '../../scripts/build-dist.mjs'

const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

export async function setup(project: TestProject): Promise<void> {
  await buildDist(projectFolder)
  project.onTestsRerun(async () => {
    await buildDist(projectFolder)
  })
}
