import { byId } from './elements.js'

/** Lets a row of tabs be used with mouse and arrow keys (WAI-ARIA Authoring Practices, "Tabs"). */
export function tabs(ids: readonly string[]): void {
  const all = ids.map((id) => byId(id, HTMLButtonElement))
  const select = (chosen: HTMLButtonElement): void => {
    for (const tab of all) {
      const isChosen = tab === chosen
      tab.setAttribute('aria-selected', String(isChosen))
      tab.tabIndex = isChosen ? 0 : -1
      byId(tab.getAttribute('aria-controls') ?? '', HTMLElement).hidden = !isChosen
    }
  }
  all.forEach((tab, index) => {
    tab.addEventListener('click', () => select(tab))
    tab.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
      const next = all[(index + step + all.length) % all.length]
      if (step === 0 || next === undefined) return
      select(next)
      next.focus()
    })
  })
  if (all[0] !== undefined) select(all[0])
}
