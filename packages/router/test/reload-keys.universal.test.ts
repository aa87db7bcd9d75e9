/** Keys that are loaded again while the router runs. */
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { KeyRing } from '../src/key-ring.ts'
import { SealedPeer } from './support/sealed-peer.ts'

let [former, current, stranger]: KeyPair[] = []

beforeAll(async () => {
  const three = [1, 2, 3].map(() => generateKeyPair({ modulusLength: 2048 }))
  ;[former, current, stranger] = await Promise.all(three)
})

describe('a key that the router has not', () => {
  it('is looked for among the keys as they are by now, and offered from then on', async () => {
    const reloadKeys = (): Promise<KeyPair[]> => Promise.resolve([current!, former!])
    const peer = new SealedPeer(former!, { reloadKeys })
    const before = await peer.ask()
    expect((await peer.ask({ keys: current! })).meta.status).toBe(200)
    const { keys } = await peer.capabilities()
    expect(keys.map(({ publicKey }) => publicKey.fingerprint)).toEqual(
      [current!, former!].map(({ publicKey }) => publicKey.fingerprint),
    )
    const after = await peer.ask()
    expect(after.meta.status).toBe(200)
    expect(after.meta.caps_hash).not.toBe(before.meta.caps_hash)
  })

  it.each([
    ['is a stranger’s', () => Promise.resolve([former!])],
    ['cannot be looked for', () => Promise.reject(new Error('no such file'))],
  ])('and that %s is a 422, and the others serve on', async (_what, reloadKeys) => {
    const peer = new SealedPeer(former!, { reloadKeys })
    expect((await peer.send({ keys: stranger! })).status).toBe(422)
    expect((await peer.ask()).meta.status).toBe(200)
  })
})

it('the keys are loaded once for many that ask at once, and not again within a second', async () => {
  let time = 0
  const reload = vi.fn<() => Promise<KeyPair[]>>().mockImplementation(() => Promise.resolve([former!]))
  const ring = new KeyRing(former!, reload, () => time)
  const { fingerprint } = stranger!.publicKey
  const ask = async (): Promise<unknown[]> =>
    Promise.all(Array.from({ length: 50 }, () => ring.findOrReload(fingerprint)))
  expect(new Set(await ask())).toEqual(new Set([undefined]))
  expect(reload).toHaveBeenCalledTimes(1)
  time = 999
  await ask()
  expect(reload).toHaveBeenCalledTimes(1)
  time = 1000
  await ask()
  expect(reload).toHaveBeenCalledTimes(2)
})
