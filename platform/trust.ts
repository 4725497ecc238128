import { z } from 'zod'
import { command } from './admin.ts'
import { signJson } from './sign.ts'

/** Several times all signers of health certificates in the world, and no more than a gate takes in one bundle. */
const maxKeys = 15_000

export const TrustedKey = z
  .looseObject({ kid: z.string().optional(), country: z.string() })
  .refine((entry) => 'key' in entry || 'x5c' in entry, 'expected key or x5c')
export type TrustedKey = z.infer<typeof TrustedKey>

/**
 * Signs the keys that health certificates are trusted by, for gates that never get a network. Its version is the time of
 * signing in seconds, so that a later bundle has a higher one.
 */
export const signTrust = command({
  name: 'sign-trust',
  input: z.strictObject({ keys: z.array(TrustedKey).max(maxKeys, `expected at most ${maxKeys} keys`) }),
  output: z.object({ bundle: z.string() }),
  run: async ({ keys: own }, { keys }) => {
    const now = new Date()
    const payload = { version: Math.floor(now.getTime() / 1000), issuedAt: now.toISOString(), dcc: keys }
    return { kind: 'done', value: { bundle: await signJson(own, payload, 'gate-trust+jwt') } }
  },
})
