import { expect, test } from 'vitest'
import { findRoot, type RootCandidate } from '../../src/image/find-root.ts'

function candidate(number: number, label: string | null): RootCandidate {
  return {
    partition: { number, type: 0x83, bootable: false, byteStart: number * 512, byteLength: 512 },
    partUuid: `4d8fd085-0${number}`,
    volume: label === null ? null : { label, uuid: `1111111${number}-2222-3333-4444-55555555555a` },
  }
}

const candidates = [candidate(1, null), candidate(2, 'root fs'), candidate(3, 'data'), candidate(4, 'data')]

test.each([
  ['PARTUUID=4d8fd085-03', [3]],
  ['PARTUUID=4D8FD085-02', [2]],
  ['PARTUUID=4d8fd085-1', []],
  ['PARTUUID=deadbeef-02', []],
  ['LABEL=root fs', [2]],
  ['LABEL=ROOT FS', []],
  ['LABEL=root\\x20fs', []],
  ['LABEL=data', [3, 4]],
  ['UUID=11111112-2222-3333-4444-55555555555a', [2]],
  ['UUID=11111112-2222-3333-4444-55555555555A', [2]],
  ['UUID=', []],
  ['/dev/disk/by-label/root\\x20fs', [2]],
  ['/dev/disk/by-partuuid/4d8fd085-04', [4]],
  ['/dev/disk/by-uuid/11111113-2222-3333-4444-55555555555a', [3]],
  ['/dev/mmcblk0p2', [2]],
  ['/dev/mmcblk1p3', [3]],
  ['/dev/nvme0n1p2', [2]],
  ['/dev/sda2', [2]],
  ['/dev/vda3', [3]],
  ['/dev/sda9', []],
  ['/dev/sda', []],
  ['/dev/mmcblk0', []],
  ['/dev/mapper/root2', []],
  ['/dev/nfs', []],
  ['PARTLABEL=root', []],
  ['overlay', []],
  ['', []],
])('root=%s names partitions %o', (root, numbers) => {
  expect(findRoot(root, candidates).map(({ partition }) => partition.number)).toEqual(numbers)
})
