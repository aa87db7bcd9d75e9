/** Other tabs: frames of the same origin, each with a world and a database connection of its own. */

/** What tells all tabs that they may generate their keys. */
export const GO_ON = 'go on'

/** What a tab tells. */
export type FromTab =
  | { readonly type: 'generating' }
  | { readonly type: 'ready'; readonly fingerprint: string; readonly previous: string | undefined }
  | { readonly type: 'failed'; readonly reason: string }

/** What a tab has in the end. */
export interface TabKeys {
  readonly fingerprint: string
  readonly previous: string | undefined
}

/**
 * Opens so many tabs on a database at once. None of them generates its key before all are about to. Returns
 * the keys of each, when all have one.
 */
export async function raceTabs(count: number, databaseName: string): Promise<readonly TabKeys[]> {
  const channel = new BroadcastChannel(databaseName)
  const frames: HTMLIFrameElement[] = []
  try {
    return await new Promise((resolve, reject) => {
      const ready: TabKeys[] = []
      let generating = 0
      channel.onmessage = ({ data }: MessageEvent<FromTab>) => {
        if (data.type === 'failed') reject(new Error(data.reason))
        if (data.type === 'generating' && ++generating === count) channel.postMessage(GO_ON)
        if (data.type !== 'ready') return
        ready.push({ fingerprint: data.fingerprint, previous: data.previous })
        if (ready.length === count) resolve(ready)
      }
      while (frames.length < count) frames.push(openTab(databaseName))
    })
  } finally {
    for (const frame of frames) frame.remove()
    channel.close()
  }
}

function openTab(databaseName: string): HTMLIFrameElement {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const world = frame.contentDocument!
  const script = world.createElement('script')
  script.type = 'module'
  const url = new URL('./tab.ts', import.meta.url)
  url.searchParams.set('database', databaseName)
  script.src = url.href
  world.head.append(script)
  return frame
}
