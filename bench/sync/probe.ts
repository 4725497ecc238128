import { openSync, readSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Loaded before a program by `node --import`, it tells on the channel of `fork`, when asked, how long the event loop was
 * held up since it was last asked. By itself it is an idle process, which shows what the machine alone does to one.
 */
const resolutionMs = 1
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()

const scheduling = openSync('/proc/thread-self/schedstat', 'r')
const text = Buffer.alloc(100)
let before = times()
let own = 0
let computed = 0
setInterval(() => {
  const now = times()
  computed = Math.max(computed, now.computed - before.computed)
  own = Math.max(own, now.at - before.at - (now.waited - before.waited) - resolutionMs)
  before = now
}, resolutionMs).unref()

process.on('message', (message) => {
  if (message !== 'delays') return
  const longest = delay.max / 1e6 - resolutionMs
  process.send?.({ longest, p99: delay.percentile(99) / 1e6 - resolutionMs, own, computed })
  delay.reset()
  own = 0
  computed = 0
})

/** In ms: now, how long this thread computed so far, and how long it waited for a core (Linux, sched-stats.rst). */
function times() {
  const { user, system } = process.threadCpuUsage()
  const [, waited] = text.toString('latin1', 0, readSync(scheduling, text, 0, text.length, 0)).split(' ')
  return { at: performance.now(), computed: (user + system) / 1000, waited: Number(waited) / 1e6 }
}
