/** Names that the router acts on: some servers match names without regard to case, and would see another. */
const KNOWN = ['model', 'messages', 'store', 'stream', 'stream_options']

/** Whether a name differs from a known one only in case. Upper case first: it also folds letters such as the long s. */
export function isAmbiguous(name: string): boolean {
  return !KNOWN.includes(name) && KNOWN.includes(name.toUpperCase().toLowerCase())
}
