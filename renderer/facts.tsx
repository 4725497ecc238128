import type { ReactNode } from 'react'
import type { Masked } from '../contract/outcome.ts'
import type { Verdict } from '../contract/state.ts'
import { Both } from './both.tsx'
import { clean } from './display.ts'
import { kind } from './kinds.ts'
import { say, type Text } from './texts.ts'
import { formatTime } from './time.ts'

/** What the code tells of the person, as far as it tells it; then when it was read and what it was. */
export function Facts({ verdict, timeZone }: { verdict: Verdict; timeZone: string }): ReactNode {
  const { masked, credential, at } = verdict
  const { birthYear, sex, document, phone, address, certificate } = masked
  return (
    <dl className="facts">
      {birthYear !== undefined && <Fact label={say('person.birthYear')} value={String(birthYear)} />}
      {sex !== undefined && <Fact label={say('person.sex')} value={say(`sex.${sex}`)} />}
      {document !== undefined && <Fact label={say('person.document')} value={clean(document)} />}
      {phone !== undefined && <Fact label={say('person.phone')} value={clean(phone)} />}
      {address !== undefined && <Fact label={say('person.address')} value={clean(address)} />}
      {certificate !== undefined && <Fact label={say('person.certificate')} value={certificateText(certificate)} />}
      <Fact label={say('person.at')} value={formatTime(at, timeZone, 'visit')} />
      <Fact label={say('person.kind')} value={kind(credential)} />
    </dl>
  )
}

function certificateText({ type, dose, doses }: NonNullable<Masked['certificate']>): Text {
  if (type !== 'vaccination' || dose === undefined) return say(`certificate.${type}`)
  return say('certificate.vaccination.dose', { dose: doses === undefined ? dose : `${dose}/${doses}` })
}

/** A value in one language comes from the code, and stands alone in the reading order. */
function Fact({ label, value }: { label: Text; value: Text | string }): ReactNode {
  return (
    <div className="fact">
      <dt>
        <Both className="label" text={label} />
      </dt>
      <dd>
        {typeof value === 'string' ? <bdi className="value">{value}</bdi> : <Both className="value" text={value} />}
      </dd>
    </div>
  )
}
