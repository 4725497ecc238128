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

export function FaultScreen({ of, why = '' }: { of: Fault | 'disconnected'; why?: string }): ReactNode {
  const { title, staff } = fault(of)
  return (
    <Answer tone="fault" word={say('word.fault')} title={title}>
      <Both className="advice" text={say('fault.advice')} />
      <Both className="staff" text={staff} />
      <Why text={why} />
    </Answer>
  )
}

/** What a device or a platform said, for staff. */
function Why({ text }: { text: string }): ReactNode {
  const why = clean(text)
  if (why === '') return null
  return (
    <p className="staff why" lang="en">
      <bdi>{why}</bdi>
    </p>
  )
}

/** The technician held the platform's enrolment code to the reader. */
export function SetupScreen({ of }: { of: Extract<Screen, { kind: 'setup' }> }): ReactNode {
  const { word, title, advice } = setup(of.step)
  return (
    <Answer tone="setup" word={word} title={title}>
      <Both className="advice" text={advice} />
      <Why text={of.why} />
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
