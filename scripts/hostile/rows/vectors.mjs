import { area, needing, row } from '../row.mjs'

const withVectors = (what, ...titles) =>
  needing('the vectors of Wycheproof', row(what, ...titles.map((title) => [undefined, title])))

export const vectors = area('Vectors of Wycheproof', [
  withVectors(
    'AES-GCM: of the valid ones, those with another nonce or key size are refused',
    'Wycheproof: AES-GCM',
  ),
  withVectors(
    'RSA-OAEP with 2048, 3072 and 4096 bits, through our decoder',
    ...[2048, 3072, 4096].map((bits) => `Wycheproof: rsa_oaep_${bits}_sha256_mgf1sha256_test.json`),
  ),
  withVectors('PBES2: passwords and private keys', 'Wycheproof: PBES2'),
])
