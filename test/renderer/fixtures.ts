import type { Lane, Screen, State, Verdict } from '../../contract/state.ts'

export const verdict: Verdict = {
  visit: { seq: 7, id: '01936f2c-0000-7000-8000-000000000007' },
  direction: 'in',
  outcome: 'admitted',
  reason: '',
  credential: { kind: 'cccd', verified: false },
  masked: { name: 'Nguyễn Văn ***', document: '********0001', birthYear: 1990 },
  at: '2026-11-21T08:05:12.123+07:00',
}

export function laneOf(screen: Screen): Lane {
  return {
    id: 'a',
    name: 'Làn 1',
    direction: 'in',
    screen,
    readers: [{ id: 'r1', driver: 'serial', state: { kind: 'open' } }],
    outputs: [],
  }
}

/** A gate in good order whose one lane shows `screen`, and what is different about it. */
export function stateOf(screen: Screen, different: Partial<State> = {}): State {
  return {
    site: 'Phường Mẫu',
    gate: 'Cổng chính',
    timeZone: 'Asia/Ho_Chi_Minh',
    simulated: false,
    sync: { kind: 'online', waiting: 0 },
    policyExpired: null,
    damaged: false,
    lanes: [laneOf(screen)],
    ...different,
  }
}
