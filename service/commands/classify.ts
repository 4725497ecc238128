import type { Masked } from '../../contract/outcome.ts'
import { parseJson } from '../../sync/json.ts'
import { readCredential } from '../credentials/index.ts'
import { keptSite } from '../kept-site.ts'
import { faultOf, isVerified } from '../rules/fault.ts'
import { builtInSite, type Site } from '../site.ts'
import { failed } from './failed.ts'
import { lines } from './lines.ts'

/** `person`: what a screen may show of the holder; `reason`: one of the contract's, `''` where nothing speaks against the code. */
type Classified = { kind: string; verified: boolean; person: Masked; reason: string }

/**
 * `gate-kiosk classify`: says of each code on standard input, a JSON string a line, what it is. With `--site` by the policy
 * and keys of that gate. Exit code 1 where a line was no JSON string; the others are answered all the same.
 */
export async function classify(options: { site?: string }): Promise<number> {
  const site = options.site === undefined ? builtInSite(new Uint8Array(32)) : await keptSite(options.site)
  if (typeof site === 'string') return failed(site)
  let number = 0
  let wrong = 0
  for await (const line of lines(process.stdin)) {
    number++
    if (line === '') continue
    const code = line === null ? null : jsonString(line)
    if (code === null) {
      wrong++
      process.stderr.write(`gate-kiosk: line ${number}: expected a JSON string\n`)
    }
    await print(code === null ? { error: 'expected a JSON string' } : classified(Buffer.from(code), site))
  }
  return wrong === 0 ? 0 : 1
}

function classified(bytes: Uint8Array, { trust, rules }: Site): Classified {
  const now = new Date()
  const credential = readCredential(bytes, { trust, now })
  return {
    kind: credential.kind,
    verified: isVerified(credential, rules.revoked, now.getTime()),
    person: 'masked' in credential ? credential.masked : {},
    reason: faultOf(credential, rules.revoked, now.getTime()),
  }
}

function jsonString(line: string): string | null {
  const value = parseJson(line)
  return typeof value === 'string' ? value : null
}

/** Waits for a slow reader of the output, so that nothing piles up. */
function print(value: object): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(`${JSON.stringify(value)}\n`)) resolve()
    else process.stdout.once('drain', resolve)
  })
}
