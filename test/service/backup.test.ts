import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { writeEnrolment } from '../../service/secrets.ts'
import { writeBackup } from '../../service/store/backup.ts'
import type { Store } from '../../service/store/index.ts'
import { lockFolder } from '../../service/store/lock.ts'
import { tempFolder } from '../support/folder.ts'
import { letIn, newFile, openFolder } from '../support/offline-gate.ts'
import { printed, run } from '../support/programs.ts'

const key = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } as const
const enrolment = {
  url: 'https://platform.example',
  audience: 'https://platform.example',
  deviceId: 'dev_1',
  signingKey: key,
  privateKey: { ...key, d: 'secret of the gate' },
}

/** A gate with 10 visits of which the platform holds 4. */
async function makeGate() {
  const dir = tempFolder()
  writeEnrolment(dir, enrolment)
  const store = openFolder(dir)
  store.exchange.claim('dev_1')
  store.exchange.keepPolicy(3, 'a policy')
  await letIn(store, 10)
  store.exchange.acknowledge(4, [])
  return { dir, store, id: store.exchange.log().id }
}

async function backedUp(dir: string): Promise<string> {
  const file = newFile('gate.backup')
  expect(writeBackup(dir, file)).toBeNull()
  return file
}

async function restored(file: string, dir = join(tempFolder(), 'data')): Promise<{ dir: string; store: Store }> {
  await printed('service', ['restore', '--data', dir, file])
  return { dir, store: openFolder(dir) }
}

/** What the command says of why it did nothing. */
async function complaint(...args: string[]): Promise<string> {
  const { status, stderr } = await run('service', args)
  expect([status, stderr.trimEnd().split('\n')]).toEqual([1, [expect.any(String)]])
  return stderr.trimEnd()
}

describe('a backup', () => {
  it('is made beside the service, for its own user alone, and says what it holds', async () => {
    const { dir, store } = await makeGate()
    const file = newFile('gate.backup')
    const { status, stderr } = await run('service', ['backup', '--data', dir, file])
    expect([status, stderr]).toEqual([0, expect.stringContaining('holds the key of this gate')])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(existsSync(`${file}.part`)).toBe(false)
    await letIn(store, 1)
    expect(store.visits.last()).toBe(11)
  })

  it('overwrites nothing', async () => {
    const { dir } = await makeGate()
    const file = newFile('gate.backup')
    writeFileSync(file, 'precious')
    expect(await complaint('backup', '--data', dir, file)).toContain('is there already')
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  it('of a log that is broken is not written', async () => {
    const { dir, store } = await makeGate()
    store.close()
    const db = new Database(join(dir, 'gate.db'))
    db.exec(`UPDATE visits SET body = replace(body, '"in"', '"out"') WHERE seq = 7`)
    db.close()
    const file = newFile('gate.backup')
    expect(await complaint('backup', '--data', dir, file)).toContain('damaged at visit 7: the visit was changed')
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
  })

  it('needs a gate', async () => {
    const dir = tempFolder()
    expect(await complaint('backup', '--data', dir, newFile('x'))).toContain(`there is no gate database in ${dir}`)
  })
})

describe('a backup that is restored', () => {
  it('makes an empty folder the gate that it was, with what it owes in its old log and a new log for new visits', async () => {
    const gate = await makeGate()
    const { dir, store } = await restored(await backedUp(gate.dir))
    const [kept, ...more] = store.kept
    expect([kept?.exchange.log(), more]).toEqual([{ id: gate.id, acked: 4 }, []])
    expect(kept?.visits.read(1, 99)).toEqual(gate.store.visits.read(5, 99))
    expect(JSON.parse(readFileSync(join(dir, 'enrolment.json'), 'utf8'))).toEqual(enrolment)
    expect(statSync(join(dir, 'enrolment.json')).mode & 0o777).toBe(0o600)
    expect(store.exchange.policy()).toEqual({ version: 3, jws: 'a policy' })
    expect([store.exchange.log().id === gate.id, store.visits.last()]).toEqual([false, 0])
  })

  it('is the same when it is restored twice, and brings a log that waited in it as well', async () => {
    const gate = await makeGate()
    const first = await restored(await backedUp(gate.dir))
    await letIn(first.store, 2)
    const file = await backedUp(first.dir)
    const second = await restored(file)
    const ids = [gate.id, first.store.exchange.log().id].toSorted()
    expect(second.store.kept.map(({ exchange }) => exchange.log().id).toSorted()).toEqual(ids)
    second.store.close()
    const again = await restored(file, second.dir)
    expect(again.store.kept.map(({ visits }) => visits.last()).toSorted()).toEqual([10, 2])
  })

  it('adds to a folder with a log of its own, and leaves that alone', async () => {
    const gate = await makeGate()
    const file = await backedUp(gate.dir)
    const { dir, store } = await restored(file)
    await letIn(store, 3)
    store.close()
    rmSync(join(dir, 'kept'), { recursive: true })
    const { store: after } = await restored(file, dir)
    expect([after.visits.last(), after.kept[0]?.visits.last()]).toEqual([3, 10])
  })

  it('changes nothing in the folder that it was made of', async () => {
    const gate = await makeGate()
    const file = await backedUp(gate.dir)
    expect(await complaint('restore', '--data', gate.dir, file)).toContain('with 10 visits: nothing is missing')
  })

  it('is refused beside a service, and in the folder of another gate', async () => {
    const gate = await makeGate()
    const file = await backedUp(gate.dir)
    const dir = tempFolder()
    const lock = lockFolder(dir)
    expect(await complaint('restore', '--data', dir, file)).toContain('stop it first')
    if (lock.kind === 'held') lock.release()
    writeEnrolment(dir, { ...enrolment, deviceId: 'dev_2' })
    expect(await complaint('restore', '--data', dir, file)).toContain('the backup is of dev_1')
    expect(existsSync(join(dir, 'gate.db'))).toBe(false)
  })

  it.each([
    { what: 'no database', make: (file: string) => writeFileSync(file, 'x'.repeat(5000)), says: 'not a database' },
    { what: 'not there', make: (file: string) => rmSync(file), says: 'cannot be read' },
    {
      what: 'the database of a gate',
      make: (file: string) => {
        rmSync(file)
        openFolder(file).close()
        cpSync(join(file, 'gate.db'), `${file}.db`)
        rmSync(file, { recursive: true })
        cpSync(`${file}.db`, file)
      },
      says: 'is no backup of a gate',
    },
    {
      what: 'of a newer version',
      make: (file: string) => pragma(file, 'user_version = 99'),
      says: 'install the newer',
    },
    { what: 'cut short', make: (file: string) => cutShort(file), says: /malformed|damaged/ },
  ])('is refused where the file is $what', async ({ make, says }) => {
    const file = await backedUp((await makeGate()).dir)
    make(file)
    const dir = tempFolder()
    expect(await complaint('restore', '--data', dir, file)).toMatch(says)
    expect(existsSync(join(dir, 'gate.db'))).toBe(false)
  })
})

function pragma(file: string, text: string) {
  const db = new Database(file)
  db.pragma(text)
  db.close()
}

function cutShort(file: string) {
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.subarray(0, bytes.length - 8192))
}
