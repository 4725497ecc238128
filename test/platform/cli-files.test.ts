import path from 'node:path'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { fileWith, tempFolder } from '../support/folder.ts'
import { enrolDevice, getPolicy, openPolicy } from './client.ts'
import { data, gatePlatform, line, newSite, startServer } from './command-line.ts'

const noSite = `site_${'0'.repeat(32)}`

describe('gate-platform policy and trust', () => {
  test('set what a site asks for, and print it', { timeout: 60_000 }, async () => {
    const { url } = await startServer('--data', data)
    const site = await newSite()
    const device = await enrolDevice(url, await line('enrolment', '--site', site))
    const before = await openPolicy(device, await getPolicy(device))
    expect(await line('policy', '--site', site)).toBe('{}')
    const wrong = fileWith('{"accept":["signed"],"repeatSeconds":"often"}')
    expect(await gatePlatform('policy', '--site', site, '--file', wrong)).toMatchObject({ code: 2, stdout: '' })
    expect(await openPolicy(device, await getPolicy(device))).toEqual(before)
    const set = await gatePlatform('policy', '--site', site, '--file', fileWith('\uFEFF{"accept":["signed"]}'))
    expect([JSON.parse(set.stdout), set.stderr]).toEqual([{ accept: ['signed'] }, ''])
    expect((await openPolicy(device, await getPolicy(device))).accept).toEqual(['signed'])
    expect(JSON.parse((await gatePlatform('policy', '--site', site)).stdout)).toEqual({ accept: ['signed'] })
  })

  test('sign a list as large as the world’s', { timeout: 60_000 }, async () => {
    await startServer('--data', data)
    const keys = Array.from({ length: 3000 }, () => ({ country: 'VN', x5c: ['A'.repeat(4000)] }))
    const bundle = await line('trust', '--file', fileWith(JSON.stringify(keys)))
    expect(decodeJwt(bundle)['dcc']).toEqual(keys)
  })

  test.each([
    ['policy', '{"accept":', / cannot be read: .*JSON/],
    ['policy', '{"accept":"signed"}', /: accept: Invalid input/],
    ['policy', '{"repeatSeconds":4000}', /: repeatSeconds: Too big/],
    ['policy', '{"dcc":[{"country":"\\u0000"}]}', /: dcc: expected text without U\+0000/],
    ['policy', '{"subjectKey":"AAAA"}', /: Unrecognized key: "subjectKey"/],
    ['trust', '{}', /: expected a DID document/],
  ])('%s refuses a file that holds %s, and says what is wrong with it', async (command, text, says) => {
    const file = fileWith(text)
    const where = command === 'policy' ? ['--site', noSite] : []
    const { code, stdout, stderr } = await gatePlatform(command, ...where, '--file', file)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.startsWith(`gate-platform: ${file}`)).toBe(true)
    expect(stderr).toMatch(says)
  })

  test('say that there is no such file', async () => {
    const { code, stderr } = await gatePlatform('trust', '--file', path.join(tempFolder(), 'none.json'))
    expect([code, stderr]).toEqual([2, expect.stringMatching(/none\.json cannot be read: ENOENT/)])
  })
})
