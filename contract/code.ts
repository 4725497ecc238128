import { z } from 'zod'

/** What a code can turn out to be. The policy of a site adds kinds of its own, which begin with `x-`. */
export const CodeKind = z.enum([
  // Of a person, and signed.
  'signed',
  'dcc',
  'shc',
  'vdsnc',
  // Of a person, without a proof.
  'cccd',
  'pccovid',
  'bhyt',
  'kbyt',
  'barenum',
  // Shown by mistake.
  'venue',
  'emv',
  'momo',
  'social',
  'wallet',
  'url',
  'wifi',
  'vcard',
  'otp',
  'tel',
  'sms',
  'mailto',
  'geo',
  'market',
  'upi',
  'bcbp',
  'wallet2',
  'product',
  // For the gate itself: it joins a platform by it.
  'enrol',
  // Not recognised.
  'json',
  'uuid',
  'unknown',
])
export type CodeKind = z.infer<typeof CodeKind>

/** The name of a kind that a site added, in the two languages of the screen. */
export const Label = z.object({ vi: z.string(), en: z.string() })
export type Label = z.infer<typeof Label>
