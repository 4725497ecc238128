import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openVault, type Vault } from '../../service/custody.ts'
import { takeCustody } from '../../service/custody-start.ts'
import { checkKeys } from '../../service/doctor/custody.ts'
import { thisSystem } from '../../service/doctor/system.ts'
import { ownSubjectKey, readEnrolment, writeEnrolment } from '../../service/secrets.ts'
import { tempFolder } from '../support/folder.ts'

const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } as const
const enrolment = {
  url: 'https://platform.example',
  audience: 'https://platform.example',
  deviceId: 'dev_1',
  signingKey: jwk,
  privateKey: { ...jwk, d: 'secret of the gate' },
}
const files = ['enrolment.json', 'subject.key']
const plain = openVault(null, {})
const keyed = (key: Uint8Array = randomBytes(32)): Vault => openVault(key, {})
const read = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8')
const asides = (dir: string) => readdirSync(dir).filter((name) => name.includes('.unreadable-'))
const levels = (dir: string, vault: Vault) => takeCustody(dir, vault).map(({ level }) => level)

/** The folder of an enrolled gate, as this vault keeps it, and the key of its people. */
function makeFolder(vault: Vault) {
  const dir = tempFolder()
  writeEnrolment(dir, enrolment, vault)
  return { dir, subjectKey: ownSubjectKey(dir, vault) }
}

describe('a vault', () => {
  it('opens what it sealed, under the same name, and shows nothing of it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (secret, name) => {
        const vault = keyed()
        const text = vault.seal(name, secret)
        expect(text).toMatch(/^gate-sealed\.1\.safeStorage\.[\w-]{16}\.[\w-]+$/)
        expect(Buffer.from(vault.open(name, text) ?? 'nothing')).toEqual(Buffer.from(secret))
        expect(vault.open(`${name}x`, text)).toBeNull()
        expect(keyed().open(name, text)).toBeNull()
        expect(plain.open(name, text)).toBeNull()
      }),
    )
  })

  it('opens nothing that was changed or cut short', () => {
    const vault = keyed()
    const text = vault.seal('enrolment.json', Buffer.from('secret'))
    for (let at = 'gate-sealed.'.length; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
      // The backend's name decides nothing, and the last character has bits that no byte has.
      const opened = vault.open('enrolment.json', changed)
      if (at < text.length - 1) expect(opened, changed).toBeNull()
      expect(vault.open('enrolment.json', text.slice(0, at))).toBeNull()
    }
  })

  it('never seals twice alike', () => {
    const vault = keyed()
    expect(vault.seal('x', Buffer.from('secret'))).not.toBe(vault.seal('x', Buffer.from('secret')))
  })

  it('takes the credential of systemd before a key of the shell, and says why it cannot', () => {
    const env = { CREDENTIALS_DIRECTORY: tempFolder() }
    const path = join(env.CREDENTIALS_DIRECTORY, 'gate-kiosk.key')
    expect(openVault(null, env)).toMatchObject({ backend: 'file', fault: null })
    expect(openVault(randomBytes(32), env)).toMatchObject({ backend: 'safeStorage', fault: null })
    writeFileSync(path, randomBytes(44))
    const fault = `${path} has 44 bytes, expected 32`
    expect(openVault(null, env)).toMatchObject({ backend: 'file', fault })
    expect(openVault(randomBytes(32), env)).toMatchObject({ backend: 'safeStorage', fault })
    writeFileSync(path, randomBytes(32))
    expect(openVault(randomBytes(32), env)).toMatchObject({ backend: 'systemd', fault: null })
    expect(openVault(null, {})).toMatchObject({ backend: 'file', fault: null })
    const folder = tempFolder()
    mkdirSync(join(folder, 'gate-kiosk.key'))
    expect(openVault(null, { CREDENTIALS_DIRECTORY: folder })).toMatchObject({
      backend: 'file',
      fault: expect.stringContaining('cannot be read'),
    })
  })
})

