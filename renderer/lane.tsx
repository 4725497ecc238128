import type { ReactNode } from 'react'
import type { Lane, Screen } from '../contract/state.ts'
import { clean } from './display.ts'
import { IdleScreen } from './idle.tsx'
import { FaultScreen, RetryScreen, SetupScreen } from './notice.tsx'
import { VerdictScreen } from './verdict.tsx'

interface LaneViewProps {
  lane: Lane
  timeZone: string
}

/** One lane: a column of the page, or all of it. */
export function LaneView({ lane, timeZone }: LaneViewProps): ReactNode {
  const verdict = lane.screen.kind === 'verdict' ? lane.screen.verdict : undefined
  return (
    <section className="lane" data-lane={lane.id} data-screen={lane.screen.kind} data-outcome={verdict?.outcome}>
      <h2 className="lane-name">
        <bdi>{clean(lane.name)}</bdi>
      </h2>
      <LiveRegion seq={verdict?.visit.seq}>{screen(lane.screen, lane, timeZone)}</LiveRegion>
    </section>
  )
}

/** The whole page as one fault, when there is no state to draw lanes from. */
export function NoLane({ kind, children }: { kind: 'disconnected' | 'fault'; children: ReactNode }): ReactNode {
  return (
    <section className="lane" data-lane="" data-screen={kind}>
      <LiveRegion seq={undefined}>{children}</LiveRegion>
    </section>
  )
}

/** Stays in the document while its content changes, for a screen reader announces only changes. */
function LiveRegion({ seq, children }: { seq: number | undefined; children: ReactNode }): ReactNode {
  return (
    <div className="screen" role="status" aria-live="assertive" aria-atomic="true" data-seq={seq}>
      {children}
    </div>
  )
}

function screen(of: Screen, lane: Lane, timeZone: string): ReactNode {
  switch (of.kind) {
    case 'idle':
      return <IdleScreen lane={lane} />
    case 'verdict':
      // The key redraws the shape when the next person gets the same answer.
      return <VerdictScreen key={of.verdict.visit.seq} verdict={of.verdict} timeZone={timeZone} />
    case 'retry':
      return <RetryScreen />
    case 'setup':
      return <SetupScreen of={of} />
    case 'fault':
      return <FaultScreen of={of.fault} why={of.fault === 'cannot-store' ? '' : whyFailed(lane)} />
  }
}

/** What the first reader says that is there and cannot be used. */
function whyFailed({ readers }: Lane): string {
  const states = readers.flatMap(({ state }) => (state.kind === 'failed' ? [state.why] : []))
  return states[0] ?? ''
}
