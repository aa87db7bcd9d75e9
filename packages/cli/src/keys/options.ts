/** Options that several commands for keys have. */
import type { ArgDef } from 'citty'

/** Where keys are kept, whose they are and for how many days they are used, where nothing else is said. */
export const DEFAULTS = { dir: 'client_keys', environment: 'production', maxAgeDays: '90' } as const

/** Which keys, and for whom the answer is. */
export const PLACE: Readonly<Record<'key-dir' | 'environment' | 'json', ArgDef>> = {
  'key-dir': {
    type: 'string',
    valueHint: 'directory',
    description: 'Where the keys are kept',
    default: DEFAULTS.dir,
  },
  'environment': {
    type: 'string',
    valueHint: 'name',
    description: 'Whose keys: those of another environment are in a directory of its name below',
    default: DEFAULTS.environment,
  },
  'json': { type: 'boolean', description: 'Print one JSON object, failures too, and ask nothing' },
}

/** Which of the two keys of an environment. */
export const NAME: Readonly<Record<'name', ArgDef>> = {
  name: {
    type: 'string',
    valueHint: 'current|previous',
    description: 'Which key',
    default: 'current',
  },
}

/** The password of the stored key. */
export const PASSWORD: Readonly<Record<'password-fd', ArgDef>> = {
  'password-fd': {
    type: 'string',
    valueHint: 'N',
    description:
      'Read the password of the stored key from file descriptor N (default: NOMYO_KEY_PASSWORD, else it is asked for)',
  },
}

/** Whether the stored key may do without. */
export const NO_PASSWORD: Readonly<Record<'no-password', ArgDef>> = {
  'no-password': { type: 'boolean', description: 'Store the key in clear: whoever reads the file has it' },
}

/** The new password of a key that is encrypted anew. */
export const NEW_PASSWORD: Readonly<Record<'new-password-fd', ArgDef>> = {
  'new-password-fd': {
    type: 'string',
    valueHint: 'N',
    description:
      'Read the new password from file descriptor N (default: NOMYO_NEW_KEY_PASSWORD, else it is asked for, else the password stays)',
  },
}

/** When keys expire. */
export const MAX_AGE: Readonly<Record<'max-age-days', ArgDef>> = {
  'max-age-days': {
    type: 'string',
    valueHint: 'days',
    description: 'After how many days a key expires',
    default: DEFAULTS.maxAgeDays,
  },
}

/** What happens if a commit could take the keys along. */
export const GITIGNORE: Readonly<Record<'gitignore', ArgDef>> = {
  gitignore: {
    type: 'boolean',
    description: 'If the keys lie in a git work tree and are not ignored, add them to its .gitignore unasked',
  },
}
