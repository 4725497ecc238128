import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { State } from '../contract/state.ts'
import { toWindows1258 } from './support/encodings.ts'
import { filesIn, tempFolder } from './support/folder.ts'
import { printed, run, serve, visits } from './support/programs.ts'
import { openPty } from './support/pty.ts'
import { watchStates } from './support/watch.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')
const card = '001090731946|017319460|Nguyễn Văn Bímật|15011990|Nam|Số 731 ngõ Bímật, Hà Nội|01072021'

/** A code of every sort that holds something of a person or a secret. */
const planted: readonly (string | Uint8Array)[] = [
  card,
  toWindows1258(card),
  Buffer.from(card.replace('Nam', 'Nữ')).subarray(0, 60),
  Buffer.from(Buffer.from(card).toString('latin1')),
  '001090731946|NGUYEN VAN BIMAT|1990-01-15|0|163000000000731946|<1<GD4010123731946<0987654321<',
  `GD4010123731946|${hex('Nguyễn Văn Bímật')}|15/01/1990|1|${hex('Số 731 ngõ Bímật, Hà Nội')}|01 - 001|01/01/2019|-|01/01/2019|01000100000000|-|4|01/01/2024|0123456789abcdef-1202|$`,
  '001090731946',
  '017319460',
  '0987654321',
  '2|99|0987654321|NGUYEN VAN BIMAT||0|0|50000|Bímật|transfer_myqr',
  'WIFI:T:WPA;S:Nha;P:matkhauBimat;;',
  'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nguyễn Văn Bímật\r\nTEL:0987654321\r\nEND:VCARD',
  'otpauth://totp/Nha?secret=BIMATBIMATBIMAT2',
  'https://kbyt.khambenh.gov.vn/?id=00000000-0000-4000-8000-000000731946',
  'https://example.vn/Bimat?phone=0987654321',
  '{"ho_ten":"Nguyễn Văn Bímật","sdt":"0987654321"}',
  'M1BIMAT/VAN           EABC123 HANSGNVN 0123 326Y001A0025 100',
  `gate-enrol:?url=https%3A%2F%2Fexample.vn&token=tokenBimat&key=${'A'.repeat(43)}`,
  'shc:/5676290952432060346029243740446031222959532654603460292540772804336029120175',
]

/** None of these may stand anywhere but inside a sealed box. */
const secret =
  /b[íi]m[ậa]t|001090731946|017319460|0987654321|163000000000731946|GD4010123|123731946|000000731946|1990-01-15|15011990|15\/01\/1990|Số 731|BÃ|Bimat|56762909/i

it('shows, logs and keeps of nobody more than the mask lets through, whatever code is held to the reader', async () => {
  const [data, platformData, folder] = [tempFolder(), tempFolder(), tempFolder()]
  const platform = await serve('platform', ['--data', platformData])
  const at = ['--data', platformData]
  const site = await printed('platform', ['site', 'add', '--name', 'Chợ Mẫu', '--kind', 'market', ...at])
  const person = ['--name', 'Nguyễn Văn Bímật', '--born', '1990-01-15', '--id', '001090731946']
  const minted = await printed('platform', ['mint', '--site', site, ...person, ...at])
  await printed('service', ['enrol', '--data', data, await printed('platform', ['enrolment', '--site', site, ...at])])

  const reader = await openPty()
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path }]
  const settings = join(folder, 'settings.json')
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'both', readers }] }))
  const gate = await serve('service', ['--data', data, '--settings', settings])
  const states: State[] = []
  watchStates(gate.url, (state) => states.push(state))
  await vi.waitFor(() => expect(states.at(-1)?.site).toBe('Chợ Mẫu'), 20_000)

  const codes = [minted, ...planted]
  for (const [i, code] of codes.entries()) {
    await reader.write(Buffer.concat([Buffer.from(code), Buffer.from('\r')]))
    await vi.waitFor(() => expect(shown().size).toBeGreaterThan(i), 10_000)
  }
  await vi.waitFor(
    async () => expect(await visits('platform', ['--site', site, ...at])).toHaveLength(codes.length),
    20_000,
  )

  const kinds = new Set((await visits('service', ['--data', data])).map(({ credential }) => credential.kind))
  expect([...kinds].sort()).toMatchInlineSnapshot(`
    [
      "barenum",
      "bcbp",
      "bhyt",
      "cccd",
      "enrol",
      "json",
      "kbyt",
      "momo",
      "otp",
      "pccovid",
      "shc",
      "signed",
      "unknown",
      "url",
      "vcard",
      "wifi",
    ]
  `)
  await gate.stop()
  const listed = await run('service', ['visits', '--data', data])
  const files = filesIn(data).map((path) => readFileSync(path))
  for (const text of [
    ...[gate.log.join('\n'), platform.log.join('\n'), listed.stdout, listed.stderr],
    ...states.map((state) => JSON.stringify(state)),
    ...files.flatMap((file) => [file.toString('utf8'), file.toString('latin1')]),
    JSON.stringify(await visits('platform', ['--site', site, ...at])),
  ]) {
    expect(secret.exec(withoutBoxes(text))).toBeNull()
  }

  function shown() {
    return new Set(
      states.flatMap(({ lanes }) =>
        lanes.flatMap(({ screen }) => (screen.kind === 'verdict' ? [screen.verdict.visit.id] : [])),
      ),
    )
  }
}, 90_000)

/** A sealed box may hold any letters by chance. */
function withoutBoxes(text: string): string {
  return text.replace(/eyJ[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+/g, '')
}
