import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What a system call did to a folder; `file` is the path below it. `ack`: the program said that a visit is on disk. */
export type Operation =
  | { kind: 'create'; file: string }
  | { kind: 'write'; file: string; at: number; data: Buffer }
  | { kind: 'truncate'; file: string; size: number }
  | { kind: 'sync'; file: string }
  | { kind: 'unlink'; file: string }
  | { kind: 'rename'; file: string; to: string }
  | { kind: 'ack'; log: string; seq: number; hash: string }

const calls = 'openat,write,pwrite64,ftruncate,fallocate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2'

/** Runs the writer under strace: its main thread makes all calls of the store. */
export async function record(trace: string, args: readonly string[]): Promise<void> {
  const writer = fileURLToPath(new URL('writer.ts', import.meta.url))
  const strace = ['-y', '-xx', '-s', '99999999', '-e', `trace=${calls}`, '-o', trace, process.execPath, writer, ...args]
  const child = spawn('strace', strace, { stdio: ['ignore', 'ignore', 'inherit'] })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve).once('error', reject)
  })
  if (status !== 0) throw new Error(`the writer ended with ${status}`)
}

/** The operations of a trace on a folder, in order. */
export async function readTrace(trace: string, folder: string): Promise<Operation[]> {
  const operations: Operation[] = []
  for await (const line of createInterface({ input: createReadStream(trace, 'latin1') })) {
    const operation = parse(line, folder)
    if (operation !== null) operations.push(operation)
  }
  return operations
}

/** Null: it did nothing to the folder. Throws for a call that the model does not know. */
function parse(line: string, folder: string): Operation | null {
  const [, call = '', rest = '', result = ''] = /^(\w+)\((.*)\)\s+= (-?\d+)/s.exec(line) ?? []
  if (call === '' || result.startsWith('-')) return null
  if (call === 'write' && rest.startsWith('1<')) return parseAck(bytesOf(rest).toString())
  const below = [...rest.matchAll(/["<]((?:\\x[0-9a-f]{2})+)[">]/g)]
    .map(([, hex = '']) => unhex(hex).toString())
    .flatMap((path) => (`${path}/`.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []))
  const [file, to = ''] = below
  if (file === undefined) return null
  switch (call) {
    case 'openat':
      return rest.includes('O_CREAT') ? { kind: 'create', file } : null
    case 'pwrite64':
      return { kind: 'write', file, at: Number(rest.slice(rest.lastIndexOf(',') + 1)), data: bytesOf(rest) }
    case 'write':
      return { kind: 'write', file, at: -1, data: bytesOf(rest) }
    case 'ftruncate':
      return { kind: 'truncate', file, size: Number(rest.slice(rest.lastIndexOf(',') + 1)) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', file }
    case 'unlink':
    case 'unlinkat':
      return { kind: 'unlink', file }
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return { kind: 'rename', file, to }
  }
  throw new Error(`expected a system call of the model: ${line.slice(0, 200)}`)
}

function parseAck(said: string): Operation | null {
  const [, log = '', seq = '', hash = ''] = /^ACK (\S+) (\d+) (\S+)/.exec(said) ?? []
  return log === '' ? null : { kind: 'ack', log, seq: Number(seq), hash }
}

/** What a call wrote: its second argument. */
function bytesOf(rest: string): Buffer {
  const from = rest.indexOf('"') + 1
  return unhex(rest.slice(from, rest.indexOf('"', from)))
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex')
}
