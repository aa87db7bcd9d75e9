import type { Bytes } from '@nomyo/core'

/**
 * A form as `multipart/form-data` (HTML Living Standard, 4.10.21.8), with the boundary that its content type names:
 * byte for byte what an engine sends.
 */
export async function encodeForm(form: FormData, contentType: string): Promise<Bytes> {
  const boundary = contentType.slice(contentType.indexOf('boundary=') + 9)
  const parts: BlobPart[] = []
  form.forEach((value, name) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withCRLF(name))}"`
    if (typeof value === 'string') return void parts.push(`${head}\r\n\r\n${withCRLF(value)}\r\n`)
    const type = value.type || 'application/octet-stream'
    parts.push(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n')
  })
  return new Uint8Array(await new Blob([...parts, `--${boundary}--\r\n`]).arrayBuffer())
}

const withCRLF = (text: string): string => text.replace(/\r\n?|\n/g, '\r\n')

const escaped = (name: string): string =>
  name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
