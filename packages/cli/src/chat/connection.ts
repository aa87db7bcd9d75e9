/** From settings to a client that has met its router. */
import { SecureChatCompletion, type Logger, type Password } from '@nomyo/client'
import { CURRENT_KEY } from '@nomyo/core'
import type { PemKeyStore } from '@nomyo/keystore-pem'
import { storeOf } from '../keys/key-command.js'
import { givenPassword, KEY_PASSWORD, oldPassword } from '../keys/password.js'
import { notice, warn } from '../terminal/notices.js'
import { whileWaiting } from '../terminal/waiting.js'
import type { ChatSettings } from './settings.js'

/**
 * A client that knows the router's key and, where protocol 1.0 is spoken, has ours: the password is asked for only
 * then. The API key is read from `NOMYO_API_KEY` by the client itself.
 * @throws what the client throws; CommandFailure (130) for Ctrl-C at the question for a password.
 */
export async function connect(settings: ChatSettings, signal: AbortSignal): Promise<SecureChatCompletion> {
  let password = await givenPassword(settings.keys.options, KEY_PASSWORD)
  const locked = password === undefined ? await lockedKey(storeOf(settings.keys)) : undefined
  const client = clientWith(settings, password ?? (locked && ((): string => password!)))
  await whileWaiting('Connecting', () => client.serverKey({ signal }))
  if (client.protection().protocol !== '1.0') return client
  if (locked !== undefined) password = await oldPassword(settings.keys, KEY_PASSWORD, locked)
  await whileWaiting('Preparing your own key, which protocol 1.0 needs', () => client.ready({ signal }))
  return client
}

function clientWith(
  { address, pins, tier, keys }: ChatSettings,
  password: Password | undefined,
): SecureChatCompletion {
  return new SecureChatCompletion({
    ...{ baseURL: address.url, allowHttp: address.allowHttp, securityTier: tier },
    keyStore: storeOf(keys, { password }),
    serverKeyPins: pins.length === 0 ? undefined : pins,
    logger: LOGGER,
  })
}

/** Where the key is, if it is one that only a password opens. One that cannot be described need not be needed. */
async function lockedKey(store: PemKeyStore): Promise<string | undefined> {
  const info = await store.describe(CURRENT_KEY).catch(() => undefined)
  return info === undefined || info.protection.encryption === 'none' ? undefined : info.privateKeyPath
}

const withoutName = (message: string): string => message.replace(/^\[nomyo\] /, '')
const say = (message: string): void => notice(withoutName(message))
const warnOf = (message: string): void => warn(withoutName(message))

/** What the client has to say goes to standard error. */
const LOGGER: Logger = { error: warnOf, warn: warnOf, info: say, debug: say }
