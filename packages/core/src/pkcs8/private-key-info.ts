/** The outline of an unencrypted PKCS#8 key: PrivateKeyInfo, or OneAsymmetricKey (RFC 5958 section 2). */
import { INTEGER, OCTET_STRING, readElement, readElements, SEQUENCE, type Element } from '../lib/der.js'
import { OBJECT_IDENTIFIER } from './oid.js'

const ATTRIBUTES = 0xa0
const PUBLIC_KEY = 0x81
/** What may follow the key. */
const ENDINGS = [[], [ATTRIBUTES], [PUBLIC_KEY], [ATTRIBUTES, PUBLIC_KEY]].map(String)

/** Whether `der` is one PKCS#8 key of any algorithm and nothing else. The key inside is not looked at. */
export function isPrivateKeyInfo(der: Uint8Array): boolean {
  const outer = readElement(der, 0)
  if (outer?.tag !== SEQUENCE || outer.end !== der.length) return false
  const [version, algorithm, key, ...ending] = readElements(outer.content) ?? []
  return (
    isVersion(version) &&
    algorithm?.tag === SEQUENCE &&
    readElement(algorithm.content, 0)?.tag === OBJECT_IDENTIFIER &&
    key?.tag === OCTET_STRING &&
    ENDINGS.includes(String(ending.map(({ tag }) => tag)))
  )
}

function isVersion(element: Element | undefined): boolean {
  return element?.tag === INTEGER && element.content.length === 1 && element.content[0]! <= 1
}
