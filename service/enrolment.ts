import { type EnrolResult, enrol } from '../sync/enrolment.ts'
import type { EnrolmentCode } from '../sync/enrolment-code.ts'
import { openVault, type Vault } from './custody.ts'
import { canWriteEnrolment, readEnrolment, writeEnrolment } from './secrets.ts'
import { software } from './version.ts'

/**
 * Exchanges a one-time code for an identity and keeps it in the data folder. `boundTo` is the device that the visits there
 * belong to. A code is not used up where its identity could not be kept.
 */
export async function enrolFolder(
  dir: string,
  boundTo: string | null,
  code: EnrolmentCode,
  name: string,
  vault: Vault = openVault(),
): Promise<EnrolResult> {
  const before = readEnrolment(dir, vault)
  if (before.kind === 'damaged') return refused(before.why)
  if (before.kind === 'enrolled') {
    return refused(`this gate is enrolled already, as ${before.enrolment.deviceId} at ${before.enrolment.url}`)
  }
  if (boundTo !== null) return refused(`the visits in ${dir} belong to ${boundTo}: enrol a new data folder instead`)
  if (!canWriteEnrolment(dir)) return refused(`nothing can be written to ${dir}; the code was not used`)
  const result = await enrol(code, { name, software })
  return result.kind === 'enrolled' ? kept(dir, result, vault) : result
}

function kept(dir: string, enrolled: Extract<EnrolResult, { kind: 'enrolled' }>, vault: Vault): EnrolResult {
  try {
    writeEnrolment(dir, enrolled.enrolment, vault)
    return enrolled
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return refused(`the enrolment cannot be kept (${why}): ask the platform for a new code`)
  }
}

function refused(why: string): EnrolResult {
  return { kind: 'refused', why }
}
