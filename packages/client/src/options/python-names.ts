/** The Python client's names, for those who move over: each is answered with ours. */

const OURS: Readonly<Record<string, string>> = {
  base_url: 'baseURL, at construction',
  allow_http: 'allowHttp, at construction',
  api_key: 'apiKey, at construction or in the second argument of create()',
  security_tier: 'securityTier, at construction or in the second argument of create()',
  max_retries: 'maxRetries',
  secure_memory: 'nothing: see SECURITY.md for what can be overwritten in JavaScript',
  key_dir: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  keyDir: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  save_to_file: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  saveToFile: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  private_key_path: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  privateKeyPath: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  public_key_path: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
  publicKeyPath: 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem',
}

/** @throws TypeError that names our option, if `options` has a name of the Python client's. */
export function assertNoPythonNames(options: object): void {
  const name = Object.keys(options).find((key) => Object.hasOwn(OURS, key))
  if (name !== undefined) throw new TypeError(`${name} is not an option here: use ${OURS[name]}.`)
}
