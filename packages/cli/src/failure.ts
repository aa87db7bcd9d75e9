/** Why a command ends without having done what it was asked; the message is one line for a person. */
export class CommandFailure extends Error {
  /** 1: it could not be done; 2: the arguments were wrong. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}

/** The failure for arguments that cannot be used. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, 2)
}
