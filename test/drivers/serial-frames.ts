/** A frame of Honeywell's decode header, with the CR that ends it. */
export function dechdrFrame(data: Uint8Array, aim = 'Q1'): Buffer {
  const header = Buffer.from(`\x16\xfe....\rMSGGET${String(data.length + 1).padStart(4, '0')}s${aim}\x1d`, 'latin1')
  header.writeUInt32LE(data.length + 15, 2)
  return Buffer.concat([header, data, Buffer.from('\r')])
}

/** A packet of Zebra's SSI as a reader sends it. */
export function ssiPacket(opcode: number, status: number, data: Uint8Array): Buffer {
  const packet = Buffer.concat([Uint8Array.of(4 + data.length, opcode, 0, status), data, Uint8Array.of(0, 0)])
  const sum = packet.reduce((total, byte) => total + byte, 0)
  packet.writeUInt16BE(0x10000 - sum, packet.length - 2)
  return packet
}

/** The packets of one code: `type` 0x1c is a QR code, and every packet repeats it. */
export function ssiPackets(data: Uint8Array, size = 250): Buffer[] {
  const count = Math.max(1, Math.ceil(data.length / size))
  return Array.from({ length: count }, (_, n) => {
    const part = data.subarray(n * size, (n + 1) * size)
    return ssiPacket(0xf3, n < count - 1 ? 0b10 : 0, Buffer.concat([Uint8Array.of(0x1c), part]))
  })
}