describe('the secrets of a gate', () => {
  it('lie as they are where there is no key', () => {
    const { dir, subjectKey } = makeFolder(plain)
    expect(takeCustody(dir, plain)).toEqual([])
    expect(JSON.parse(read(dir, 'enrolment.json'))).toEqual(enrolment)
    expect(Buffer.from(read(dir, 'subject.key'), 'base64url')).toEqual(subjectKey)
  })

  it('are sealed at the first start with a key, and stay the same', () => {
    const { dir, subjectKey } = makeFolder(plain)
    const vault = keyed()
    expect(levels(dir, vault)).toEqual(['info', 'info'])
    for (const name of files) {
      expect(read(dir, name)).toMatch(/^gate-sealed\./)
      expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
    }
    expect(readEnrolment(dir, vault)).toEqual({ kind: 'enrolled', enrolment })
    expect(ownSubjectKey(dir, vault)).toEqual(subjectKey)
    const before = files.map((name) => read(dir, name))
    expect(takeCustody(dir, vault)).toEqual([])
    expect(files.map((name) => read(dir, name))).toEqual(before)
  })

  it('stay plain, and say so, where the sealed file cannot be written', () => {
    const { dir } = makeFolder(plain)
    mkdirSync(join(dir, 'enrolment.json.part'))
    expect(takeCustody(dir, keyed())).toMatchObject([
      { level: 'error', what: expect.stringContaining('cannot be taken into custody') },
      { level: 'info' },
    ])
    expect(JSON.parse(read(dir, 'enrolment.json'))).toEqual(enrolment)
  })

  it('are told to be sealed, and left alone, beside the service', () => {
    const { dir } = makeFolder(keyed())
    const sealed = read(dir, 'enrolment.json')
    expect(readEnrolment(dir, plain)).toEqual({ kind: 'damaged', why: expect.stringContaining('is sealed') })
    expect(ownSubjectKey(dir, plain)).toBeNull()
    expect(read(dir, 'enrolment.json')).toBe(sealed)
  })

  it('are taken into custody where there are none yet', () => {
    const dir = tempFolder()
    const vault = keyed()
    expect(takeCustody(dir, vault)).toEqual([])
    expect(ownSubjectKey(dir, vault)).toHaveLength(32)
    expect(read(dir, 'subject.key')).toMatch(/^gate-sealed\./)
  })
})

describe('a lost key', () => {
  it.each([
    { what: 'no key', other: () => plain },
    { what: 'another key', other: () => keyed() },
  ])('has the secrets set aside, and the gate goes on without: $what', ({ other }) => {
    const { dir, subjectKey } = makeFolder(keyed())
    const sealed = files.map((name) => read(dir, name))
    const vault = other()
    expect(levels(dir, vault)).toEqual(['error', 'error'])
    expect(readEnrolment(dir, vault)).toEqual({ kind: 'none' })
    expect(ownSubjectKey(dir, vault)).toHaveLength(32)
    expect(ownSubjectKey(dir, vault)).not.toEqual(subjectKey)
    expect(asides(dir).map((name) => read(dir, name))).toEqual(sealed)
    // The alarm stays until a person has looked.
    expect(levels(dir, vault)).toEqual(['error', 'error'])
  })

  it('that is found brings the enrolment back, and leaves the people to their new key', () => {
    const key = randomBytes(32)
    const { dir } = makeFolder(keyed(key))
    takeCustody(dir, plain)
    const between = ownSubjectKey(dir, plain)
    expect(levels(dir, keyed(key))).toEqual(['info', 'info', 'error'])
    expect(readEnrolment(dir, keyed(key))).toEqual({ kind: 'enrolled', enrolment })
    expect(ownSubjectKey(dir, keyed(key))).toEqual(between)
    expect(asides(dir)).toEqual([expect.stringMatching(/^subject\.key\.unreadable-/)])
  })

  it('that is found does not push a newer enrolment aside', () => {
    const key = randomBytes(32)
    const { dir } = makeFolder(keyed(key))
    takeCustody(dir, plain)
    writeEnrolment(dir, { ...enrolment, deviceId: 'dev_2' }, plain)
    takeCustody(dir, keyed(key))
    expect(readEnrolment(dir, keyed(key))).toMatchObject({ enrolment: { deviceId: 'dev_2' } })
  })

  it('that comes and goes leaves ten files of each at most', () => {
    const dir = tempFolder()
    for (let time = 10; time < 25; time++)
      writeFileSync(join(dir, `subject.key.unreadable-20${time}-01-01T00-00-00.000Z`), keyed().seal('x', Buffer.of(1)))
    writeFileSync(join(dir, 'subject.key'), keyed().seal('subject.key', Buffer.of(1)))
    takeCustody(dir, plain)
    expect(asides(dir)).toHaveLength(10)
    expect(asides(dir).toSorted()[0]).toContain('2016-')
  })

  it('does not keep the gate from starting where nothing can be set aside', () => {
    const gone = join(tempFolder(), 'not there', 'at all')
    expect(levels(gone, keyed())).toEqual(['error', 'error'])
    expect(existsSync(gone)).toBe(false)
  })
})

describe('gate-kiosk doctor', () => {
  it('shows where the keys are, and which were lost', () => {
    const { dir } = makeFolder(plain)
    const shown = () => checkKeys(thisSystem, dir).map(({ kind, what }) => [kind, what.replace(`${dir}/`, '')])
    const notes = files.map((name) => ['note', `${name} is not sealed: backend file, mode 0600`])
    expect(shown()).toEqual(notes)
    takeCustody(dir, keyed())
    expect(shown()).toEqual(files.map((name) => ['good', `${name}: safeStorage`]))
    takeCustody(dir, plain)
    expect(shown()).toEqual(files.map((name) => ['wrong', expect.stringMatching(`^${name}.unreadable-.* cannot be`)]))
    expect(checkKeys(thisSystem, tempFolder())).toEqual([])
  })
})
