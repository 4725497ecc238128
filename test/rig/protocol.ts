import type { UhidDescription } from './uhid.ts'
import type { GadgetDescription } from './usb-gadget.ts'

/** The ports of the guest: the agent's, and the one that leads to the service, which listens on loopback alone. */
export const agentPort = 7000
export const pagePort = 7001
export const servicePort = 8100

/** What the host may ask of the agent in the guest. Bytes travel as hexadecimal digits. */
export type Request = ProgramRequest | DeviceRequest

type ProgramRequest =
  | { readonly kind: 'run'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** Replies with the first line that the program prints; its stderr goes to the console. */
  | { readonly kind: 'start'; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'stop' }

export type DeviceRequest =
  | { readonly kind: 'uhid-create'; readonly id: string; readonly device: UhidDescription }
  | { readonly kind: 'uhid-input'; readonly id: string; readonly reports: readonly string[] }
  | { readonly kind: 'uhid-destroy'; readonly id: string }
  | { readonly kind: 'gadget-create'; readonly id: string; readonly device: GadgetDescription }
  | { readonly kind: 'gadget-plug'; readonly id: string; readonly socket: number }
  /** Each part is a report, or bytes at once. */
  | { readonly kind: 'gadget-send'; readonly id: string; readonly parts: readonly string[] }
  | { readonly kind: 'gadget-unplug'; readonly id: string }
  /** Sends a part and is pulled out this much later; two requests would take longer than a reader's silence. */
  | { readonly kind: 'gadget-tear'; readonly id: string; readonly part: string; readonly afterMs: number }
  /** From here on `heard` knows what goes to devices at USB. */
  | { readonly kind: 'wire-listen' }
  /** What a device heard, as soon as it is this much or the time is over. */
  | { readonly kind: 'heard'; readonly by: Listener; readonly atLeast: number; readonly withinMs: number }
  | { readonly kind: 'keyboard-create'; readonly name: string }
  /** Replies with the longest time from one key to the next, in milliseconds. */
  | { readonly kind: 'keyboard-type'; readonly text: string }
  | { readonly kind: 'keyboard-caps-lock' }
  | { readonly kind: 'keyboard-destroy' }

/** A device of uhid by its id, or one at USB. */
export type Listener = { readonly uhid: string } | { readonly serialNumber: string }

/**
 * A report, or bytes at once, that the kernel passed on to a device. `atMs`: a clock of the guest that never goes back,
 * of the kernel for devices at USB; `bytes`: at most the first 32.
 */
export type Heard = { readonly kind: 'output' | 'feature'; readonly atMs: number; readonly bytes: string }

type Ran = { readonly status: number; readonly stdout: string; readonly stderr: string }

/** By the kind of request; what is not named here is answered with null. */
export type Reply<Kind extends Request['kind']> = Kind extends 'run'
  ? Ran
  : Kind extends 'start'
    ? string | null
    : Kind extends 'stop'
      ? number | null
      : Kind extends 'heard'
        ? readonly Heard[]
        : Kind extends 'keyboard-type'
          ? number
          : null
