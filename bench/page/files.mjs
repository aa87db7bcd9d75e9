/** What the server gives to Chromium: pages without content, and the bench's code, bundled as an app would. */
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { browserPlugins } from '../../rollup.config.mjs'

/** Each with the code that it runs. */
const PAGES = ['contenders', 'sdk', 'floor']

const documentOf = (name) =>
  `<!doctype html><html lang="en"><title>${name}</title><script type="module" src="${name}.js"></script>`

/** What Rollup has to say of others' code is their business; what does not run shows. */
async function bundles() {
  const input = Object.fromEntries(
    PAGES.map((name) => [name, fileURLToPath(new URL(`${name}.mjs`, import.meta.url))]),
  )
  const bundle = await rollup({ input, plugins: browserPlugins(), onwarn: () => undefined })
  const { output } = await bundle.generate({ format: 'es', entryFileNames: '[name].js' })
  return output.map(({ fileName, code }) => [fileName, code])
}

/** @returns {Promise<(name: string, response: import('node:http').ServerResponse) => void>} */
export async function pageFiles() {
  const files = new Map([...(await bundles()), ...PAGES.map((name) => [`${name}.html`, documentOf(name)])])
  return (name, response) => {
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html'
    // Kept, as a page's code is.
    const headers = { 'content-type': type, 'cache-control': 'max-age=3600' }
    response.writeHead(files.has(name) ? 200 : 404, headers).end(files.get(name))
  }
}
