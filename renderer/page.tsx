import type { ReactNode } from 'react'
import type { State } from '../contract/state.ts'
import { Both } from './both.tsx'
import { Clock } from './clock.tsx'
import type { Connection } from './connection.ts'
import { clean } from './display.ts'
import { LaneView, NoLane } from './lane.tsx'
import { FaultScreen, RefusedScreen } from './notice.tsx'
import { statuses } from './status.ts'
import { say } from './texts.ts'

/** The whole page, from nothing but what the connection last reported. */
export function Page({ connection }: { connection: Connection }): ReactNode {
  switch (connection.kind) {
    case 'connected':
      return <Gate state={connection.state} />
    case 'disconnected':
      return (
        <main className="lanes">
          <NoLane kind="disconnected">
            <FaultScreen of="disconnected" />
          </NoLane>
        </main>
      )
    case 'refused':
      return (
        <main className="lanes">
          <NoLane kind="fault">
            <RefusedScreen lanes={connection.lanes} />
          </NoLane>
        </main>
      )
  }
}

function Gate({ state }: { state: State }): ReactNode {
  return (
    <>
      <Header state={state} />
      <main className="lanes">
        {state.lanes.map((lane) => (
          <LaneView key={lane.id} lane={lane} timeZone={state.timeZone} />
        ))}
      </main>
      <StatusBar state={state} />
    </>
  )
}

function Header({ state }: { state: State }): ReactNode {
  return (
    <header className="header">
      {state.site === null ? (
        <Both className="unnamed" text={say('gate.unnamed')} />
      ) : (
        <h1 className="site">
          <bdi>{clean(state.site)}</bdi>
        </h1>
      )}
      {state.gate !== null && (
        <p className="gate">
          <bdi>{clean(state.gate)}</bdi>
        </p>
      )}
      <Clock timeZone={state.timeZone} />
    </header>
  )
}

function StatusBar({ state }: { state: State }): ReactNode {
  return (
    <footer className="statuses">
      {statuses(state).map(({ name, tone, text }) => (
        <div key={name} className={`status ${tone}`} data-status={name}>
          <Both className="line" text={text} />
        </div>
      ))}
      {state.simulated && (
        <p className="simulation">
          <span lang="vi">{say('simulation').vi}</span> · <span lang="en">{say('simulation').en}</span>
        </p>
      )}
    </footer>
  )
}
