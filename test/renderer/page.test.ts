import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ReadingOutcome } from '../../contract/outcome.ts'
import { Fault, type Verdict } from '../../contract/state.ts'
import type { Connection } from '../../renderer/connection.ts'
import { Page } from '../../renderer/page.tsx'
import { stateOf, verdict } from './fixtures.ts'

const draw = (connection: Connection) => renderToStaticMarkup(createElement(Page, { connection }))
const drawVerdict = (different: Partial<Verdict> = {}) =>
  draw({ kind: 'connected', state: stateOf({ kind: 'verdict', verdict: { ...verdict, ...different } }) })

test('The root of a lane names the lane, its screen and the outcome, and the verdict its visit', () => {
  for (const outcome of ReadingOutcome.options) {
    const page = drawVerdict({ outcome, reason: outcome === 'admitted' ? '' : 'repeated' })
    expect(page).toContain(`data-lane="a" data-screen="verdict" data-outcome="${outcome}"`)
    expect(page).toMatch(/role="status" aria-live="assertive"[^>]* data-seq="7"/)
  }
})

test('Every screen of a lane says which it is', () => {
  for (const screen of [{ kind: 'idle' }, { kind: 'retry' }, { kind: 'fault', fault: 'cannot-store' }] as const)
    expect(draw({ kind: 'connected', state: stateOf(screen) })).toContain(`data-screen="${screen.kind}"`)
  expect(draw({ kind: 'disconnected' })).toContain('data-screen="disconnected"')
})

test('Every fault sends the visitor to another gate', () => {
  const faults = Fault.options.map((fault) => draw({ kind: 'connected', state: stateOf({ kind: 'fault', fault }) }))
  for (const page of [...faults, draw({ kind: 'disconnected' })]) {
    expect(page).toContain('<span lang="vi">Mời dùng cổng khác</span>')
    expect(page).toContain('<span lang="en">Please use another gate</span>')
  }
})

test('Markup in a name, a document or a site is drawn as text', () => {
  const hostile = '<script>alert(1)</script>'
  const state = stateOf(
    { kind: 'verdict', verdict: { ...verdict, masked: { name: hostile, document: hostile } } },
    { site: hostile, gate: hostile },
  )
  const page = draw({ kind: 'connected', state })
  expect(page).not.toContain('<script')
  expect(page.split('&lt;script&gt;')).toHaveLength(5)
})

test('A masked name stands alone in the reading order, without the characters that would turn it', () => {
  const page = drawVerdict({ masked: { name: 'Nguyễn \u202eVăn\u202c ***' } })
  expect(page).toContain('<bdi class="name short">Nguyễn Văn ***</bdi>')
})

test('A credential without a signature is marked, and a verified one is marked otherwise', () => {
  expect(drawVerdict()).toContain('chưa xác thực')
  expect(drawVerdict({ credential: { kind: 'signed', verified: true } })).toContain('đã xác thực ✓')
})

test('A refused code that names nobody carries no mark of verification', () => {
  const page = drawVerdict({ outcome: 'denied', reason: 'unknown', masked: {} })
  expect(page).not.toContain('xác thực')
})

test('A warned person is told to pass, in the direction of the visit', () => {
  const page = drawVerdict({ outcome: 'warned', reason: 'repeated', direction: 'out' })
  expect(page).toContain('Mời ra · Đã ghi nhận')
})

test('Invented people are announced as such', () => {
  const page = draw({ kind: 'connected', state: stateOf({ kind: 'idle' }, { simulated: true }) })
  expect(page).toContain('MÔ PHỎNG')
  expect(draw({ kind: 'connected', state: stateOf({ kind: 'idle' }) })).not.toContain('MÔ PHỎNG')
})

test('A page for a lane that does not exist names the lanes that do', () => {
  expect(draw({ kind: 'refused', lanes: ['a', 'b'] })).toContain('with one of the lanes: a, b')
})
