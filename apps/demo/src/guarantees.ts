/** What is guaranteed with this router right now, and what is not, in plain words. */
import type { Protection } from '@nomyo/client'
import { moment } from './quantities.js'

/** What the page knows of the router's key. */
export type RouterKeyState = 'asking' | 'known' | 'changed' | 'unusable'

/** What to say of it. */
export interface Guarantees {
  /** How the key came to be trusted, in a few words and in a paragraph. */
  readonly trust: string
  readonly trustWords: string
  readonly holds: readonly string[]
  readonly lacks: readonly string[]
}

type ServerKey = Protection['serverKey']

const UNKNOWN: Readonly<Record<Exclude<RouterKeyState, 'known'>, Guarantees>> = {
  asking: {
    trust: 'Router key not known yet',
    trustWords: 'The router is being asked for it.',
    holds: ['No message leaves before the key is there: nothing is sent unsealed.'],
    lacks: ['Everything else. There is no key yet that something could be sealed to.'],
  },
  changed: {
    trust: 'Router key changed',
    trustWords:
      'The router shows another key than the one this page trusts. Either it was replaced, or somebody stands in between.',
    holds: ['No message is sealed to the new key unless you decide to trust it.'],
    lacks: ['That it is the router who would read your messages. Until you have settled that, none is sent.'],
  },
  unusable: {
    trust: 'Router key not known',
    trustWords: 'The router gave no key that can be used. The line above says why.',
    holds: ['No message leaves without a key: nothing is sent unsealed.'],
    lacks: ['That the router can be reached. “Ask again” tries it.'],
  },
}

const NOT_THE_PINNED: Guarantees = {
  trust: 'Router key is not the pinned one',
  trustWords: 'The router shows another key than the one that is pinned in the address of this page.',
  holds: ['No message is sealed to it.'],
  lacks: ['That it is the router who would read your messages. As long as it shows that key, none is sent.'],
}

const BY_PROTOCOL: Readonly<
  Record<NonNullable<Protection['protocol']>, Pick<Guarantees, 'holds' | 'lacks'>>
> = {
  '2.0': {
    holds: [
      'Only who has the router’s private key can read your messages.',
      'An answer is from who has it, belongs to your very request, and is whole: changed, cut, swapped or repeated ' +
        'ones are refused.',
      'The same request is not worked on twice: the router refuses one that it has seen.',
    ],
    lacks: ['That old messages stay closed if the router’s private key is stolen later.'],
  },
  '1.0': {
    holds: [
      'Only who has the router’s private key can read your messages.',
      'Only this browser’s key opens the answers.',
    ],
    lacks: [
      'That an answer is from the router, or to your request: who can change traffic on the way can forge one.',
      'That a request is worked on only once: who has recorded it can send it again.',
      'That old messages stay closed if the router’s private key, or yours, is stolen later.',
    ],
  },
}
const NOT_AGREED: Pick<Guarantees, 'holds' | 'lacks'> = {
  holds: ['No message leaves unsealed, whatever the protocol will be.'],
  lacks: ['More than that: it depends on the protocol, which is agreed with the first message.'],
}

const OVER_HTTP =
  'That this page is the router’s own: it came over http:. On localhost nobody but this machine can change it on the ' +
  'way; do not use it so from elsewhere.'

/** What holds for a client that knows `protection`. */
export function guaranteesOf(
  { protocol, transport, serverKey }: Protection,
  state: RouterKeyState,
): Guarantees {
  if (state === 'changed' && serverKey.trust === 'pinned') return NOT_THE_PINNED
  if (state !== 'known') return UNKNOWN[state]
  const trust = trustIn(serverKey)
  const { holds, lacks } = protocol === undefined ? NOT_AGREED : BY_PROTOCOL[protocol]
  return {
    ...trust,
    holds: [...trust.holds, ...holds],
    lacks: [...trust.lacks, ...lacks, ...(transport === 'http' ? [OVER_HTTP] : [])],
  }
}

function trustIn({ trust, firstSeen, isRemembered }: ServerKey): Guarantees {
  if (trust === 'pinned') {
    return {
      trust: 'Router key pinned',
      trustWords:
        'Only the router key in the address of this page, after “pin=”, is accepted. With any other, nothing is sent.',
      holds: ['Only the key that was given in advance is sealed to, from the first message on.'],
      lacks: ['That the right key was given: that is up to who gave it.'],
    }
  }
  const since = firstSeen === undefined ? 'since this visit' : `since ${moment(firstSeen)}`
  const memory = isRemembered
    ? 'It is remembered in this browser until the site’s data is cleared.'
    : 'It is remembered only until this page is closed or reloaded: then the page trusts whichever key it meets.'
  return {
    trust: 'Router key trusted on first use',
    trustWords:
      'The first key that the router showed, or the one that you decided for since, is the one this page trusts; if ' +
      `another one turns up later, nothing is sent to it unless you say so. ${memory}`,
    holds: [`It is the same router key ${since}. To another one, nothing is sent.`],
    lacks: [
      'That this key was the router’s own when it was first seen. To be sure, compare its fingerprint with the ' +
        'router’s own, which it prints when it starts.',
    ],
  }
}
