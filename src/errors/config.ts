import { adminErrors, profileErrors, shapeErrors } from './config/cluster-errors.ts'
import { k3sErrors } from './config/k3s-errors.ts'
import { networkErrors, nodeErrors } from './config/node-errors.ts'
import { referenceErrors } from './config/reference-errors.ts'
import { settingErrors } from './config/settings-errors.ts'
import { yamlErrors } from './config/yaml-errors.ts'
import type { ErrorEntry } from './error-entry.ts'

export const configErrors = {
  ...yamlErrors,
  ...shapeErrors,
  ...profileErrors,
  ...referenceErrors,
  ...adminErrors,
  ...k3sErrors,
  ...nodeErrors,
  ...networkErrors,
  ...settingErrors,
} as const satisfies Record<string, ErrorEntry>
