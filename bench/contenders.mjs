/**
 * The ways to ask for one completion, for Node and for a page. `client` and `floor` ask the same router, so that only
 * the client differs; `ends` asks the SDK's router: both its ends are ours.
 *
 * @typedef {object} Target
 * @property {string} origin
 * @property {string} floor
 * @property {{ publicPem: string, privatePem: string }} own
 * @property {import('./platform/node.mjs').Platform} platform
 */
import { privateKeyOf } from './floor/bytes.mjs'
import { floorClientV1, floorClientV2 } from './floor/client.mjs'

const PATH = '/v1/chat/completions'

/** Loaded by those alone who use it: it takes memory. @param {string} baseURL @param {'1.0' | '2.0'} protocol */
export async function clientOf(baseURL, protocol, options = {}) {
  const { SecureChatCompletion } = await import('@nomyo/client')
  return new SecureChatCompletion({
    ...{ baseURL, protocol, allowHttp: true, logLevel: 'off', maxRetries: 0, ...options },
  })
}

async function sdk(baseURL, protocol, { own }) {
  const client = await clientOf(baseURL, protocol)
  if (protocol === '1.0') await client.loadKeys({ pem: own.privatePem })
  return (request) => client.create(request)
}

async function floorV1({ floor, own, platform }) {
  const privateKey = await privateKeyOf(own.privatePem, ['unwrapKey'])
  return floorClientV1({ url: floor, platform, own: { privateKey, pem: own.publicPem } })
}

function plain({ origin }) {
  const headers = { 'content-type': 'application/json' }
  return async (request) => {
    const body = JSON.stringify(request)
    return (await fetch(origin + PATH, { method: 'POST', headers, body })).json()
  }
}

async function openai({ origin }) {
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({
    ...{ baseURL: `${origin}/v1`, apiKey: 'none', maxRetries: 0, dangerouslyAllowBrowser: true },
  })
  return (request) => client.chat.completions.create(request)
}

/** @type {Record<string, (target: Target) => unknown>} */
const CONTENDERS = {
  plain,
  openai,
  'floor 1.0': floorV1,
  'floor 1.0 again': floorV1,
  'client 1.0': (target) => sdk(target.floor, '1.0', target),
  'ends 1.0': (target) => sdk(target.origin, '1.0', target),
  'floor 2.0': ({ floor, platform }) => floorClientV2({ url: floor, platform }),
  'client 2.0': (target) => sdk(target.floor, '2.0', target),
  'ends 2.0': (target) => sdk(target.origin, '2.0', target),
}

export const NAMES = Object.keys(CONTENDERS)

/**
 * A call that gives the length of the answer's text.
 *
 * @param {string} name
 * @param {Target} target
 * @returns {Promise<(request: object) => Promise<number>>}
 */
export async function callOf(name, target) {
  const ask = await CONTENDERS[name](target)
  return async (request) => {
    const { choices } = await ask(request)
    const { length } = choices[0].message.content
    if (length < 1) throw new Error(`${name} got no answer.`)
    return length
  }
}
