import { createRoot } from 'react-dom/client'
import { follow } from './connection.ts'
import { Page } from './page.tsx'
import { pageTransport } from './transport.ts'

const element = document.getElementById('root')
if (element === null) throw new Error('index.html has no element with the id "root"')
const root = createRoot(element)
const lane = new URLSearchParams(location.search).get('lane') ?? undefined
follow(pageTransport(), (connection) => root.render(<Page connection={connection} />), lane)
