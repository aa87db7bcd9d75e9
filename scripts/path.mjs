/** Programs on the PATH. Only Node built-ins. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * @param {string[]} names in the order of preference
 * @returns {string | undefined} the first program of one of these names
 */
export function onPath(names) {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return names
    .flatMap((name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name + suffix)))
    .find(isExecutable)
}
