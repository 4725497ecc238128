import { implement } from '@orpc/server'
import { api } from '../../contract/api.ts'
import type { State } from '../../contract/state.ts'
import type { Service } from '../service.ts'

/** What a host needs of the service. */
export type Hosted = Pick<Service, 'state' | 'lanes' | 'pageDevices'>

const os = implement(api)

/** The contract, answered by the service; the same for every host. */
export function routerOf(service: Hosted) {
  return {
    watch: os.watch.handler(async ({ input: { lane }, signal, errors }) => {
      if (lane === undefined) return service.state.watch(signal)
      if (!service.lanes.includes(lane)) throw errors.NO_SUCH_LANE({ data: { lanes: service.lanes } })
      return only(lane, service.state.watch(signal))
    }),
    scan: os.scan.handler(async ({ input: { lane, reader, bytes }, errors }) => {
      if (!service.pageDevices.hasReader(lane, reader)) throw errors.NO_SUCH_DEVICE()
      await service.pageDevices.reading(reader, Buffer.from(bytes, 'base64'))
    }),
    misread: os.misread.handler(async ({ input: { lane, reader, why }, errors }) => {
      if (!service.pageDevices.hasReader(lane, reader)) throw errors.NO_SUCH_DEVICE()
      service.pageDevices.misread(reader, why)
    }),
    pageDevice: os.pageDevice.handler(async ({ input: { lane, device, state }, errors }) => {
      if (!service.pageDevices.has(lane, device)) throw errors.NO_SUCH_DEVICE()
      service.pageDevices.report(device, state)
    }),
  }
}

async function* only(lane: string, states: AsyncIterable<State>): AsyncGenerator<State, void, void> {
  for await (const state of states) yield { ...state, lanes: state.lanes.filter(({ id }) => id === lane) }
}
