import { parentPort, workerData } from 'node:worker_threads'
import { judgeStates } from './states.ts'
import { readTrace } from './trace.ts'

const { trace, folder, share } = workerData
parentPort?.postMessage(judgeStates(await readTrace(trace, folder), share))
