import { EventEmitter } from 'node:events'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { GuardedApp, GuardedContents, GuardedSession } from '../../main/guards.ts'
import type { Page, Service } from '../../main/ports.ts'
import type { Child } from '../../main/supervisor.ts'
import type { WatchedPage } from '../../main/window.ts'

/** Moves ports as Electron does: a port that was already given away throws. */
function transfer(ports: MessagePort[]): MessagePort[] {
  return structuredClone(ports, { transfer: ports })
}

/** Stands in for Electron's `UtilityProcess`. */
export class ServiceStandIn extends EventEmitter implements Child, Service<MessagePort> {
  kills = 0
  readonly messages: unknown[] = []
  readonly ports: MessagePort[] = []

  kill(): boolean {
    this.kills += 1
    return true
  }

  postMessage(message: unknown, ports: MessagePort[]): void {
    this.messages.push(message)
    this.ports.push(...transfer(ports))
  }
}

/** Stands in for Electron's `WebContents`. */
export class PageStandIn extends EventEmitter implements Page<MessagePort>, WatchedPage, GuardedContents {
  crashes = 0
  readonly channels: string[] = []
  readonly ports: MessagePort[] = []
  windowOpen: () => { action: string } = () => ({ action: 'not set' })

  postMessage(channel: string, _message: unknown, ports: MessagePort[]): void {
    this.channels.push(channel)
    const received = transfer(ports)
    this.ports.push(...received)
    this.emit('received', channel, received)
  }

  forcefullyCrashRenderer(): void {
    this.crashes += 1
  }

  setWindowOpenHandler(handler: () => { action: 'deny' }): void {
    this.windowOpen = handler
  }
}

/** Stands in for Electron's `Session`. */
export class SessionStandIn extends EventEmitter implements GuardedSession {
  request: Parameters<GuardedSession['setPermissionRequestHandler']>[0] | null = null
  check: Parameters<GuardedSession['setPermissionCheckHandler']>[0] | null = null

  setPermissionRequestHandler(handler: Parameters<GuardedSession['setPermissionRequestHandler']>[0]): void {
    this.request = handler
  }

  setPermissionCheckHandler(handler: Parameters<GuardedSession['setPermissionCheckHandler']>[0]): void {
    this.check = handler
  }
}

/** Stands in for Electron's `app`. */
export class AppStandIn extends EventEmitter implements GuardedApp {}

/** What has arrived at a port, or undefined. */
export function received(port: MessagePort | undefined): unknown {
  return port === undefined ? undefined : receiveMessageOnPort(port)?.message
}
