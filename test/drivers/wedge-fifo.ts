import { constants, openSync, readSync } from 'node:fs'
import { pump } from '../../drivers/readers/wedge/pump.ts'

/** A thread that reads a FIFO in place of an evdev node, which cannot be made without the kernel's uinput. */
pump((path) => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  empty(fd)
  return fd
})

/** Who opens an evdev node gets nothing of what was typed before. */
function empty(fd: number) {
  try {
    while (readSync(fd, Buffer.alloc(65_536)) > 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
  }
}
