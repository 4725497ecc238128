import { vi } from 'vitest'
import { tempFolder } from './folder.ts'
import { type Program, printed, serve } from './programs.ts'

export type EnrolledGate = {
  readonly data: string
  readonly site: string
  /** Runs a command of its platform and gives what it printed. */
  platform(...args: string[]): Promise<string>
  /** Starts the gate and waits until it has its platform's newest policy. */
  serve(...args: string[]): Promise<Program>
}

/** A data folder enrolled at a platform of its own, which runs until the test ends. */
export async function enrolledGate(): Promise<EnrolledGate> {
  const [data, platformData] = [tempFolder(), tempFolder()]
  await serve('platform', ['--data', platformData])
  const platform = (...args: string[]) => printed('platform', [...args, '--data', platformData])
  const site = await platform('site', 'add', '--name', 'Trụ sở Mẫu', '--kind', 'office')
  await printed('service', ['enrol', '--data', data, await platform('enrolment', '--site', site)])
  const start = async (...args: string[]) => {
    const gate = await serve('service', ['--data', data, '--no-ui', ...args])
    await vi.waitFor(() => {
      if (!gate.log.some((line) => line.includes('policy in force'))) throw new Error('expected a policy')
    }, 20_000)
    return gate
  }
  return { data, site, platform, serve: start }
}
