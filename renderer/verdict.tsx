import type { ReactNode } from 'react'
import type { Verdict } from '../contract/state.ts'
import { Answer } from './answer.tsx'
import { Both } from './both.tsx'
import { clean, nameSize } from './display.ts'
import { explain, join, kind, pass, say, type Text, word } from './texts.ts'
import { formatTime } from './time.ts'

interface VerdictProps {
  verdict: Verdict
  timeZone: string
}

export function VerdictScreen({ verdict, timeZone }: VerdictProps): ReactNode {
  const { outcome, direction, reason, masked } = verdict
  const explanation = explain(reason)
  const name = clean(masked.name ?? '')
  // A green tick beside a refusal would contradict it, even where the code is genuine and only too old.
  const badge = outcome !== 'denied'
  return (
    <Answer tone={outcome} word={word(outcome, direction)} title={title(verdict)}>
      {explanation && <Both className="advice" text={explanation.advice} />}
      {(badge || name !== '') && (
        <div className="person">
          {name !== '' && <bdi className={`name ${nameSize(name)}`}>{name}</bdi>}
          {badge && <Badge verified={verdict.credential.verified} />}
        </div>
      )}
      <Facts verdict={verdict} timeZone={timeZone} />
    </Answer>
  )
}

/** A warned person may pass and has to be told so beside the notice. */
function title({ outcome, direction, reason }: Verdict): Text | undefined {
  const explanation = explain(reason)
  if (outcome !== 'warned') return explanation?.title
  return explanation ? join(pass(direction), explanation.title) : pass(direction)
}

function Badge({ verified }: { verified: boolean }): ReactNode {
  const text = say(verified ? 'person.verified' : 'person.unverified')
  return <Both className={verified ? 'badge verified' : 'badge unverified'} text={text} />
}

function Facts({ verdict, timeZone }: VerdictProps): ReactNode {
  const { masked, credential, at } = verdict
  return (
    <dl className="facts">
      {masked.birthYear !== undefined && <Fact label={say('person.birthYear')} value={String(masked.birthYear)} />}
      {masked.document !== undefined && <Fact label={say('person.document')} value={clean(masked.document)} />}
      <Fact label={say('person.at')} value={formatTime(at, timeZone, 'visit')} />
      <div className="fact kind">
        <dt>
          <Both className="label" text={say('person.kind')} />
        </dt>
        <dd>
          <Both className="value" text={kind(credential.kind)} />
        </dd>
      </div>
    </dl>
  )
}

function Fact({ label, value }: { label: Text; value: string }): ReactNode {
  return (
    <div className="fact">
      <dt>
        <Both className="label" text={label} />
      </dt>
      <dd>
        <bdi className="value">{value}</bdi>
      </dd>
    </div>
  )
}
