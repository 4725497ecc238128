import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Credential } from '../../../service/credentials/credential.ts'
import { toDccTrust } from '../../../service/credentials/dcc-trust.ts'
import { dcc } from '../../../service/credentials/formats/dcc.ts'
import { noTrust } from '../../../service/credentials/trust.ts'
import { faultOf } from '../../../service/rules/fault.ts'

/** The test data of eu-digital-green-certificates/dgc-testdata. Clones of this project need not have it. */
const folder = new URL('../../../../shared/vectors/dgc/', import.meta.url)
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []

const Vector = z.object({
  PREFIX: z.string(),
  JSON: z.object({ nam: z.object({ fn: z.string(), gn: z.string() }).partial(), dob: z.string() }).optional(),
  TESTCTX: z.object({ CERTIFICATE: z.string(), VALIDATIONCLOCK: z.string() }),
  EXPECTEDRESULTS: z.record(z.string(), z.boolean()),
})
type Vector = z.infer<typeof Vector>

const vectors = names.map((name) => ({
  name,
  vector: Vector.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
}))

/** How reading ended: null where the text is no EU certificate at all. */
function read({ PREFIX, TESTCTX }: Vector): Credential | null {
  const trust = { ...noTrust, dcc: toDccTrust([{ key: TESTCTX.CERTIFICATE }]).keys }
  return dcc.recognise(PREFIX, null) ? dcc.parse(PREFIX, { trust, now: new Date(TESTCTX.VALIDATIONCLOCK) }) : null
}

const checkOf = (vector: Vector) => read(vector)?.check ?? 'not-recognised'
const isMalformed = (vector: Vector) => checkOf(vector) === 'malformed'

function faultAt(vector: Vector): string {
  const credential = read(vector)
  const nothingRevoked = { cti: new Set<string>(), kid: new Set<string>() }
  return credential ? faultOf(credential, nothingRevoked, Date.parse(vector.TESTCTX.VALIDATIONCLOCK)) : 'not-recognised'
}

function isExpired(vector: Vector): boolean {
  return ['expired', 'not-yet-valid'].includes(faultAt(vector))
}

/** Whether the person is the one whom the vector names. Its dates may carry a time of day. */
function holdsItsJson(vector: Vector): boolean {
  const credential = read(vector)
  if (credential === null || !('person' in credential) || vector.JSON === undefined) return false
  const { nam, dob } = vector.JSON
  const { name, birthDate } = credential.person.reveal()
  return name === `${nam.fn} ${nam.gn}` && birthDate === `${dob.slice(0, 10)}-00-00`.slice(0, 10)
}

const unsigned = ['bad-signature', 'unknown-issuer', 'malformed']

/**
 * What each expectation means here: whether the step passed. A step also failed when one before it did, which some
 * vectors expect; those of a picture and of making codes are no steps of a gate.
 */
const passed: Record<string, (vector: Vector) => boolean> = {
  UNPREFIX: (vector) => !['not-recognised', 'unsupported'].includes(checkOf(vector)),
  B45DECODE: (vector) => !isMalformed(vector),
  COMPRESSION: (vector) => !isMalformed(vector),
  DECODE: (vector) => !isMalformed(vector),
  VERIFY: (vector) => !unsigned.includes(checkOf(vector)),
  SCHEMAVALIDATION: (vector) => !isMalformed(vector),
  VALIDJSON: holdsItsJson,
  VALIDOBJECT: holdsItsJson,
  KEYUSAGE: (vector) => checkOf(vector) !== 'wrong-key-usage',
  EXPIRATIONCHECK: (vector) => !isExpired(vector),
  // So some vectors spell the member; true means that it is not expired.
  EXPIRED: (vector) => !isExpired(vector),
}

const expectations = vectors.flatMap(({ name, vector }) =>
  Object.entries(vector.EXPECTEDRESULTS).flatMap(([member, expected]) => {
    const step = member.replace(/^EXPT?ECTED/, '')
    return step in passed ? [{ name, vector, step, expected }] : []
  }),
)

if (names.length === 0) {
  it.skip('the vectors of the EU are checked: ../shared/vectors/dgc is not here', () => {})
} else {
  describe('a vector of the EU', () => {
    it.each(expectations)('$name: $step is $expected', ({ vector, step, expected }) => {
      expect(passed[step]?.(vector)).toBe(expected)
    })

    it.each(vectors)('$name is good where nothing is expected to fail, and only there', ({ vector }) => {
      const { EXPECTEDPICTUREDECODE: _, ...steps } = vector.EXPECTEDRESULTS
      expect(faultAt(vector) === '').toBe(Object.values(steps).every((expected) => expected))
    })

    it('is there for every step', () => {
      expect(new Set(expectations.map(({ step }) => step))).toEqual(new Set(Object.keys(passed)))
    })
  })
}
