import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ReadingOutcome } from '../../contract/outcome.ts'
import { Fault, type Verdict } from '../../contract/state.ts'
import type { Connection } from '../../renderer/connection.ts'
import { Page } from '../../renderer/page.tsx'
import { laneOf, stateOf, verdict } from './fixtures.ts'

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
  const screens = [
    { kind: 'idle' },
    { kind: 'retry' },
    { kind: 'setup', step: 'enrolling', why: '' },
    { kind: 'fault', fault: 'cannot-store' },
  ] as const
  for (const screen of screens)
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

test('A fault of the readers tells staff why one of them cannot be used', () => {
  const state = { kind: 'failed', why: 'expected a reader that answers' } as const
  const faultOf = (fault: Fault) => {
    const lane = { ...laneOf({ kind: 'fault', fault }), readers: [{ id: 'r1', driver: 'serial', state }] }
    return draw({ kind: 'connected', state: stateOf({ kind: 'idle' }, { lanes: [lane] }) })
  }
  for (const fault of ['no-reader', 'reader-lost'] as const) expect(faultOf(fault)).toContain(state.why)
  expect(faultOf('cannot-store')).not.toContain(state.why)
})

test('Markup in what comes from a code, a policy or a platform is drawn as text', () => {
  const hostile = '<script>\u202ealert(1)</script>'
  const masked = { name: hostile, document: hostile, address: hostile, phone: hostile }
  const credential = { kind: 'x-staff', verified: false, label: { vi: hostile, en: hostile } }
  const named = { site: hostile, gate: hostile }
  const code = stateOf({ kind: 'verdict', verdict: { ...verdict, masked, credential } }, named)
  const platform = stateOf({ kind: 'setup', step: 'refused', why: hostile })
  const page = draw({ kind: 'connected', state: code }) + draw({ kind: 'connected', state: platform })
  expect(page).not.toContain('<script')
  expect(page.split('&lt;script&gt;alert(1)')).toHaveLength(10)
})

test('A masked name stands alone in the reading order, without the characters that would turn it', () => {
  const page = drawVerdict({ masked: { name: 'Nguyễn \u202eVăn\u202c ***' } })
  expect(page).toContain('<bdi class="name short">Nguyễn Văn ***</bdi>')
})

test('A credential without a signature is marked, and a verified one is marked otherwise', () => {
  expect(drawVerdict()).toContain('chưa xác thực')
  expect(drawVerdict({ credential: { kind: 'signed', verified: true } })).toContain('đã xác thực ✓')
})

test('A genuine certificate that is not accepted carries no tick', () => {
  const credential = { kind: 'dcc', verified: true }
  expect(drawVerdict({ outcome: 'denied', reason: 'not-accepted', credential })).not.toContain('✓')
})

test('A refused code that names nobody carries no mark of verification', () => {
  const page = drawVerdict({ outcome: 'denied', reason: 'unknown', masked: {} })
  expect(page).not.toContain('xác thực')
})

test('A warned person is told to pass, in the direction of the visit', () => {
  const page = drawVerdict({ outcome: 'warned', reason: 'repeated', direction: 'out' })
  expect(page).toContain('Mời ra · Đã ghi nhận')
})

test('Somebody who shows a payment code is told so, and what to show instead', () => {
  const credential = { kind: 'emv', verified: false }
  const page = drawVerdict({ outcome: 'denied', reason: 'not-personal', credential, masked: {} })
  expect(page).toContain('<span lang="vi">Đây là mã thanh toán</span> <span lang="en">This is a payment code</span>')
  expect(page).toContain('Vui lòng đưa mã QR cá nhân hoặc thẻ căn cước')
})

test('A technician sees how far the enrolment is, and why it was refused', () => {
  const drawSetup = (step: 'enrolling' | 'enrolled' | 'refused', why: string) =>
    draw({ kind: 'connected', state: stateOf({ kind: 'setup', step, why }) })
  expect(drawSetup('enrolling', '')).toContain('ĐANG ĐĂNG KÝ')
  expect(drawSetup('enrolled', '')).toContain('ĐÃ ĐĂNG KÝ')
  expect(drawSetup('refused', 'the code was used')).toContain('<bdi>the code was used</bdi>')
  expect(drawSetup('refused', 'the code was used')).toContain('or ask the platform for a new enrolment code')
})

test('Invented people are announced as such', () => {
  const page = draw({ kind: 'connected', state: stateOf({ kind: 'idle' }, { simulated: true }) })
  expect(page).toContain('MÔ PHỎNG')
  expect(draw({ kind: 'connected', state: stateOf({ kind: 'idle' }) })).not.toContain('MÔ PHỎNG')
})

test('A page for a lane that does not exist names the lanes that do', () => {
  expect(draw({ kind: 'refused', lanes: ['a', 'b'] })).toContain('with one of the lanes: a, b')
})
