import { decode } from 'cborg'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase45, encodeBase45 } from '../../platform/base45.ts'
import { mintCode, readCode, signCode } from '../../platform/code.ts'

// RFC 8032, section 7.1, test 1: a public test key.
const key = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString('base64url'),
  x: Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64url'),
} as const

const named =
  'VNG1:RRQT 9P60GO0HD4WD6ZHKYNK8CK0U7-70:+A009FN00TD0V5WY0WNDS8SJ-0000000000100D53HRKN.D 09%CBK*9V+AK*9MY9XXAX7DOA7646%96WV6T704788KE4ZFZO6M/CA940 D 6S5F1 UO7AQ J0V/ST74GK7:*1YYBEX9QHKPVS2%IBW5HP7CL2M43W7PNDB3/4V8GXFR6LKFYDB0'

test('signing the claims of the published test vector gives the published code', () => {
  const cose = decode(decodeBase45(named.slice(5)) ?? new Uint8Array(), {
    useMaps: true,
    tags: { 18: (inner) => inner() },
  })
  expect(signCode(key, cose[2])).toBe(named)
  expect(readCode(key, named)).toEqual({ cti: 'AAAAAAAAAAE', expires: 1810771200 })
})

test('a minted code holds the person, the validity and a cti of its own', () => {
  const person = { name: 'Nguyễn Văn An', born: '1990-01-31', sex: 'male', id: '001090000001' } as const
  const code = mintCode(key, person, { issued: 1000, expires: 2000, notBefore: 1500 })
  const cose = decode(decodeBase45(code.slice(5)) ?? new Uint8Array(), {
    useMaps: true,
    tags: { 18: (inner) => inner() },
  })
  const claims = decode(cose[2], { useMaps: true })
  expect([1, 4, 5, 6].map((claim) => claims.get(claim))).toEqual(['VNG', 2000, 1500, 1000])
  expect([...claims.get(169)]).toEqual([
    [1, '001090000001'],
    [4, 'Nguyễn Văn An'],
    [8, '19900131'],
    [9, 1],
  ])
  expect(readCode(key, code)?.cti).not.toBe(readCode(key, mintCode(key, person, { issued: 1, expires: 2 }))?.cti)
})

test('a code that was changed, or any other text, is not read', () => {
  const changed = `${named.slice(0, 100)}${named[100] === '0' ? '1' : '0'}${named.slice(101)}`
  for (const text of [changed, 'VNG1:', 'VNG1:é', named.slice(0, 40), 'HC1:ABC', `VNG1:${'0'.repeat(700)}`]) {
    expect(readCode(key, text)).toBeNull()
  }
})

test('Base45 gives back what it took', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      expect(decodeBase45(encodeBase45(data))).toEqual(data)
    }),
  )
  expect(encodeBase45(new TextEncoder().encode('base-45'))).toBe('UJCLQE7W581')
})
