/** Texts that must never be seen on the wire, and where to look for them. */

export const PROMPT = 'marker-prompt-4f7a91c2d8e6'
export const ANSWER = 'marker-answer-b35d07e9a1f4'
export const CITY = 'marker-city-8c2e6f10b7d3'
export const API_KEY = 'sk-integrations'

const SECRETS = [PROMPT, ANSWER, CITY]

/** Each secret that `bytes` show, in plain or as somebody would have written it otherwise. */
export function leaksIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1')
  return SECRETS.filter((secret) => formsOf(secret).some((form) => text.includes(form)))
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Base64 depends on how many bytes stand before: three alignments, without their blurred ends.
  const base64 = [0, 1, 2].map((skip) =>
    Buffer.concat([Buffer.alloc(skip), bytes])
      .toString('base64')
      .slice(4, -4),
  )
  return [
    secret,
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    encodeURIComponent(secret).replaceAll('-', '%2D'),
    Buffer.from(secret, 'utf16le').toString('latin1'),
  ]
}
