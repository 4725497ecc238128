import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { enrolledGate } from './support/enrolled.ts'
import { newFile } from './support/offline-gate.ts'
import { printed, serve, visits } from './support/programs.ts'

it('carries the visits of a gate without a network by a file, and the receipt back to the gate at work', async () => {
  const { data, site, platform, serve: serveOnline } = await enrolledGate()
  await (await serveOnline()).stop()
  const enrolment = join(data, 'enrolment.json')
  writeFileSync(enrolment, readFileSync(enrolment, 'utf8').replace(/"url":"[^"]+"/, '"url":"http://127.0.0.1:1"'))
  const gate = await serve('service', ['--data', data, '--no-ui', '--simulate'])
  const here = () => visits('service', ['--data', data])
  await vi.waitFor(async () => expect((await here()).length).toBeGreaterThan(1), 20_000)

  const [file, receipt] = [newFile('visits.gate'), newFile('receipt.jws')]
  await printed('service', ['export', '--data', data, '--format', 'hand-over', file])
  expect(await platform('import', file, '--receipt', receipt)).toMatch(
    /^\d+ visits of dev_\w+; the gate's receipt is in/,
  )
  expect(await printed('service', ['receipt', '--data', data, receipt])).toContain('takes it over within seconds')
  const taken = JSON.parse(await platform('visits', '--json', '--site', site)).length
  expect(taken).toBeGreaterThan(1)
  await vi.waitFor(async () => {
    const standings = (await here()).slice(0, taken).map((visit) => visit['platform'])
    expect(new Set(standings)).toEqual(new Set(['acknowledged']))
  }, 20_000)
  expect(gate.log.filter((line) => line.includes('receipts that were brought are in force'))).toHaveLength(1)
}, 90_000)
