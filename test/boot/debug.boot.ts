import { inject, test } from 'vitest'
import { BOOT_MS, withLab } from './lab.ts'
import { CLUSTER } from './cluster.boot.ts'
test('debug', async () => {
  await withLab({ title: 'debug', base: inject('bases').raspios ?? '', clusterText: CLUSTER, nodes: [{ name: 'server-1', host: 11 }, { name: 'worker-1', host: 12 }] }, async (lab) => {
    await lab.insert('server-1'); await lab.insert('worker-1')
    await lab.boot('server-1', (server) => lab.boot('worker-1', async (worker) => {
      await Promise.all([server.reach('cloud-init done', BOOT_MS), worker.reach('cloud-init done', BOOT_MS)])
      await server.reach('joined', BOOT_MS); await worker.reach('joined', 60000).catch(() => console.log('NOT JOINED'))
      for (const name of ['worker-1', 'server-1']) console.log(name, await lab.inside(name, 'curl -k -sS -m 20 https://10.77.0.11:6443/ping; journalctl -u k3s -u k3s-agent -o cat -n 60 -o short-monotonic --no-pager 2>&1; top -b -n 1 | head -20').catch((e: unknown) => String(e)))
    }))
  })
})
