/** CommonJS: everything is to be had by require() too, and is the same thing as by import(). */
const assert = require('node:assert/strict')

const NAMES = [
  '@nomyo/client',
  '@nomyo/core',
  '@nomyo/core/exchange',
  '@nomyo/core/pkcs8',
  '@nomyo/keystore-indexeddb',
  '@nomyo/keystore-pem',
  '@nomyo/router',
  'nomyo',
]

async function main() {
  for (const name of NAMES) {
    const required = require(name)
    const imported = await import(name)
    assert(Object.keys(required).length > 0, name)
    assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort(), name)
    for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], `${name} ${key}`)
  }
  for (const name of NAMES.filter((name) => name.split('/').length < 3)) {
    assert.equal(require(`${name}/package.json`).name, name)
  }
  const { generateKeyPair, open, seal } = require('@nomyo/core')
  const pair = await generateKeyPair({ modulusLength: 2048 })
  const { plaintext } = await open(await seal(Buffer.from('{"x":1}'), pair.publicKey), pair)
  assert.equal(Buffer.from(plaintext).toString(), '{"x":1}')
  console.log(`${NAMES.length} names required under Node ${process.versions.node}`)
}

void main()
