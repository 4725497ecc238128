import type { ReactNode } from 'react'
import type { Text } from './texts.ts'

/** One text in both languages: Vietnamese, and English below it. */
export function Both({ text, className }: { text: Text; className: string }): ReactNode {
  return (
    <p className={`both ${className}`}>
      <span lang="vi">{text.vi}</span> <span lang="en">{text.en}</span>
    </p>
  )
}
