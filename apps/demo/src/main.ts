/** The page: puts its parts together. */
import type { ClientOptions } from '@nomyo/client'
import { AttackView } from './attack/attack-view.js'
import { Chat } from './chat.js'
import { pageClients } from './client.js'
import { byId } from './elements.js'
import { ExchangeLog } from './exchange-log.js'
import type { RouterKeyState } from './guarantees.js'
import { modelList } from './listed-models.js'
import { OwnKeyView } from './own-key-view.js'
import { explain } from './plain-words.js'
import { showPinForm } from './pin-form.js'
import { pinsOfAddress, wordsOfWrongPin } from './pins.js'
import { Progress } from './progress.js'
import { showProtection } from './protection-view.js'
import { RouterKeyView } from './router-key-view.js'
import { sessionKeyStore } from './session-key-store.js'
import { showStorageWarning } from './storage-warning.js'
import { WirePanel } from './wire-panel.js'

function start(): void {
  const serverKeyPins = pinsOfAddress()
  const isPinned = serverKeyPins !== undefined
  showPinForm(isPinned)
  const store = sessionKeyStore(showStorageWarning)
  const wire = new WirePanel()
  const progress = new Progress()
  const log = new ExchangeLog(() => wire.update(log.exchanges))
  const clients = pageClients({
    ...{ keyStore: store, serverKeyPins, ...watching(log, progress) },
    onKeyEvent: (event) => ownKey.tell(event),
  })
  const client = clients.auto
  let keyState: RouterKeyState = 'asking'
  const tellProtection = (): void => {
    // The other client may not have met the router yet.
    const { serverKey } = client.protection()
    showProtection({ ...clients[chat.protocol].protection(), serverKey }, keyState)
  }
  const ownKey = new OwnKeyView({
    ...{
      client: clients['1.0'],
      store,
      onGenerating: (isGenerating) => (progress.isGenerating = isGenerating),
    },
    onPrepared: (key) => {
      wire.key = key
      tellProtection()
    },
    // Each client holds the key that it has loaded; the view loads the other's.
    onImported: async () => void (await client.loadKeys()),
  })
  const routerKey = new RouterKeyView(client, {
    isPinned,
    onKnown: (state) => {
      keyState = state
      tellProtection()
    },
    onTrusted: () => chat.focus(),
  })
  const chat = new Chat({
    ...{ clients, log, progress, listModels: modelList(store) },
    onShowWire: (call) => wire.showCall(call),
    onAnswer: () => {
      void routerKey.refresh()
      tellProtection()
    },
    onProtocol: (protocol) => {
      tellProtection()
      if (protocol === '1.0') void ownKey.prepare().catch(showFatal)
    },
    onKeyChange: (error) => routerKey.showFailure(error),
    onCompareKeys: () => routerKey.compare(),
  })
  new AttackView(() => ({ protocol: chat.protocol, model: chat.model }))
  void routerKey.refresh()
  tellProtection()
  void ownKey[chat.protocol === '1.0' ? 'prepare' : 'load']().catch(showFatal)
}

/** What tells the log and the line of progress how far a call is. */
function watching(log: ExchangeLog, progress: Progress): Pick<ClientOptions, 'onSeal' | 'onOpen'> {
  return {
    onSeal: (event) => {
      log.seal(event)
      progress.call = log.exchanges.at(-1)?.attempt === 1 ? 'sent' : 'sent again'
    },
    onOpen: (event) => log.open(event),
  }
}

/** For what keeps the whole page from working, such as a browser that gives it no cryptography. */
function showFatal(error: unknown): void {
  const { words, label } = explain(error)
  const banner = byId('fatal', HTMLElement)
  banner.textContent = `${wordsOfWrongPin(error) ?? words} (${label})`
  banner.hidden = false
  for (const id of ['text', 'model', 'send']) byId(id, HTMLElement).setAttribute('disabled', '')
}

try {
  start()
} catch (error) {
  byId('router-key-state', HTMLElement).textContent = 'Not asked for.'
  byId('protection', HTMLElement).hidden = true // nothing does
  byId('attacks', HTMLElement).hidden = true
  showFatal(error)
}
