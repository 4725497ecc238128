import type { ReactNode } from 'react'
import { Both } from './both.tsx'
import { Icon, type IconName } from './icons.tsx'
import type { Text } from './texts.ts'

type Tone = 'admitted' | 'warned' | 'denied' | 'retry' | 'fault' | 'setup'

interface AnswerProps {
  tone: Tone
  word: Text
  title?: Text | undefined
  children: ReactNode
}

const icons: Record<Tone, IconName> = {
  admitted: 'tick',
  warned: 'notice',
  denied: 'cross',
  retry: 'again',
  fault: 'wrench',
  setup: 'link',
}

/** The frame of every answer: shape, word and title on the colour; what to do and who it was on the sheet below. */
export function Answer({ tone, word, title, children }: AnswerProps): ReactNode {
  return (
    <article className={`answer ${tone}`}>
      <div className="field">
        <Icon name={icons[tone]} />
        <div className="words">
          <Both className="word" text={word} />
          {title && <Both className="title" text={title} />}
        </div>
      </div>
      <div className="sheet">{children}</div>
    </article>
  )
}
