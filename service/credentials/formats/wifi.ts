import { misplaced } from '../credential.ts'

/** Access to a wireless network. */
export const wifi = misplaced('wifi', /^WIFI:/i)
