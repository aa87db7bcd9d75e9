/** A CommonJS program in TypeScript: allowed by the compiler since 5.8, which knows that Node can require ES modules. */
import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { pemKeyStore } from '@nomyo/keystore-pem'

const options: ClientOptions = { baseURL: 'https://router.example', keyStore: pemKeyStore({ dir: 'keys' }) }
const client: SecureChatCompletion = new SecureChatCompletion(options)
console.log(client.protection().transport)
