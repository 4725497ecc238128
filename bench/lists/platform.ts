import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { CompactSign } from 'jose'
import { sha256 } from '../../sync/digest.ts'

/** Serves one list of so many random ids as the platform does, 10,000 a version; forked by `bench/lists.ts`. */
const answerSize = 10_000
const count = Number(process.argv[2])
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const ids = Array.from({ length: count }, () => randomBytes(8).toString('base64url'))
const later = randomBytes(8).toString('base64url')
const digestOf = (all: readonly string[]) =>
  sha256(
    all
      .map((id) => JSON.stringify(id))
      .toSorted()
      .join('\n'),
  )
const [digest, laterDigest] = [digestOf(ids), digestOf([...ids, later])]
const versions = Math.ceil(count / answerSize)

const server = createServer(async ({ url = '' }, response) => {
  const from = Number(new URL(url, 'http://localhost').searchParams.get('since') ?? 0)
  const add = from === versions ? [later] : ids.slice(from * answerSize, (from + 1) * answerSize).toSorted()
  const version = from + 1
  const delta = { name: 'revoked', from, version, add, remove: [], digest: from < versions ? digest : laterDigest }
  const signing = new CompactSign(Buffer.from(JSON.stringify(delta))).setProtectedHeader({ alg: 'EdDSA' })
  response.end(await signing.sign(privateKey))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { x } = publicKey.export({ format: 'jwk' })
  process.send?.({ port, x, held: ids.slice(0, 10_000), first: { version: versions, digest }, later: laterDigest })
})
