import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { assert, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { readerClaim } from '../../drivers/readers/claim.ts'
import type { DeviceInfo, ReaderDriver, ReaderEvents, UsbInfo } from '../../drivers/readers/driver.ts'
import { readerDrivers } from '../../drivers/readers/index.ts'
import { Supervisor } from '../../drivers/supervisor.ts'
import { roleClaim } from '../../service/role-claim.ts'
import { identityOf, needsRole, Roles } from '../../service/roles.ts'
import { tempFolder } from '../support/folder.ts'
import { openPty, type Pty } from '../support/pty.ts'

const serial = (id: string, more = {}) => ReaderSettings.parse({ id, driver: 'serial', ...more })
const ch340 = (port: string): UsbInfo => ({ vendorId: '1a86', productId: '7523', serialNumber: null, port })
const cino = (serialNumber: string, port: string): UsbInfo => ({
  vendorId: '1fbb',
  productId: '3850',
  serialNumber,
  port,
})
const at = ({ path }: Pick<Pty, 'path'>, usb: UsbInfo): DeviceInfo => ({ kind: 'serial', id: path, path, usb })

function opened(dir: string): Roles {
  const roles = Roles.open(dir)
  assert(typeof roles !== 'string', String(roles))
  return roles
}

/** The readers, looked after as the service does; `plugged` may change meanwhile. */
async function gate(dir: string, readers: readonly ReaderSettings[], plugged: DeviceInfo[]) {
  const roles = opened(dir)
  const told: string[] = []
  const drivers = roles.drivers(readerDrivers)
  const claims = readers.map((reader) =>
    readerClaim(reader, drivers, {
      reading: async (id, bytes) => void told.push(`${id} read ${Buffer.from(bytes)}`),
      overlong: () => {},
      state: (id, state) => {
        roles.state(id, state)
        told.push(`${id} ${state.kind}`)
      },
    }),
  )
  const list = async () => [...plugged]
  const setup = roleClaim({ readers, drivers: readerDrivers, roles, log: pino({ enabled: false }), list })
  const supervisor = new Supervisor([setup, ...claims], list)
  onTestFinished(() => supervisor.stop())
  await supervisor.start()
  return { told, stop: () => supervisor.stop() }
}

const kept = (dir: string) => JSON.parse(readFileSync(join(dir, 'roles.json'), 'utf8'))
const within = { timeout: 5000 }

describe('a reader whose settings name no device', () => {
  it('is the device that reads its test code, now and after a restart', async () => {
    const dir = tempFolder()
    const readers = [serial('in'), serial('out')]
    const [left, right] = [await openPty(), await openPty()]
    const plugged = [at(left, ch340('1-1')), at(right, cino('SN1', '1-2'))]
    const first = await gate(dir, readers, plugged)
    expect(first.told).toEqual(['in absent', 'out absent'])
    await right.write('somebody\rgate-role:in\r')
    await vi.waitFor(() => expect(first.told).toContain('in open'), within)
    await left.write(']Q1gate-role:out\r')
    await vi.waitFor(() => expect(first.told).toContain('out open'), within)
    await left.write('A\r')
    await right.write('B\r')
    await vi.waitFor(() => expect(first.told.slice(-2).toSorted()).toEqual(['in read B', 'out read A']))
    expect(kept(dir)).toEqual({
      in: { vendorId: '1fbb', productId: '3850', serialNumber: 'SN1' },
      out: { vendorId: '1a86', productId: '7523', port: '1-1' },
    })
    expect(statSync(join(dir, 'roles.json')).mode & 0o777).toBe(0o600)
    await first.stop()
    const second = await gate(dir, readers, plugged)
    expect(second.told).toEqual(['in open', 'out open'])
  })

  it('gets a device by exactly its own code, within what the settings say stands around it', async () => {
    const roles = opened(tempFolder())
    const readers = [serial('in', { prefix: '<' }), serial('other')]
    let read: ReaderEvents['reading'] | undefined
    const open: ReaderDriver['open'] = async (_device, _settings, on) => {
      read = on.reading
      return { close: async () => {} }
    }
    const [driver] = readerDrivers.flatMap((each) => (each.name === 'serial' ? { ...each, open } : []))
    const drivers = driver === undefined ? [] : [driver]
    const claim = roleClaim({ readers, drivers, roles, log: pino({ enabled: false }), list: async () => [] })
    await claim.match(at({ path: '/dev/a' }, ch340('1-1')))?.(() => {})
    const waiting = () => readers.filter((reader) => roles.isOpenTo(reader)).map(({ id }) => id)
    for (const code of ['gate-role:inn', 'gate-role:', 'xgate-role:in', 'GATE-ROLE:in', 'gate-role:in ', '']) {
      await read?.(Buffer.from(code))
      expect(waiting(), code).toEqual(['in', 'other'])
    }
    await read?.(Buffer.from('<gate-role:in\r'))
    expect(waiting()).toEqual(['other'])
    // The last code counts: whoever showed the wrong one shows the right one next.
    await read?.(Buffer.from('gate-role:other'))
    expect(waiting()).toEqual(['in'])
  })

  it('gets another device in the place of one that is gone, and not before', async () => {
    const dir = tempFolder()
    const [broken, spare] = [await openPty(), await openPty()]
    const plugged = [at(broken, cino('SN1', '1-1')), at(spare, cino('SN2', '1-2'))]
    const { told } = await gate(dir, [serial('in')], plugged)
    await broken.write('gate-role:in\r')
    await vi.waitFor(() => expect(told).toEqual(['in absent', 'in open']), within)
    await spare.write('gate-role:in\r')
    await broken.write('A\r')
    await vi.waitFor(() => expect(told.at(-1)).toBe('in read A'))
    plugged.shift()
    await vi.waitFor(() => expect(told.at(-1)).toBe('in absent'), within)
    await vi.waitFor(async () => {
      await spare.write('gate-role:in\r')
      expect(told.at(-1)).toBe('in open')
    }, within)
    expect(kept(dir)).toEqual({ in: { vendorId: '1fbb', productId: '3850', serialNumber: 'SN2' } })
  })

  it('leaves the device alone that other settings name', async () => {
    const dir = tempFolder()
    const pty = await openPty()
    const readers = [serial('in'), serial('named', { usb: { vendorId: '1a86', productId: '7523' } })]
    const { told } = await gate(dir, readers, [at(pty, ch340('1-1'))])
    await pty.write('gate-role:in\r')
    await vi.waitFor(() => expect(told).toEqual(['in absent', 'named open', 'named read gate-role:in']))
  })

  it('is at a serial port or a HID scanner; one that types has to be named', () => {
    expect(needsRole(serial('a'))).toBe(true)
    expect(needsRole(ReaderSettings.parse({ id: 'a', driver: 'hid-pos' }))).toBe(true)
    expect(needsRole(serial('a', { path: '*' }))).toBe(false)
    expect(needsRole({ id: 'a', driver: 'wedge' })).toBe(false)
  })
})

describe('what a device is known by', () => {
  const one = at({ path: '/dev/a' }, cino('SAME', '1-1'))

  it('is its serial number, and the socket too when a twin has the same', () => {
    expect(identityOf(one, [one])).toEqual({ vendorId: '1fbb', productId: '3850', serialNumber: 'SAME' })
    expect(identityOf(one, [one, at({ path: '/dev/b' }, cino('SAME', '1-2'))])).toMatchObject({ port: '1-1' })
  })

  it('is nothing where the system tells neither', () => {
    expect(identityOf(at({ path: 'COM3' }, { ...ch340('1-1'), port: null }), [])).toBeNull()
    expect(identityOf(at({ path: '/dev/a' }, cino('x'.repeat(201), '1-1')), [])).toBeNull()
    expect(identityOf({ kind: 'simulator', id: 's' }, [])).toBeNull()
  })
})

describe('roles.json', () => {
  it('that is damaged is told of, with what to do', () => {
    for (const text of ['', '{', '[]x', '{"in":{"vendorId":"1A86"}}']) {
      const dir = tempFolder()
      writeFileSync(join(dir, 'roles.json'), text)
      expect(Roles.open(dir)).toBe(
        `${join(dir, 'roles.json')} is damaged: delete it, then show every reader its test code again`,
      )
    }
  })

  it('that cannot be read is not to be deleted', () => {
    const dir = tempFolder()
    mkdirSync(join(dir, 'roles.json'))
    expect(Roles.open(dir)).toMatch(/roles\.json cannot be read: EISDIR/)
  })

  it('that cannot be written leaves the reader as it was', () => {
    const roles = opened(join(tempFolder(), 'gone'))
    expect(roles.bind('in', { vendorId: '1a86', productId: '7523', port: '1-1' })).toContain('ENOENT')
    expect(roles.placed(serial('in'))).toEqual(serial('in'))
  })
})
