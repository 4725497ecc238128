import { misplaced } from '../credential.ts'

/** Secrets of one-time passwords, one (`otpauth:`) or a whole export of them. */
export const otp = misplaced('otp', /^otpauth(?:-migration)?:/i)
