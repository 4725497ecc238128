import { misplaced } from '../credential.ts'

/** Boarding passes (IATA Resolution 792): legs, name, electronic ticket, booking, from and to. */
export const bcbp = misplaced('bcbp', /^M[1-9][A-Z][A-Z /]{19}[E ][A-Z0-9 ]{7}[A-Z]{6}/i)
