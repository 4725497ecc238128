import { expect, it } from 'vitest'
import { mountSmallDisk } from '../support/disks.ts'
import { cccdOf } from '../support/people.ts'
import { makeLane } from './make-lane.ts'
import { openStore } from './store/drafts.ts'

const noDisk = 'this machine mounts no disk for the test: run it as root'

/** Reads people until the disk has refused three of them; gives how many were shown green. */
async function readUntilRefused({ lane, read, faults }: ReturnType<typeof makeLane>): Promise<number> {
  let greens = 0
  for (let n = 0; n < 5000 && faults.length < 3; n++) {
    await read(cccdOf(n))
    if (lane.state.screen.kind === 'verdict') greens++
  }
  return greens
}

it('A lane on a full disk shows its fault, and goes on without a restart when there is room again', async ({
  skip,
}) => {
  const disk = mountSmallDisk()
  if (disk === null) return skip(noDisk)
  const made = makeLane({ dir: disk.dir })
  const { lane, read, store, dir, faults } = made
  await read(cccdOf(9000))
  const makeRoom = disk.fill()
  let greens = 1 + (await readUntilRefused(made))
  expect([lane.state.screen, faults.length]).toEqual([{ kind: 'fault', fault: 'cannot-store' }, 3])
  expect(faults.map(({ message }) => message).join()).toMatch(/full|ENOSPC/)
  expect(store.visits.last()).toBe(greens)
  makeRoom()
  for (let n = 8000; n < 8010; n++) {
    await read(cccdOf(n))
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { visit: { seq: ++greens } } })
  }
  store.close()
  const again = openStore(dir)
  expect([again.verify(), again.report]).toEqual([{ kind: 'ok', visits: greens }, []])
})

it('A lane on a disk that became read-only shows its fault, and after a restart has what it showed green', async ({
  skip,
}) => {
  const disk = mountSmallDisk()
  if (disk === null) return skip(noDisk)
  const made = makeLane({ dir: disk.dir })
  const { lane, read, store, dir, faults } = made
  for (let n = 8000; n < 8020; n++) await read(cccdOf(n))
  disk.abort()
  expect(await readUntilRefused(made)).toBe(0)
  expect([lane.state.screen, faults.length]).toEqual([{ kind: 'fault', fault: 'cannot-store' }, 3])
  store.close()
  disk.mendAndMount()
  const again = openStore(dir)
  expect([again.verify(), again.damaged]).toEqual([{ kind: 'ok', visits: 20 }, false])
})
