import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { readCredential } from '../service/credentials/index.ts'
import { makeGenuine } from '../test/fuzz/genuine.ts'
import { codes } from '../test/support/codes.ts'
import { print } from './quantiles.ts'

/**
 * `npm run bench:credentials`: how long a code takes from the reader's bytes to what it is, by kind; and the verification
 * of a signature, beside the bare call to OpenSSL in the same run. One thread.
 */
const rounds = 4000
const { reading, genuine } = makeGenuine()

for (const [kind, texts] of Object.entries(codes)) {
  if (kind !== 'signed') print(kind, microseconds(texts), 'µs')
}
const certificates = genuine.filter(({ text }) => text.startsWith('HC1:')).map(({ text }) => text)
const signed = genuine.filter(({ text }) => text.startsWith('VNG1:')).map(({ text }) => text)
const [es256 = [], ps256 = []] = [certificates.slice(0, 3), certificates.slice(3)]
print('signed, verified', microseconds(signed), 'µs')
print('  bare Ed25519', bare(generateKeyPairSync('ed25519'), null), 'µs')
print(`dcc ES256 of ${lengths(es256)} characters, verified`, microseconds(es256), 'µs')
print('  bare ES256', bare(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256'), 'µs')
print(`dcc PS256 of ${lengths(ps256)} characters, verified`, microseconds(ps256), 'µs')

function microseconds(texts: readonly string[]): number[] {
  const messages = texts.map((text) => Buffer.from(`${text}\r`))
  return measured((round) => readCredential(messages[round % messages.length] ?? new Uint8Array(), reading))
}

type Pair = { publicKey: KeyObject; privateKey: KeyObject }

function bare({ publicKey, privateKey }: Pair, hash: string | null): number[] {
  const message = Buffer.alloc(200, 'x')
  const signature = sign(hash, message, privateKey)
  return measured(() => verify(hash, message, publicKey, signature))
}

/** The first thousand rounds are for the compiler. */
function measured(work: (round: number) => unknown): number[] {
  const took: number[] = []
  for (let round = -1000; round < rounds; round++) {
    const begun = performance.now()
    work(round + 1000)
    if (round >= 0) took.push((performance.now() - begun) * 1000)
  }
  return took
}

function lengths(texts: readonly string[]): string {
  return texts.map((text) => text.length).join('/')
}
