import type { CredentialFormat } from '../credential.ts'

/** Barcodes of goods (EAN, UPC; AIM identifier `]E`). Their digits can look like a person's number. */
export const product: CredentialFormat = {
  kind: 'product',
  recognise: (_text, symbology) => symbology?.startsWith('E') ?? false,
  parse: () => ({ kind: 'product', check: 'not-personal' }),
}
