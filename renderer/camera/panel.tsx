import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import { Both } from '../both.tsx'
import { say } from '../texts.ts'
import type { CameraBank } from './bank.ts'

/** Where the screens find what the cameras of this page see. */
export const Cameras = createContext<Pick<CameraBank, 'view' | 'subscribe'>>({
  view: () => null,
  subscribe: () => () => {},
})

/** What the camera of `reader` sees, as in a mirror, with a frame to hold the code in; `children` while it sees nothing. */
export function CameraPanel({ reader, children }: { reader: string; children: ReactNode }): ReactNode {
  const cameras = useContext(Cameras)
  const read = () => cameras.view(reader)
  const view = useSyncExternalStore(cameras.subscribe, read, read)
  if (view === null) return children
  const show = (video: HTMLVideoElement | null) => {
    if (video !== null && video.srcObject !== view.stream) video.srcObject = view.stream
  }
  return (
    <div className="camera" data-hint={view.hint}>
      <video ref={show} autoPlay muted playsInline />
      <svg className="frame" viewBox="0 0 100 100" aria-hidden="true">
        <path d="M2 26v-24h24M74 2h24v24M98 74v24h-24M26 98h-24v-24" />
      </svg>
      <Both className="hint" text={say(`camera.${view.hint}`)} />
    </div>
  )
}
