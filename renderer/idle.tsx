import type { ReactNode } from 'react'
import type { LaneDirection } from '../contract/outcome.ts'
import { Aim } from './aim.tsx'
import { Both } from './both.tsx'
import { direction, say } from './texts.ts'

const arrows: Record<LaneDirection, string> = {
  in: 'M8 50h74M56 22l28 28-28 28',
  out: 'M92 50h-74M44 22l-28 28 28 28',
  both: 'M8 32h78M68 14l20 18-20 18M92 70h-78M32 52l-20 18 20 18',
}

export function IdleScreen({ of }: { of: LaneDirection }): ReactNode {
  return (
    <div className="idle">
      <div className="welcome">
        <div className="direction">
          <svg viewBox="0 0 100 100" aria-hidden="true">
            <path d={arrows[of]} />
          </svg>
          <Both className="way" text={direction(of)} />
        </div>
        <Both className="invitation" text={say('idle.invitation')} />
        <Both className="accepts" text={say('idle.accepts')} />
        <Both className="privacy" text={say('idle.privacy')} />
      </div>
      <div className="panel">
        <Aim />
      </div>
    </div>
  )
}
