import { constants, openSync } from 'node:fs'
import { constants as system } from 'node:os'
import koffi from 'koffi'
import { pump } from './pump.ts'

/** _IOW('E', 0x90, int) of linux/input.h. */
const eviocgrab = 0x40044590

pump(openGrabbed)

/** Opens an evdev node so that nobody else, the desktop and the console included, gets its keys. */
function openGrabbed(path: string): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  // What this program is linked to, hence the C library, whichever it is.
  const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, ...)')
  if (ioctl(fd, eviocgrab, 'int', 1) === 0) return fd
  const code = koffi.errno()
  if (code === system.errno.EBUSY) throw new Error(`${path}: another program has taken this keyboard for itself`)
  if (code === system.errno.ENOTTY) throw new Error(`${path}: expected an input event device`)
  throw new Error(`${path}: cannot be taken from the desktop (errno ${code})`)
}
