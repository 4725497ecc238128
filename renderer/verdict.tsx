import type { ReactNode } from 'react'
import type { Verdict } from '../contract/state.ts'
import { Answer } from './answer.tsx'
import { Both } from './both.tsx'
import { clean, nameSize } from './display.ts'
import { Facts } from './facts.tsx'
import { explain } from './reasons.ts'
import { join, pass, say, type Text, word } from './texts.ts'

interface VerdictProps {
  verdict: Verdict
  timeZone: string
}

export function VerdictScreen({ verdict, timeZone }: VerdictProps): ReactNode {
  const { outcome, direction, masked } = verdict
  const explanation = explain(verdict)
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
function title(verdict: Verdict): Text | undefined {
  const { outcome, direction } = verdict
  const explanation = explain(verdict)
  if (outcome !== 'warned') return explanation?.title
  return explanation ? join(pass(direction), explanation.title) : pass(direction)
}

function Badge({ verified }: { verified: boolean }): ReactNode {
  const text = say(verified ? 'person.verified' : 'person.unverified')
  return <Both className={verified ? 'badge verified' : 'badge unverified'} text={text} />
}
