import type { ReactNode } from 'react'
import type { Fault, Screen } from '../contract/state.ts'
import { Answer } from './answer.tsx'
import { Both } from './both.tsx'
import { clean } from './display.ts'
import { fault, say, setup } from './texts.ts'

/** The reader sent something that cannot be a code. */
export function RetryScreen(): ReactNode {
  return (
    <Answer tone="retry" word={say('word.retry')} title={say('retry')}>
      <Both className="advice" text={say('retry.advice')} />
    </Answer>
  )
}

export function FaultScreen({ of }: { of: Fault | 'disconnected' }): ReactNode {
  const { title, staff } = fault(of)
  return (
    <Answer tone="fault" word={say('word.fault')} title={title}>
      <Both className="advice" text={say('fault.advice')} />
      <Both className="staff" text={staff} />
    </Answer>
  )
}

/** The technician held the platform's enrolment code to the reader. */
export function SetupScreen({ of }: { of: Extract<Screen, { kind: 'setup' }> }): ReactNode {
  const { word, title, advice } = setup(of.step)
  const why = clean(of.why)
  return (
    <Answer tone="setup" word={word} title={title}>
      <Both className="advice" text={advice} />
      {why !== '' && (
        <p className="staff why" lang="en">
          <bdi>{why}</bdi>
        </p>
      )}
    </Answer>
  )
}

/** The address of the page names a lane that the gate does not have. */
export function RefusedScreen({ lanes }: { lanes: readonly string[] }): ReactNode {
  const none = say('fault.refused.none')
  const names = lanes.map(clean).join(', ')
  const staff = {
    vi: say('fault.refused.staff', { lanes: names || none.vi }).vi,
    en: say('fault.refused.staff', { lanes: names || none.en }).en,
  }
  return (
    <Answer tone="fault" word={say('word.fault')} title={say('fault.refused')}>
      <Both className="staff" text={staff} />
    </Answer>
  )
}
