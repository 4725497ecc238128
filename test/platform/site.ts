import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { type EnrolmentCode, parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { makeCode, makeSite, startEngine } from './engine.ts'

/** The real platform for every test of the file that calls it, with a new site for each. */
export function siteOfTests() {
  let platform: Platform
  let site: string
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ platform, stop } = await startEngine('pglite'))
  }, 60_000)
  afterAll(() => stop())
  beforeEach(async () => {
    site = await makeSite(platform)
  })
  return {
    platform: () => platform,
    site: () => site,
    /** `$1` is the site. */
    query: (text: string, ...values: unknown[]) => platform.database.query(text, [site, ...values]),
    async newCode(): Promise<EnrolmentCode> {
      const code = parseEnrolmentCode(await makeCode(platform, site))
      if (typeof code === 'string') throw new Error(code)
      return code
    },
  }
}
