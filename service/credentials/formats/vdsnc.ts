import { z } from 'zod'
import { parseJson } from '../../../sync/json.ts'
import type { CredentialFormat } from '../credential.ts'

const Shape = z.object({
  data: z.object({ hdr: z.object({ t: z.string().startsWith('icao.') }) }),
  sig: z.object({ sigvl: z.string() }),
})

/** Visible digital seals (ICAO, VDS-NC 1.1): without the key of the country that certifies the signer they prove nothing. */
export const vdsnc: CredentialFormat = {
  kind: 'vdsnc',
  recognise: (text) => text.startsWith('{') && Shape.safeParse(parseJson(text)).success,
  parse: () => ({ kind: 'vdsnc', check: 'unknown-issuer' }),
}
