import { all, area, needing, row } from '../row.mjs'

const DEMO = 'apps/demo/test'
const FILES = `${DEMO}/hostile-key-file.slow.spec.ts`
const KEYS = `${DEMO}/key-file.slow.spec.ts`
const PICTURES = `${DEMO}/pictures.spec.ts`
const MODELS = `${DEMO}/models.spec.ts`
const ANSWERS = `${DEMO}/answers.spec.ts`

export const page = area('The page', [
  row(
    'a file with a key that is none, is two, is damaged, holds markup or another kind of key: refused in words, and the ' +
      'key in use stays',
    [FILES, 'a hostile file is refused in words, runs nothing, and leaves the key that there is'],
    [KEYS, 'what is no encrypted key is refused in words'],
  ),
  needing(
    'openssl, to make the file',
    row('a file that asks for 10^9 iterations', [
      FILES,
      'a file that asks for 10^9 iterations is refused before anything is computed',
    ]),
  ),
  row('a wrong password of such a file: nothing is replaced, and nothing without a yes', [
    KEYS,
    'a wrong password says so and loses nothing; the key in use is replaced only after a yes',
  ]),
  row(
    'a dialog that is closed while it works: no key is imported, no file is saved',
    [KEYS, 'who cancels while a file is decrypted has imported nothing'],
    [
      KEYS,
      'who closes the dialog while a key is encrypted gets no file; what is typed meanwhile is no password',
    ],
  ),
  row('two tabs that import at once: one key', [FILES, 'two tabs that import at once end with one key']),
  row(
    'an import beside a key that is made, here or in another tab: what was not asked about is not replaced',
    [FILES, 'a “yes” to a key that another tab has replaced meanwhile replaces nothing'],
    [FILES, 'an import while a new key is generated: the page shows the key that is stored'],
  ),
  row('a key that was not made for it cannot be exported', [
    KEYS,
    'a key that was not made for it cannot be exported, and the page says why',
  ]),
  row(
    'what is no picture, or only begins as one, with a script in it: runs nothing, fetches nothing',
    [PICTURES, 'a picture can be removed, by keys too, and what is no picture is not attached'],
    [PICTURES, 'what only begins as a picture is sent as it is, runs nothing and fetches nothing'],
  ),
  row('pictures larger than a request: said before it is sent', [
    PICTURES,
    'what is too large is said before it is sent, and nothing is lost',
  ]),
  row('a picture whose name is markup, without an end, or turns text around', [
    PICTURES,
    'a hostile name of a file changes nothing of the words around it',
  ]),
  row('a list of models that is none, or whose names are markup: text', [
    MODELS,
    'a list that is none, or whose names are markup, is nothing but text to the page',
  ]),
  row('names of models that no field can hold, or of 5 MB: not offered', [
    MODELS,
    'names that no field holds as they are, and endless ones, are not offered',
  ]),
  row(
    'the name under which a model answers: markup, without an end, no text, or one that turns the line around',
    all(ANSWERS, 'an answer of a model with a name '),
  ),
  row('scripts, frames, forms, links and pictures in the Markdown of an answer', [
    ANSWERS,
    'hostile Markdown runs nothing and fetches nothing',
  ]),
  row(
    'Markdown nested 3,000 levels deep, or a table of 100,000 rows: shown as it was written, and the page goes on',
    all(ANSWERS, 'an answer nested deeper than the parser can follow'),
    [ANSWERS, 'a table that would take the browser half a minute is shown as it was written'],
  ),
])
