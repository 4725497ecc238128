import { describe, expect, it } from 'vitest'
import { serviceArguments } from '../../main/arguments.ts'

describe("the service's command line", () => {
  it('is the default data folder alone when the shell was given nothing', () => {
    expect(serviceArguments([], '/home/gate/data')).toEqual({ kind: 'valid', args: ['--data', '/home/gate/data'] })
  })

  it('passes on what the shell was given', () => {
    const shell = ['--simulate', '--settings=/etc/gate.jsonc', '--data', '/srv/gate']
    expect(serviceArguments(shell, '/home/gate/data')).toEqual({
      kind: 'valid',
      args: ['--data', '/srv/gate', '--settings', '/etc/gate.jsonc', '--simulate'],
    })
  })

  it('leaves the switches of Chromium and the path of the app alone', () => {
    const shell = ['dist/main/main.js', '--ozone-platform=x11', '--disable-gpu', '--simulate']
    expect(serviceArguments(shell, '/data')).toEqual({ kind: 'valid', args: ['--data', '/data', '--simulate'] })
  })

  it.each([
    [['--data'], '--data: expected a folder'],
    [['--data', '--simulate'], '--data: expected a folder'],
    [['--data='], '--data: expected a folder'],
    [['--settings'], '--settings: expected a file'],
    [['--settings='], '--settings: expected a file'],
    [['--simulate=yes'], '--simulate: expected no value'],
  ])('refuses %j and says what was expected', (shell, why) => {
    expect(serviceArguments(shell, '/data')).toEqual({ kind: 'invalid', why })
  })
})
