import { implement } from '@orpc/server'
import { api } from '../../contract/api.ts'
import type { Service } from '../service.ts'

const os = implement(api)

/** The contract, answered by the service; the same for every host. */
export function routerOf(service: Pick<Service, 'state' | 'lanes'>) {
  return {
    watch: os.watch.handler(async function* ({ input, signal, errors }) {
      const { lane } = input
      if (lane !== undefined && !service.lanes.includes(lane)) {
        throw errors.NO_SUCH_LANE({ data: { lanes: service.lanes } })
      }
      for await (const state of service.state.watch(signal)) {
        yield lane === undefined ? state : { ...state, lanes: state.lanes.filter(({ id }) => id === lane) }
      }
    }),
  }
}
