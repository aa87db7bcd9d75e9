const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Whether the host of a URL is this machine, so that nobody else is on the way. */
export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.includes(hostname)
