/** Process warnings, each given once for each directory, so that a loop does not fill the log. */
import process from 'node:process'

const given = new Set<string>()

/** Says, once for each directory, that the keys in it are stored without a password. */
export function warnUnencrypted(directory: string): void {
  warnOnce(
    'NOMYO_UNENCRYPTED_KEY',
    directory,
    `The private key in ${directory} is stored without a password: whoever reads the file or a backup of it ` +
      'has the key.',
  )
}

/** Says, once for each directory, that file modes protect nothing on Windows, and what does. */
export function warnModesUnchecked(directory: string): void {
  warnOnce(
    'NOMYO_KEY_MODES_UNCHECKED',
    directory,
    `File modes say nothing on Windows, so it is not known who can read the keys in ${directory}. ` +
      `To keep others out: icacls "${directory}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F"`,
  )
}

function warnOnce(code: string, directory: string, message: string): void {
  const key = `${code} ${directory}`
  if (given.has(key)) return
  given.add(key)
  process.emitWarning(message, { type: 'NomyoWarning', code })
}
