/** Why a command ends without having done what it was asked; the message is one line for a person. */
export class CommandFailure extends Error {
  /** 1: it could not be done; 2: the arguments were wrong; 130: somebody pressed Ctrl-C at a question. */
  readonly exitCode: 1 | 2 | 130

  constructor(message: string, exitCode: 1 | 2 | 130 = 1) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }

  /** The same for a program. */
  get code(): 'failed' | 'usage' | 'cancelled' {
    return this.exitCode === 1 ? 'failed' : this.exitCode === 2 ? 'usage' : 'cancelled'
  }
}

/** The failure for arguments that cannot be used. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, 2)
}

/** The failure for a question that was answered with Ctrl-C: 128 + SIGINT, as shells have it. */
export function cancelled(): CommandFailure {
  return new CommandFailure('Cancelled. Nothing was changed.', 130)
}
