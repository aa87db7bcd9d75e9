import { all, area, needing, row, within } from '../row.mjs'

const PEM = 'packages/keystore-pem/test'
const LOADING = `${PEM}/loading.test.ts`
const ENCRYPTION = `${PEM}/encryption.slow.test.ts`
const SAVING = `${PEM}/saving.test.ts`
const DIRECTORIES = `${PEM}/directories.test.ts`
const PROCESSES = `${PEM}/processes.slow.test.ts`
const INDEXED_DB = 'packages/keystore-indexeddb/test'
const MANAGER = 'packages/core/test/key-manager.universal.test.ts'
const CORRUPT = 'a corrupt or empty PEM is refused, and not overwritten'
const IRREGULAR = 'what is no regular file is refused'
const RACE = 'four processes racing'

const irregular = (what, as) =>
  row(`${what} in place of the private key`, ...within(LOADING, IRREGULAR, `private_key.pem as ${as}`))

export const keys = area('Keys', [
  row(
    'a wrong password: a SecurityError, and the file as it was, to the byte',
    [ENCRYPTION, 'with a password > wrong password: SecurityError, file unchanged to the byte'],
    [ENCRYPTION, 'with a password > nor does a rotation under a wrong password change it'],
    [
      `${INDEXED_DB}/password.browser.test.ts`,
      'a wrong password > wrong password: one opaque error, the record unchanged to the byte',
    ],
  ),
  row(
    'a damaged key is not overwritten',
    ...within(
      LOADING,
      CORRUPT,
      'zeros',
      'cut short',
      'without its last line',
      'a public key',
      'DER',
      'numbers of two keys',
    ),
    all(`${INDEXED_DB}/damage.browser.test.ts`, 'a damaged record > is neither compared'),
  ),
  row('an empty key file is not overwritten', ...within(LOADING, CORRUPT, 'empty', 'white space')),
  row('a private key with mode 0644', all(LOADING, 'permissions > a private key with mode ')),
  irregular('a symbolic link', 'a symbolic link'),
  irregular('a link to nowhere', 'a dangling link'),
  irregular('a FIFO', 'a FIFO'),
  irregular('a directory', 'a directory'),
  needing(
    'root, to make a small disk',
    row('a disk that is full: the old key stays whole', [
      DIRECTORIES,
      'disk full > on a small file system: the old key stays, and nothing of the new one',
    ]),
  ),
  row(
    'a limit on the size of files, and a full database: the old key stays whole',
    [DIRECTORIES, 'disk full > for large files only: the old key stays, and no half of the new one'],
    [`${INDEXED_DB}/storage.browser.test.ts`, 'a disk that is full (fake) > disk full: the old key stays'],
  ),
  row(
    'a process that is killed while it saves: the old key or the new one',
    ...within(
      PROCESSES,
      'kill −9 in mid-save',
      'at 200 moments without a password: no key or a whole one, old or new, never neither',
      'at 10 moments with a password: the old key or the new one, never neither',
    ),
  ),
  row('umask 000: the private key has mode 0600 all the same', [
    SAVING,
    'permissions > are 0600 for what is secret under umask 000',
  ]),
  row(
    'four processes that race: one key',
    all(PROCESSES, `${RACE} > that save on an empty directory`),
    all(PROCESSES, `${RACE} > that need a key`),
  ),
  row(
    'a public key that is not that of the private one',
    ...within(
      LOADING,
      'public and private disagree',
      'a public key of another private key is an error that names it',
    ),
    [
      `${INDEXED_DB}/exportable-keys.browser.test.ts`,
      'public and private disagree: such a pair is not saved',
    ],
  ),
  row('a password behind one iteration: a warning', [ENCRYPTION, 'the cost of opening > 1 iteration warns']),
  row(
    'a password behind 10^9 iterations: refused before anything is computed',
    [
      ENCRYPTION,
      'the cost of opening > 10^9 iterations refused before anything is computed, and before a password is asked for',
    ],
    [
      'packages/core/test/pkcs8-hostile.universal.test.ts',
      'is refused with the reason, and nothing is computed > 10^9 iterations',
    ],
    [`${INDEXED_DB}/password.browser.test.ts`, '1 iteration warns, 10^9 refused'],
  ),
  row(
    'a key of 91 days is replaced, and still opens what was in flight',
    [MANAGER, 'rotation > a 91-day-old key rotates and still opens what was in flight'],
    ['packages/client/test/rotation.slow.test.ts', 'rotation > what was in flight still opens'],
  ),
  row(
    'two tabs that race: one key',
    [`${INDEXED_DB}/tabs.browser.test.ts`, 'two tabs racing end with one key'],
    ['apps/demo/test/keys.slow.spec.ts', 'two tabs racing end with one key, and both get answers'],
  ),
  row(
    'a script in the page that exports the private key gets nothing',
    [`${INDEXED_DB}/exportable-keys.browser.test.ts`, 'exportKey of a browser key rejects'],
    ['apps/demo/test/keys.slow.spec.ts', 'exportKey of a browser key rejects'],
  ),
])
