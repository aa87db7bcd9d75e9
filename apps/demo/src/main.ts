/** The page: puts its parts together. */
import { Chat } from './chat.js'
import { pageClient, prepareKey } from './client.js'
import { byId } from './elements.js'
import { ExchangeLog } from './exchange-log.js'
import { explain } from './plain-words.js'
import { Progress } from './progress.js'
import { RouterKeyView } from './router-key-view.js'
import { sessionKeyStore } from './session-key-store.js'
import { WirePanel } from './wire-panel.js'

function start(): void {
  const { store, lifetime, words } = sessionKeyStore()
  byId('key-lifetime', HTMLElement).textContent = lifetime
  byId('key-words', HTMLElement).textContent = words

  const wire = new WirePanel()
  const progress = new Progress()
  const log = new ExchangeLog(() => wire.update(log.exchanges))
  const client = pageClient({
    keyStore: store,
    onSeal: (event) => {
      log.seal(event)
      progress.call = log.exchanges.at(-1)?.attempt === 1 ? 'sent' : 'sent again'
    },
    onOpen: (event) => log.open(event),
  })

  const routerKey = new RouterKeyView(client)
  new Chat({
    client,
    log,
    progress,
    onShowWire: (call) => wire.showCall(call),
    onAnswer: () => void routerKey.refresh(),
  })
  void routerKey.refresh()
  void prepareKey(client, () => {
    progress.isGenerating = true
  })
    .then((key) => {
      wire.key = key
    })
    .catch(showFatal)
    .finally(() => {
      progress.isGenerating = false
    })
}

/** For what keeps the whole page from working, such as a browser that gives it no cryptography. */
function showFatal(error: unknown): void {
  const { words, label } = explain(error)
  const banner = byId('fatal', HTMLElement)
  banner.textContent = `${words} (${label})`
  banner.hidden = false
  for (const id of ['text', 'model', 'send']) byId(id, HTMLElement).setAttribute('disabled', '')
}

try {
  start()
} catch (error) {
  byId('router-key-state', HTMLElement).textContent = 'Not asked for.'
  byId('protection', HTMLElement).hidden = true // nothing does
  showFatal(error)
}
