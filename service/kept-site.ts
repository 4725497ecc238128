import { openPolicy } from '../sync/policy.ts'
import { readEnrolment } from './secrets.ts'
import { builtInSite, type Site, siteOf } from './site.ts'
import { isStorageFault } from './store/fault.ts'
import { Store } from './store/index.ts'
import { Lists } from './store/lists.ts'
import { readTrust } from './trust-file.ts'

/** What is in force at the gate of this data folder, for a command beside it. A string says why it cannot be told. */
export async function keptSite(dir: string): Promise<Site | string> {
  const store = Store.open(dir, 'read')
  if (typeof store === 'string') return store
  const kept = keptPolicy(store)
  store.close()
  if (typeof kept === 'string') return kept
  const enrolled = readEnrolment(dir)
  if (enrolled.kind === 'damaged') return enrolled.why
  if (enrolled.kind === 'none' || kept === undefined) return builtInSite(new Uint8Array(32))
  const { signingKey } = enrolled.enrolment
  const [opened, trust] = await Promise.all([openPolicy(kept.jws, signingKey), readTrust(dir, signingKey)])
  if (opened.kind !== 'good') return `the policy in ${dir} is not one of the gate's platform`
  if (trust.kind === 'refused') return trust.why
  // Opened at the first code that is looked up, and closed with the command.
  const lists = new Lists(dir, 'read', () => {})
  return siteOf(opened.value, trust.kind === 'good' ? trust.bundle.dcc : [], lists).site
}

/** A string says why it cannot be read. */
function keptPolicy(store: Store): { jws: string } | undefined | string {
  try {
    return store.exchange.policy()
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return `the policy cannot be read: ${error.message}`
  }
}
