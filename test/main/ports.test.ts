import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createPorts } from '../../main/ports.ts'
import { PageStandIn, received, ServiceStandIn } from './stand-in.ts'

const joined = () => ({
  ports: createPorts(() => new MessageChannel()),
  page: new PageStandIn(),
  service: new ServiceStandIn(),
})

describe('the hand-over of ports', () => {
  it('joins the page and the service by one channel that carries messages both ways', () => {
    const { ports, page, service } = joined()
    ports.serviceStarted(service)
    ports.pageReady(page)
    expect(service.messages).toEqual([{ kind: 'page' }])
    expect(page.channels).toEqual(['gate-kiosk:port'])
    page.ports[0]?.postMessage('from the page')
    service.ports[0]?.postMessage('from the service')
    expect(received(service.ports[0])).toBe('from the page')
    expect(received(page.ports[0])).toBe('from the service')
  })

  it('hands over nothing while only one of the two is there', () => {
    const { ports, page, service } = joined()
    ports.serviceStarted(service)
    expect(service.ports).toHaveLength(0)
    ports.serviceGone()
    ports.pageReady(page)
    expect(page.ports).toHaveLength(0)
  })

  it('gives a page that was there first its port as soon as the service starts', () => {
    const { ports, page, service } = joined()
    ports.pageReady(page)
    ports.serviceStarted(service)
    page.ports[0]?.postMessage('late')
    expect(received(service.ports[0])).toBe('late')
  })

  it('gives the same page a new port when the service starts again', () => {
    const { ports, page, service } = joined()
    const second = new ServiceStandIn()
    ports.serviceStarted(service)
    ports.pageReady(page)
    ports.serviceGone()
    ports.serviceStarted(second)
    expect(page.ports).toHaveLength(2)
    page.ports[1]?.postMessage('again')
    expect(received(second.ports[0])).toBe('again')
    expect(service.ports).toHaveLength(1)
  })

  it('gives the same service a new port when the page loads again', () => {
    const { ports, page, service } = joined()
    ports.serviceStarted(service)
    ports.pageReady(page)
    ports.pageReady(page)
    expect(new Set(service.ports).size).toBe(2)
    page.ports[1]?.postMessage('reloaded')
    expect(received(service.ports[1])).toBe('reloaded')
    expect(received(service.ports[0])).toBeUndefined()
  })

  it('hands a page that crashed nothing until it is ready again', () => {
    const { ports, page, service } = joined()
    ports.serviceStarted(service)
    ports.pageReady(page)
    ports.pageGone()
    ports.serviceGone()
    const second = new ServiceStandIn()
    ports.serviceStarted(second)
    expect(second.ports).toHaveLength(0)
    ports.pageReady(page)
    page.ports[1]?.postMessage('back')
    expect(received(second.ports[0])).toBe('back')
  })
})
