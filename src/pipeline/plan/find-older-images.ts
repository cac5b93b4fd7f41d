import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { artifactFormats } from '../../model/artifact.ts'
import type { Project } from '../project/project.ts'
import type { PlannedCluster } from './plan-cluster.ts'

/** Finds images of the planned nodes that were written before the cluster file was last changed. Gives their paths. */
export async function findOlderImages(
  project: Project,
  { cluster, plans }: PlannedCluster,
): Promise<readonly string[]> {
  const changedAt = await lastWrite(project.clusterFile)
  const images = plans.flatMap(({ name }) =>
    artifactFormats.map((format) => join(project.outFolder, cluster.name, `${name}.${format}`)),
  )
  const writtenAt = await Promise.all(images.map(lastWrite))
  return images.filter((_, index) => (writtenAt[index] ?? null) !== null && (writtenAt[index] ?? 0) < (changedAt ?? 0))
}

/** In milliseconds since 1970; null where there is no file. */
async function lastWrite(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  )
}
