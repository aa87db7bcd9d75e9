/** Requests exactly as they are written: `fetch` would tidy the path and choose the Host header itself. */
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is asked. */
export interface Question {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The address to connect to. Default: 127.0.0.1. */
  readonly address?: string
}

/** Sends one request without following or normalising anything. */
export function ask(port: number, question: Question = {}): Promise<Answer> {
  const { path = '/', method = 'GET', headers = {}, address = '127.0.0.1' } = question
  return new Promise((resolve, reject) => {
    // An empty Host header would be filled in.
    const setHost = headers['host'] === undefined
    const sent = request(
      { host: address, port, path, method, headers, setHost, agent: false },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => (body += text))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        )
      },
    )
    sent.once('error', reject)
    sent.end()
  })
}

/** Sends these very bytes to 127.0.0.1, and gives all that comes back until the connection ends. */
export function askRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setEncoding('latin1').on('data', (part) => (answer += String(part)))
    socket.once('error', reject).once('close', () => resolve(answer))
  })
}
