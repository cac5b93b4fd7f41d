/** bantam as a library: one function for each command. docs/api.md explains each, with an example. */
export { boot, type BootOptions } from './api/boot.ts'
export { buildImages, type BuildOptions } from './api/build-images.ts'
export { findSecrets, type FindSecretsOptions, inspect, type InspectOptions } from './api/inspect.ts'
export { kubeconfig, type KubeconfigOptions, type WrittenKubeconfig } from './api/kubeconfig.ts'
export type { AgeKeys } from './api/options.ts'
export { type Plan, plan, type PlanOptions } from './api/plan.ts'
export { render, type RenderOptions } from './api/render.ts'
export {
  decryptSecrets,
  type EncryptOptions,
  encryptSecrets,
  type ForgetOptions,
  forgetSecrets,
  type RotateOptions,
  rotateSecrets,
  type SecretsFileOptions,
  showSecrets,
} from './api/secrets.ts'
export { starterCluster } from './api/starter-cluster.ts'
export { validate, type ValidateOptions } from './api/validate.ts'
export type { StarterOptions } from './config/starter-cluster.ts'
export type { Milestone, MilestoneName } from './emulator/milestones.ts'
export { BuildError, type ErrorCode, errorCodes, type ErrorFacts, hasCode, isBuildError } from './errors.ts'
export type { FoundSecret } from './image/find-secrets.ts'
export type { Artifact, ArtifactFormat } from './model/artifact.ts'
export type { BaseImage } from './model/base-image.ts'
export type { Cluster, ClusterNode } from './model/cluster.ts'
export type { NodePlan } from './model/node-plan.ts'
export type { Secret } from './model/secret.ts'
export type { AccessFiles } from './pipeline/access/write-access.ts'
export type { BootedImage } from './pipeline/boot/boot-images.ts'
export type { BuildResult } from './pipeline/build/build-images.ts'
export type { Inspection } from './pipeline/inspect/inspect-image.ts'
export type { WrittenSeeds } from './pipeline/render/write-seeds.ts'
export type { Forgetting } from './pipeline/secrets/forget-secrets.ts'
export type { SecretsList } from './pipeline/secrets/manage-secrets.ts'
export type { Rotation } from './pipeline/secrets/rotate-secrets.ts'
export type { Progress, ProgressEvent } from './progress.ts'
export type { PreviousDescription } from './secrets/describe-previous.ts'
export type { SecretDescription } from './secrets/describe-secrets.ts'
export type { RotatableSecret } from './secrets/rotate-secrets.ts'
export type { Problem } from './errors/problem.ts'
