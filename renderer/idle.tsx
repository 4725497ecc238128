import type { ReactNode } from 'react'
import type { LaneDirection } from '../contract/outcome.ts'
import type { Lane } from '../contract/state.ts'
import { Aim } from './aim.tsx'
import { Both } from './both.tsx'
import { CameraPanel } from './camera/panel.tsx'
import { direction, say } from './texts.ts'

const arrows: Record<LaneDirection, string> = {
  in: 'M8 50h74M56 22l28 28-28 28',
  out: 'M92 50h-74M44 22l-28 28 28 28',
  both: 'M8 32h78M68 14l20 18-20 18M92 70h-78M32 52l-20 18 20 18',
}

export function IdleScreen({ lane }: { lane: Lane }): ReactNode {
  const camera = lane.readers.find(({ driver }) => driver === 'camera')
  return (
    <div className="idle">
      <div className="welcome">
        <div className="direction">
          <svg viewBox="0 0 100 100" aria-hidden="true">
            <path d={arrows[lane.direction]} />
          </svg>
          <Both className="way" text={direction(lane.direction)} />
        </div>
        <Both className="invitation" text={say('idle.invitation')} />
        <Both className="accepts" text={say('idle.accepts')} />
        <Both className="privacy" text={say('idle.privacy')} />
      </div>
      <div className="panel">
        {camera === undefined ? (
          <Aim />
        ) : (
          <CameraPanel reader={camera.id}>
            <Aim />
          </CameraPanel>
        )}
      </div>
    </div>
  )
}
