import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plan, render, setSecret, showSecrets, unsetSecret, validate } from '../../src/index.ts'
import { createPskDeriver } from '../../src/render/derive-psk.ts'
import { project } from '../support/cli-project.ts'
import { expectRejection } from '../support/expect-code.ts'

const clusterWith = (password: string): string =>
  join(
    project(
      `name: home\nnetwork: {wifi: {ssid: barn, password: '${password}', country: GB}}\nnodes: [{name: server-1, profile: server}]\n`,
    ),
    'cluster.yaml',
  )
const keyIn = (out: string): string =>
  readFileSync(join(out, 'home.access/seeds/server-1/root/etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'), 'utf8')

test('a reference takes the variable from the option `env`', async () => {
  const cluster = clusterWith('${env:WIFI_PASSWORD}')
  const out = join(cluster, '../out')
  await expectRejection('CLUSTER_INVALID', render({ cluster, out, env: {} }))
  await render({ cluster, out, env: { WIFI_PASSWORD: 'correct horse' } })
  expect(keyIn(out)).toContain(createPskDeriver()('barn', 'correct horse'))
  expect((await validate({ cluster, env: {} })).warnings).toMatchObject([{ code: 'REFERENCE_VARIABLE_UNSET' }])
  expect((await plan({ cluster, env: {} })).warnings).toEqual([])
})

test('setSecret stores a value that a reference takes, and unsetSecret removes it', async () => {
  const cluster = clusterWith('${secret:wifi.home}')
  const out = join(cluster, '../out')
  const { file } = await setSecret({ cluster, name: 'wifi.home', value: 'correct horse' })
  expect(file).toBe(join(cluster, '../home.secrets.yaml'))
  await render({ cluster, out })
  expect(keyIn(out)).toContain(createPskDeriver()('barn', 'correct horse'))
  expect((await showSecrets({ cluster })).secrets).toContainEqual(expect.objectContaining({ name: 'wifi.home' }))
  await unsetSecret({ cluster, name: 'wifi.home' })
  await expectRejection('SECRETS_VALUE_UNKNOWN', unsetSecret({ cluster, name: 'wifi.home' }))
  await expectRejection('SECRETS_VALUE_NAME_INVALID', setSecret({ cluster, name: 'wifi home', value: 'x' }))
})
