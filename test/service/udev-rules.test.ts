import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const text = readFileSync(new URL('../../resources/udev/70-gate-kiosk.rules', import.meta.url), 'utf8')
const rules = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

type Part = { key: string; operator: string; value: string }

/** Keys, operators and values of a rule; null for what udev(7) does not know. */
function parse(rule: string): Part[] | null {
  const part = /^(ACTION|SUBSYSTEM|KERNEL|ATTRS\{\w+\}|ENV\{\w+\}|GROUP|MODE|GOTO|LABEL)(==|!=|=|\+=|:=)"([^"]*)"$/
  const parts = rule.split(/,\s*/).map((piece) => part.exec(piece))
  return parts.every((match) => match !== null)
    ? parts.map(([, key = '', operator = '', value = '']) => ({ key, operator, value }))
    : null
}

const matching = new Set(['==', '!='])
const onlyMatched = /^(ACTION|SUBSYSTEM|KERNEL|ATTRS)/
const onlyAssigned = /^(GROUP|MODE|GOTO|LABEL)$/

type Event = { subsystem: string; kernel?: string; vendor: string; product?: string }

/** What udev sets for a device, going through the rules as udev(7) says. */
function applied({ subsystem, kernel = '', vendor, product = '' }: Event): Record<string, string> {
  const facts: Record<string, string> = {
    ACTION: 'add',
    SUBSYSTEM: subsystem,
    KERNEL: kernel,
    'ATTRS{idVendor}': vendor,
    'ATTRS{idProduct}': product,
  }
  const fits = ({ key, operator, value }: Part) => {
    const pattern = new RegExp(`^(?:${value.replaceAll('*', '.*')})$`)
    return !matching.has(operator) || pattern.test(facts[key] ?? '') === (operator === '==')
  }
  const set: Record<string, string> = {}
  let until: string | null = null
  for (const parts of rules.map((rule) => parse(rule) ?? [])) {
    if (until !== null && parts.some(({ key, value }) => key === 'LABEL' && value === until)) until = null
    if (until !== null || !parts.every(fits)) continue
    for (const { key, operator, value } of parts) {
      if (key === 'GOTO') until = value
      else if (!matching.has(operator) && key !== 'LABEL') set[key] = value
    }
  }
  return set
}

const mine = { GROUP: 'gate', MODE: '0660' }

describe('the udev rules', () => {
  it('are of the form that udev reads: each matches or sets, and goes to a label further on', () => {
    for (const [at, rule] of rules.entries()) {
      const parts = parse(rule)
      expect(parts, rule).not.toBeNull()
      for (const { key, operator, value } of parts ?? []) {
        if (onlyMatched.test(key)) expect(operator, rule).toMatch(/^[=!]=$/)
        if (onlyAssigned.test(key)) expect(operator, rule).toBe('=')
        // In sysfs the ids are in lower case.
        if (key.startsWith('ATTRS')) expect(value, rule).toMatch(/^[0-9a-f]{4}(\|[0-9a-f]{4})*$/)
        if (key === 'GOTO') expect(rules.slice(at + 1), rule).toContainEqual(`LABEL="${value}"`)
      }
    }
  })

  it('give a reader to the gate, and keep ModemManager and the desktop away from it', () => {
    const ch340 = { vendor: '1a86', product: '7523' }
    expect(applied({ subsystem: 'tty', kernel: 'ttyUSB0', ...ch340 })).toEqual({
      ...mine,
      'ENV{ID_MM_DEVICE_IGNORE}': '1',
    })
    expect(applied({ subsystem: 'usb', ...ch340 })).toEqual({ 'ENV{ID_MM_DEVICE_IGNORE}': '1' })
    expect(applied({ subsystem: 'hidraw', kernel: 'hidraw0', vendor: '0c2e' })).toEqual(mine)
    const event = { subsystem: 'input', kernel: 'event3', vendor: '05e0' }
    expect(applied(event)).toEqual({ ...mine, 'ENV{LIBINPUT_IGNORE_DEVICE}': '1' })
  })

  it('give relays and lamps to the gate', () => {
    expect(applied({ subsystem: 'hidraw', vendor: '16c0', product: '05df' })).toEqual(mine)
    expect(applied({ subsystem: 'hidraw', vendor: '04d8', product: 'e73c' })).toEqual(mine)
  })

  it('leave every other device alone', () => {
    expect(applied({ subsystem: 'input', kernel: 'event0', vendor: '046d', product: 'c31c' })).toEqual({})
    expect(applied({ subsystem: 'tty', vendor: '1a86', product: '5523' })).toEqual({})
    expect(applied({ subsystem: 'hidraw', vendor: '16c0', product: '27db' })).toEqual({})
  })
})
