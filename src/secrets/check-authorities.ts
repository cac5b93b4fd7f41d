import { BuildError } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import type { AuthorityState } from '../model/cluster-secrets.ts'
import { authorityFiles } from '../pki/cluster-pki.ts'
import { expiryOf } from '../pki/expiry.ts'
import { formatTime } from '../text/format-time.ts'
import { warning } from '../yaml-source/describe-problem.ts'
import type { SecretsFile } from './secrets-file.ts'
import { sharedAuthorities } from './separate-authorities.ts'

/** A year: an administrator's certificate that is issued today lives as long, and no longer than its authority. */
const WARNING_DAYS = 365
const DAY_MS = 86_400_000

/** Lists the certificate authorities of a cluster, and the root. */
export function listAuthorities(pki: SecretsFile['pki']): readonly AuthorityState[] {
  const shared: readonly string[] = sharedAuthorities(pki)
  return (['root', ...authorityFiles] as const).map((name) => ({
    name,
    expires: expiryOf(pki[name].certificate),
    trustsAll: shared.includes(name),
  }))
}

/** Refuses authorities that have expired: everything that they sign is worthless. Throws `SECRETS_AUTHORITY_EXPIRED`. */
export function requireAuthorities({ pki }: SecretsFile, file: string, now: Date): void {
  const expired = listAuthorities(pki).filter(({ expires }) => expires <= now)
  if (expired.length === 0) return
  throw new BuildError('SECRETS_AUTHORITY_EXPIRED', {
    file,
    authorities: expired.map(({ name }) => name),
    expired: earliestOf(expired),
  })
}

/** Warns of authorities with less than a year left, those that have expired among them, and of those that trust all others. */
export function warnOfAuthorities(authorities: readonly AuthorityState[], file: string, now: Date): readonly Problem[] {
  const expiring = authorities.filter(({ expires }) => expires.getTime() - now.getTime() < WARNING_DAYS * DAY_MS)
  const shared = authorities.filter(({ trustsAll }) => trustsAll)
  const namesOf = (some: readonly AuthorityState[]): readonly string[] => some.map(({ name }) => name)
  return [
    ...(expiring.length === 0
      ? []
      : [
          warning(
            'SECRETS_AUTHORITY_EXPIRES',
            { authorities: namesOf(expiring), expires: earliestOf(expiring) },
            { file },
          ),
        ]),
    ...(shared.length === 0 ? [] : [warning('SECRETS_AUTHORITIES_SHARED', { authorities: namesOf(shared) }, { file })]),
  ]
}

function earliestOf(authorities: readonly AuthorityState[]): string {
  return formatTime(new Date(Math.min(...authorities.map(({ expires }) => expires.getTime()))))
}
