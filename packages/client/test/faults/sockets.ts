/** How many sockets are open: those that servers of this process have accepted, and those that the system counts. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Counts what is accepted on a port from now on. */
export function countAccepted(port: number): { readonly open: number; stop(): void } {
  const open = new Set<Socket>()
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket }
    if (socket.localPort !== port) return
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  }
  subscribe('net.server.socket', onSocket)
  return {
    get open() {
      return open.size
    },
    stop: () => void unsubscribe('net.server.socket', onSocket),
  }
}

/** The sockets among this process's file descriptors, or 0 where the system does not show them. */
export function systemSockets(): number {
  try {
    return readdirSync('/proc/self/fd').filter(isSocket).length
  } catch {
    return 0
  }
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:')
  } catch {
    return false // that of the directory itself
  }
}
