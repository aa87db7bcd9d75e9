/** All fuzz targets. */
import { capabilitiesDamage } from './capabilities-damage.js'
import { envelopeBytes, envelopeFields } from './envelope-damage.js'
import { envelopeRoundTrip } from './envelope-round-trip.js'
import { exchangeRoundTrip } from './exchange-round-trip.js'
import { encryptedKeyDamage, privateKeyDamage } from './private-key-damage.js'
import { publicKeyDamage } from './public-key-damage.js'
import { requestContent } from './request-content.js'
import { requestDamage } from './request-damage.js'
import { responseContent } from './response-content.js'
import { responseDamage } from './response-damage.js'
import type { Target } from './target.js'

export const TARGETS: readonly Target[] = [
  envelopeRoundTrip,
  envelopeFields,
  envelopeBytes,
  publicKeyDamage,
  privateKeyDamage,
  encryptedKeyDamage,
  capabilitiesDamage,
  exchangeRoundTrip,
  requestDamage,
  requestContent,
  responseDamage,
  responseContent,
]
