import type { Visit } from '../../sync/protocol.ts'

/** One line of the rig's table. `tries`: codes shown, or what else the case counts. */
export type Row = {
  readonly name: string
  readonly tries: number
  readonly readOnce: number
  readonly lost: number
  readonly doubled: number
  /** What else went wrong, or `ok`. */
  readonly note: string
}

export function passed({ lost, doubled, note }: Row): boolean {
  return lost === 0 && doubled === 0 && note === 'ok'
}

/** The row of a case that could not begin. */
export function failed(name: string, note: string): Row {
  return { name, tries: 0, readOnce: 0, lost: 0, doubled: 0, note }
}

/** The table as Markdown, for the console and for docs/hardware.md alike. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map(({ name, tries, readOnce, lost, doubled, note }) =>
    [name, tries, readOnce, lost, doubled, note].join(' | '),
  )
  const head = ['case | tries | read once | lost | doubled | note', '--- | --: | --: | --: | --: | ---']
  return [...head, ...lines].map((line) => `| ${line} |`).join('\n')
}

/** Of `shown` codes, all of different people: whatever else the log holds was read twice, or out of a torn code. */
export function tally(shown: number, visits: readonly Visit[]): Pick<Row, 'tries' | 'readOnce' | 'lost' | 'doubled'> {
  const times = new Map<string, number>()
  for (const { personal, id } of visits) {
    const subject = personal?.subject ?? id
    times.set(subject, (times.get(subject) ?? 0) + 1)
  }
  const readOnce = [...times.values()].filter((count) => count === 1).length
  return { tries: shown, readOnce, lost: Math.max(0, shown - times.size), doubled: Math.max(0, visits.length - shown) }
}
