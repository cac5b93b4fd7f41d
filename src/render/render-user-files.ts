import type { ClusterSecrets } from '../model/cluster-secrets.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile } from '../model/rendered-node.ts'
import { reveal } from '../model/secret.ts'
import { plainFile } from './file-renderer.ts'
import { belongsToRoot, PASSWORD_PATH, stageFiles } from './first-boot-commands.ts'
import type { PasswordHasher } from './hash-password.ts'

/** Renders the hash of the administrator's password, where there is one: the password itself is on no card. */
export function renderPassword(
  { admin: { user, password } }: NodePlan,
  { passwordSalt }: ClusterSecrets,
  hashPassword: PasswordHasher,
): readonly RenderedFile[] {
  if (password === null) return []
  const hash = password.form === 'hash' ? reveal(password.text) : hashPassword(reveal(password.text), passwordSalt)
  return [plainFile('root', PASSWORD_PATH, new TextEncoder().encode(`${user}:${hash}\n`), 0o600)]
}

/** Renders the files that the user adds; those of other owners wait until their owner exists. */
export function renderUserFiles({ files }: NodePlan): readonly RenderedFile[] {
  return [
    ...files.filter(belongsToRoot).map((file) => plainFile('root', file.path.slice(1), file.content, file.mode)),
    ...stageFiles(files).map(({ path, file }) => plainFile('root', path, file.content, 0o600)),
  ]
}
