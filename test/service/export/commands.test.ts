import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { UsageError } from '../../../service/commands/data-folder.ts'
import { exportVisits } from '../../../service/commands/export.ts'
import { tempFolder } from '../../support/folder.ts'
import { letIn, newFile, openFolder } from '../../support/offline-gate.ts'
import { printed, run } from '../../support/programs.ts'
import { unzip } from './unzip.ts'

/** The folder of a gate with so many visits. */
async function makeGate(visits: number): Promise<string> {
  const dir = tempFolder()
  await letIn(openFolder(dir), visits)
  return dir
}

describe('gate-kiosk export', () => {
  it('writes a table beside the service, in the language asked for, for its user alone', async () => {
    const dir = await makeGate(3)
    const [vi, en] = [newFile('visits.csv'), newFile('visits.xlsx')]
    expect(await printed('service', ['export', '--data', dir, '--format', 'csv', vi])).toBe(vi)
    expect(readFileSync(vi, 'utf8')).toMatch(/^\ufeff"Số","Ngày"/)
    expect(statSync(vi).mode & 0o777).toBe(0o600)
    await printed('service', ['export', '--data', dir, '--format', 'xlsx', '--language', 'en', en])
    const sheet = unzip(readFileSync(en)).get('xl/worksheets/sheet1.xml')
    expect([sheet?.includes('>Date<'), sheet?.match(/<row>/g)?.length]).toEqual([true, 4])
  })

  it.each([
    { given: { format: 'pdf' }, says: 'expected --format csv, xlsx or hand-over' },
    { given: {}, says: 'expected --format csv, xlsx or hand-over' },
    { given: { format: 'csv', from: '21/11/2026' }, says: 'expected a date as 2026-11-21' },
    { given: { format: 'csv', language: 'fr' }, says: 'expected --language vi or en' },
    { given: { format: 'hand-over', refused: true }, says: '--refused is for tables' },
    { given: { format: 'hand-over', to: '2026-11-21' }, says: '--to is for tables' },
  ])('says what was expected instead of $given', async ({ given, says }) => {
    const options = { data: tempFolder(), refused: false, language: 'vi', ...given }
    await expect(exportVisits(options, [newFile('x')])).rejects.toThrow(new UsageError(says))
  })

  it('hands over only where there is a platform and its key', async () => {
    const dir = await makeGate(1)
    const { status, stderr } = await run('service', ['export', '--data', dir, '--format', 'hand-over', newFile('x')])
    expect([status, stderr]).toEqual([1, expect.stringContaining('has no platform yet')])
  })

  it.runIf(process.getuid?.() === 0).each([['csv'], ['xlsx']])(
    'leaves nothing of a %s file for which the disk has no room',
    async (format) => {
      const dir = await makeGate(2000)
      const small = tempFolder()
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', small])
      onTestFinished(() => void execFileSync('umount', [small]))
      const file = join(small, 'visits')
      const { status, stderr } = await run('service', ['export', '--data', dir, '--format', format, file])
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^gate-kiosk: .*visits was not written: ENOSPC/)])
      expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
      const backup = await run('service', ['backup', '--data', dir, file])
      expect([backup.status, backup.stderr]).toEqual([
        1,
        expect.stringContaining('was not written: database or disk is full'),
      ])
      expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
    },
  )
})
