import type { SerialReader } from '../../../contract/settings.ts'
import type { ReaderSignal } from '../driver.ts'
import { ssiCommand } from './ssi.ts'

type Family = NonNullable<SerialReader['commands']>

const ascii = (text: string) => Buffer.from(text, 'latin1')

/**
 * What makes a reader beep (`good` once, `bad` otherwise) or read (`trigger`, where it is set to wait for that). All from
 * documentation, none tried on a device; what a maker documents no command for is left out. None of them writes to the
 * reader's flash memory, which wears out.
 */
export const hostCommands: Readonly<Record<Family, Readonly<Partial<Record<ReaderSignal, Uint8Array>>>>> = {
  // Honeywell CF3680 user guide, p. 160: SYN BEL CR, SYN T CR. It has no command for a bad beep: three good ones.
  honeywell: { good: ascii('\x16\x07\r'), bad: ascii('\x16\x07\r'.repeat(3)), trigger: ascii('\x16T\r') },
  // Newland NLS-HR52 user manual, "Use of Programming Command": ~ SOH 0000, # for this time only, tag, ; ETX. The tag is
  // what public programs for its readers send.
  newland: { trigger: ascii('~\x010000#SCNTRG1;\x03') },
  // Datalogic PowerScan product reference guide, p. 381: SOH beeps; F is "not on file" and stops the reader until E; T.
  datalogic: { good: ascii('\x01'), bad: ascii('FE'), trigger: ascii('T') },
  // Zebra Simple Serial Interface Programmer's Guide, 72E-40451-04EN: BEEP one short high, three long low; START_SESSION.
  'zebra-ssi': { good: ssiCommand(0xe6, 0x00), bad: ssiCommand(0xe6, 0x11), trigger: ssiCommand(0xe4) },
  // ZKTeco ZKB200 user manual, p. 16.
  zkteco: { trigger: ascii('T') },
  // CipherLab 1664 user guide, p. 252: "#@////" beeps.
  cipherlab: { good: ascii('#@////\r'), bad: ascii('#@////\r'.repeat(3)) },
}
