import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** In memory where the system has that: no disk is tested here, and many small files are written. */
export const memoryFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
