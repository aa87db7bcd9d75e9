import { defineCommand, type CommandDef } from 'citty'
import { encryptCommand } from './keys/encrypt.js'
import { exportCommand } from './keys/export.js'
import { generateCommand } from './keys/generate.js'
import { importCommand } from './keys/import.js'
import { listCommand } from './keys/list.js'
import { rotateCommand } from './keys/rotate.js'
import { showCommand } from './keys/show.js'

/** `nomyo keys`. */
export const keysCommand: CommandDef = defineCommand({
  meta: {
    name: 'keys',
    description:
      'Make, look at, replace and move your own keys. Passwords are asked for, or come from the environment or ' +
      'a file descriptor, never from an argument. Exit codes: 0, 1 it could not be done, 2 wrong usage, 130 Ctrl-C.',
  },
  subCommands: {
    generate: generateCommand,
    list: listCommand,
    show: showCommand,
    rotate: rotateCommand,
    encrypt: encryptCommand,
    export: exportCommand,
    import: importCommand,
  },
})
