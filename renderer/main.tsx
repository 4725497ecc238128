import { createRoot } from 'react-dom/client'
import { CameraBank } from './camera/bank.ts'
import { Cameras } from './camera/panel.tsx'
import { type Client, type Connection, follow } from './connection.ts'
import { Keyboard } from './keyboard.ts'
import { Page } from './page.tsx'
import { Sounds } from './sounds.ts'
import { pageTransport } from './transport.ts'

const element = document.getElementById('root')
if (element === null) throw new Error('index.html has no element with the id "root"')
const root = createRoot(element)
const lane = new URLSearchParams(location.search).get('lane') ?? undefined
const cameras = new CameraBank()
const devices = [cameras, new Keyboard(), new Sounds()]
const show = (connection: Connection, client: Client | null) => {
  if (connection.kind === 'connected' && client !== null)
    for (const of of devices) of.serve(connection.state.lanes, client)
  root.render(
    <Cameras value={cameras}>
      <Page connection={connection} />
    </Cameras>,
  )
}
follow(pageTransport(), show, lane)
