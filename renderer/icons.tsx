import type { ReactNode } from 'react'

export type IconName = 'tick' | 'notice' | 'cross' | 'again' | 'wrench' | 'link'

/** Each outcome has its own outline, so that it is known without its colour. */
const shapes: Record<IconName, ReactNode> = {
  tick: (
    <>
      <circle className="solid" cx="50" cy="50" r="48" />
      <path className="glyph" d="M28 52l15 15 30-34" />
    </>
  ),
  notice: (
    <>
      <rect className="solid" x="4" y="4" width="92" height="92" rx="12" />
      <path className="glyph" d="M50 46v30" />
      <path className="glyph" d="M50 25v.01" />
    </>
  ),
  cross: (
    <>
      <path className="solid" d="M30 2h40l28 28v40l-28 28h-40l-28-28v-40z" />
      <path className="glyph" d="M33 33l34 34M67 33l-34 34" />
    </>
  ),
  again: (
    <>
      <path className="line" d="M14 44a37 37 0 0 1 66-16M86 56a37 37 0 0 1-66 16" />
      <path className="line" d="M82 7v23h-23M18 93v-23h23" />
    </>
  ),
  wrench: (
    <>
      <path className="line wide" d="M88 30a21 21 0 1 1-18-18" />
      <path className="line wide round" d="M52 48l-33 33" />
    </>
  ),
  link: (
    <>
      <path className="line" d="M42 30h-14a20 20 0 0 0 0 40h14M58 30h14a20 20 0 0 1 0 40h-14" />
      <path className="line" d="M34 50h32" />
    </>
  ),
}

export function Icon({ name }: { name: IconName }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 100 100" aria-hidden="true">
      {shapes[name]}
    </svg>
  )
}
