import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { durablePouch, loaderOf, type PouchClass } from './pouch.ts'

/** Serves CouchDB's HTTP interface on databases below `prefix`; tells its parent where. */
const [dir = '', prefix = ''] = process.argv.slice(2)
const load = loaderOf(dir)
type App = RequestListener & { use(handler: unknown): void }
const express: () => App = load('express')
const serve: (pouch: PouchClass, options: object) => unknown = load('express-pouchdb')

const app = express()
app.use(serve(durablePouch(dir, prefix), { mode: 'minimumForPouchDB', inMemoryConfig: true }))
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.(server.address())
process.once('disconnect', () => process.exit())
