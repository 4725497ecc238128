import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostOf, links } from '../../../service/credentials/formats/link.ts'
import { venue } from '../../../service/credentials/formats/venue.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

function kindOf(text: string) {
  const format = [venue, ...links].find(({ recognise }) => recognise(text, null))
  return format?.parse(text, { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }).kind ?? null
}

const examples = [
  ['social', 'https://zaloapp.com/qr/p/0000000000000'],
  ['social', 'https://zalo.me/0900000001'],
  ['social', 'https://chat.zalo.me'],
  ['social', 'https://www.facebook.com/qr?id=1'],
  ['social', 'https://t.me/mau'],
  ['wallet', 'https://me.momo.vn/mau'],
  ['wallet', 'https://img.vietqr.io/image/x.png'],
  ['wallet', 'http://vnpay.vn'],
  ['venue', 'https://qr.tokhaiyte.vn/dkdd'],
  ['venue', 'https://tokhaiyte.vn/?page=Project.TKYT.x'],
  ['venue', 'https://qr.pccovid.gov.vn/abc123'],
  [
    'venue',
    'https://kbytcq.khambenh.gov.vn/#tokhai_yte/model?&o=00000000-0000-4000-8000-00000000000a&dd_id=00000000-0000-4000-8000-00000000000b&n=TRUONG%20MAU&stt=1',
  ],
  ['url', 'https://www.example.vn/tra-cuu?ma=1'],
  ['url', 'https://khambenh.gov.vn/'],
] as const

describe('a web address', () => {
  it.each(examples)('is %s by its host: %s', (kind, text) => {
    expect(kindOf(text)).toBe(kind)
  })

  it.each(examples)('is %s as a keyboard reader sends it under Caps Lock: %s', (kind, text) => {
    expect(kindOf(text.toUpperCase())).toBe(kind)
  })

  it('is no personal code', () => {
    const [social] = links
    const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
    expect(social?.parse('https://zalo.me/0900000001', reading)).toEqual({ kind: 'social', check: 'not-personal' })
  })

  it.each([
    ['with a port', 'https://zalo.me:8443/x'],
    ['with a user', 'https://example.vn@zalo.me/x'],
    ['with a user and a password', 'https://example.vn:443@zalo.me/x'],
    ['with a dot at its end', 'https://zalo.me./x'],
    ['in wide letters', 'https://ｚａｌｏ.me/x'],
    ['with an ideographic dot', 'https://zalo。me/x'],
    ['in percent signs', 'https://%7Aalo.me/x'],
    ['with backslashes', 'https:\\\\zalo.me\\x'],
    ['with a long path behind a backslash', `https://zalo.me\\${'x'.repeat(400)}`],
    ['with one slash', 'https:/zalo.me/x'],
    ['with a space in front', ' https://zalo.me/x'],
    ['with a tab inside', 'https://za\tlo.me/x'],
    ['without a path', 'https://zalo.me?x'],
  ])('leads where a browser would go: %s', (_what, text) => {
    expect(kindOf(text)).toBe('social')
  })

  it.each([
    ['in its user', 'https://zalo.me@example.vn/'],
    ['in its password', 'https://x:zalo.me@example.vn/'],
    ['in its path', 'https://example.vn/zalo.me'],
    ['in its path behind a backslash', 'https://example.vn\\@zalo.me'],
    ['in its query', 'https://example.vn?.zalo.me'],
    ['in its fragment', 'https://example.vn#.zalo.me'],
    ['in front of its host', 'https://zalo.me.example.vn/'],
    ['at the end of another name', 'https://notzalo.me/'],
    ['in look-alike letters', 'https://zаlo.me/'],
    ['before two dots', 'https://zalo.me../'],
    ['behind a user longer than any host', `https://${'x'.repeat(300)}@zalo.me/`],
  ])('is no other site’s with its name %s', (_what, text) => {
    expect(kindOf(text)).toBe('url')
  })

  it.each(['https://', 'https:', 'http://[', 'https://zalo.me:99999/', 'https://a b/', 'HTTPS://%'])(
    'is one even when it is none that could be opened: %s',
    (text) => {
      expect(kindOf(text)).toBe('url')
    },
  )

  it.each(['zalo.me/0900000001', 'ftp://zalo.me/', 'xhttps://zalo.me/', 'javascript:alert(1)', ''])(
    'begins with http: or https:, so that this is none: %s',
    (text) => {
      expect(kindOf(text)).toBeNull()
    },
  )

  it('has the host that the platform finds in it', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (text) => {
        expect(hostOf(text)).toBe(new URL(text).hostname)
      }),
    )
  })

  it('is always of some kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (rest) => {
        expect(kindOf(`https:${rest}`)).not.toBeNull()
      }),
    )
  })
})
