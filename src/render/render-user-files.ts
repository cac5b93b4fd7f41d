import type { ClusterSecrets } from '../model/cluster-secrets.ts'
import type { ExtraFile } from '../model/cluster.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile } from '../model/rendered-node.ts'
import { reveal } from '../model/secret.ts'
import { plainFile, type RenderFile } from './file-renderer.ts'
import { belongsToRoot, PASSWORD_PATH, stageFiles } from './first-boot-commands.ts'
import type { PasswordHasher } from './hash-password.ts'
import type { TemplateCompiler } from './template-compiler.ts'
import type { NodeValues } from './template-values.ts'

/** Renders the hash of the administrator's password, if there is a password. The password itself is on no card. */
export function renderPassword(
  { admin: { user, password } }: NodePlan,
  { passwordSalt }: ClusterSecrets,
  hashPassword: PasswordHasher,
): readonly RenderedFile[] {
  if (password === null) return []
  const hash = password.form === 'hash' ? reveal(password.text) : hashPassword(reveal(password.text), passwordSalt)
  return [plainFile('root', PASSWORD_PATH, new TextEncoder().encode(`${user}:${hash}\n`), 0o600)]
}

/** Renders the files that the user adds. Files of owners other than root are staged until their owner exists. */
export function renderUserFiles(
  { name, files }: NodePlan,
  values: NodeValues,
  { compile, render }: { readonly compile: TemplateCompiler; readonly render: RenderFile },
): readonly RenderedFile[] {
  const contentOf = ({ path, mode, content }: ExtraFile): Uint8Array =>
    content instanceof Uint8Array
      ? content
      : render(compile(content), withId(values, name), { volume: 'root', path: path.slice(1), mode }).content
  return [
    ...files.filter(belongsToRoot).map((file) => plainFile('root', file.path.slice(1), contentOf(file), file.mode)),
    ...stageFiles(files).map(({ path, file }) => plainFile('root', path, contentOf(file), 0o600)),
  ]
}

/** Uses the node's name before the id is known, because the helper `plain` refuses an empty text. */
function withId({ open, secret }: NodeValues, name: string): NodeValues {
  if (open.instanceId !== '') return { open, secret }
  return { open: { ...open, instanceId: name }, secret: { ...secret, instanceId: name } }
}
