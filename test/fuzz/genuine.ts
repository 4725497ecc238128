import type { Reading } from '../../service/credentials/credential.ts'
import { readCredential } from '../../service/credentials/index.ts'
import { toIssuerKeys } from '../../service/credentials/issuers.ts'
import { certificateOf, makeSigner, trustIn } from '../support/dcc.ts'
import { exampleIssuer, signedExamples } from '../support/examples.ts'
import { makeIssuer } from '../support/issuer.ts'
import type { Genuine } from './judge.ts'

const now = new Date('2026-11-21T08:30:00+07:00')
const validity = { iat: now.getTime() / 1000 - 60, exp: now.getTime() / 1000 + 3600 }

/** Codes that a gate rightly calls verified, and what it trusts them by. */
export function makeGenuine(): { reading: Reading; genuine: Genuine[] } {
  const issuer = makeIssuer()
  const signers = [makeSigner('ES256'), makeSigner('PS256')]
  const issuers = toIssuerKeys([issuer.entry, exampleIssuer])
  const reading = { trust: { issuers, dcc: trustIn(...signers).dcc, patterns: [] }, now }
  const names = ['Nguyễn Văn Mẫu', 'Trần Thị Ví Dụ', 'Lê Thử Nghiệm']
  const texts = [
    ...Object.values(signedExamples),
    ...names.map((name, i) => issuer.mint({ iss: 'TEST', ...validity, ...minted(i, name) })),
    issuer.mint({ ...validity, cti: Buffer.from('opaque01') }),
    ...signers.flatMap((signer) =>
      (['v', 't', 'r'] as const).map((group) => signer.mint({ dcc: certificateOf(group) })),
    ),
  ]
  return { reading, genuine: texts.map((text) => ({ text, revealed: revealed(text, reading) })) }
}

function minted(i: number, name: string) {
  const identity = new Map<number, unknown>([
    [1, `00109000000${i}`],
    [4, name],
    [8, '19900115'],
    [9, 1],
  ])
  return { cti: Buffer.from(`person0${i}`), identity }
}

function revealed(text: string, reading: Reading): string {
  const credential = readCredential(Buffer.from(text), reading)
  if (!('person' in credential) || credential.proof === null) throw new Error(`expected ${text} to be genuine`)
  return JSON.stringify(credential.person.reveal())
}
