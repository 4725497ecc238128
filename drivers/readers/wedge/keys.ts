/** Codes of linux/input-event-codes.h. */
export const evSyn = 0
export const evKey = 1
export const synDropped = 3
export const leftAlt = 56

/** Shift, Ctrl and Meta stand at the left and at the right; Alt at the left alone, for the right one is AltGr. */
export const shiftKeys: readonly number[] = [42, 54]
export const ctrlKeys: readonly number[] = [29, 97]
export const metaKeys: readonly number[] = [125, 126]
export const modifiers: ReadonlySet<number> = new Set([leftAlt, ...shiftKeys, ...ctrlKeys, ...metaKeys])
