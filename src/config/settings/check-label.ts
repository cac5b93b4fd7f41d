import { quote } from '../../errors/config/quote-value.ts'
import type { Problem } from '../../errors/problem.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import { at, atKey, type Place } from '../../yaml-source/place.ts'
import { isDnsName } from '../network/is-host.ts'

/** The name part of a label or taint key. Values that are not empty have the same form. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/

/**
 * The labels below kubernetes.io and k8s.io that a kubelet may set on the node where it runs:
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
const kubeletLabels: readonly string[] = [
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io']

/**
 * Checks a label of a node (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set).
 */
export function checkLabel(key: string, value: string, layer: Place): readonly Problem[] {
  const keyReason = labelKeyReason(key)
  if (keyReason !== null) return [problem('LABEL_INVALID', { key, reason: keyReason }, atKey(layer, 'labels', key))]
  if (isReserved(key)) return [problem('LABEL_RESERVED', { key }, atKey(layer, 'labels', key))]
  if (!isLabelValue(value))
    return [
      problem('LABEL_INVALID', { key, reason: `its value ${quote(value)} is not allowed` }, at(layer, 'labels', key)),
    ]
  return []
}

/** Says why a text is not a valid key of a label or taint; null where it is valid. */
export function labelKeyReason(key: string): string | null {
  const parts = key.split('/')
  const [name, domain] = [parts.at(-1) ?? '', parts.length === 2 ? parts[0] : undefined]
  if (parts.length > 2) return 'it holds more than one slash'
  if (domain !== undefined && (!isDnsName(domain) || domain !== domain.toLowerCase() || domain.includes('_')))
    return 'the text before the slash is not a domain'
  return NAME.test(name) ? null : 'its name is not allowed'
}

/** Says whether a text may be the value of a label or taint. */
export function isLabelValue(value: string): boolean {
  return value === '' || NAME.test(value)
}

function isReserved(key: string): boolean {
  const domain = key.includes('/') ? (key.split('/')[0] ?? '') : ''
  const isWithin = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`)
  if (!['kubernetes.io', 'k8s.io'].some(isWithin)) return false
  return !kubeletLabels.includes(key) && !kubeletDomains.some(isWithin)
}
