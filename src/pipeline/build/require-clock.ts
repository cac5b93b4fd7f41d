import { BuildError } from '../../errors.ts'
import { lastWriteOf } from '../../image/last-write.ts'
import { withOpenBases } from '../../image/with-open-bases.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { OpenBase } from '../../model/patched-image.ts'
import { requireClock } from '../../pki/require-clock.ts'
import { makeStandIn } from '../../secrets/ensure-secrets.ts'
import { formatTime } from '../../text/format-time.ts'
import type { PlannedCluster } from '../plan/plan-cluster.ts'
import { hasSecretsFile, requireNotLost, storeOf } from '../project/open-store.ts'
import { resultFoldersOf } from '../project/result-folders.ts'
import { needsOf, renderPlans } from '../render/render-cluster.ts'
import type { BuildRequest } from './build-request.ts'
import { type Bases, obtainBases } from './obtain-bases.ts'

/** Clocks of two machines that are both right differ by less. */
const TOLERANCE_MS = 86_400_000

/**
 * Obtains the base images of a first build before it makes certificates: their last write shows whether the clock is late.
 * Returns null if there is a secrets file. Throws `CLOCK_BEFORE_PACKAGE`, `CLOCK_BEFORE_BASE`.
 */
export async function obtainBasesOfFirstBuild(planned: PlannedCluster, request: BuildRequest): Promise<Bases | null> {
  const { project, signal } = request
  const { cluster, plans } = planned
  const store = storeOf(project, cluster.name)
  if (await hasSecretsFile(store)) return null
  requireClock(project.now)
  await requireNotLost(store, resultFoldersOf(project, cluster.name))
  // Problems of templates are reported before a download.
  await renderPlans(project, planned, makeStandIn(needsOf(planned, 'missing')))
  const bases = await obtainBases(
    plans.map((plan) => ({ plan })),
    request,
  )
  await withOpenBases(bases.all, { workerCount: 1, signal }, async (openBaseOf) => {
    for (const base of bases.all) await requireClockAfter(openBaseOf(base), base, project.now)
  })
  return bases
}

/** Refuses a clock that is before the last write of a base image. Throws `CLOCK_BEFORE_BASE`. */
export async function requireClockAfter(
  open: OpenBase,
  { reference }: Pick<BaseImage, 'reference'>,
  now: Date,
): Promise<void> {
  const written = await lastWriteOf(open)
  if (now.getTime() >= written.getTime() - TOLERANCE_MS) return
  throw new BuildError('CLOCK_BEFORE_BASE', { now: formatTime(now), base: reference, written: formatTime(written) })
}
