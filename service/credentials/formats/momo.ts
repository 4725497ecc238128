import { misplaced } from '../credential.ts'

/** Payment codes of the MoMo wallet in its own form: `2|99|phone|name|…`. */
export const momo = misplaced('momo', /^2\|99\|/)
