/** Names of models that have answered, for routers that do not list theirs. Nothing else is kept beside the keys. */

const PLACE = 'nomyo-models'
/** Names that are kept at most, and characters of one. */
const MOST = 10
const LONGEST = 200

/** The names, the last one first; none where the browser stores nothing. */
export function rememberedModels(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '[]')
    return Array.isArray(kept) ? kept.filter((name) => typeof name === 'string').slice(0, MOST) : []
  } catch {
    return []
  }
}

/** Puts a name first. Where it cannot be kept, it is typed again. */
export function rememberModel(name: string): void {
  if (name.length > LONGEST) return
  const names = [...new Set([name, ...rememberedModels()])].slice(0, MOST)
  try {
    localStorage.setItem(PLACE, JSON.stringify(names))
  } catch {
    // The browser lets this page store nothing, which is said on the page already.
  }
}
