/** The documentation site. The pages are gathered by scripts/site.mjs, which also says where they lie. */
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { root } from '../../command.mjs'
import { anchorOf, repairLinks } from '../markdown.mjs'
import { sidebar } from '../sidebar.mjs'

export default defineConfig({
  title: 'NOMYO SDK',
  description: 'OpenAI-style chat completions that nobody on the way can read',
  lang: 'en',
  srcDir: join(root, '.cache/site/pages'),
  outDir: join(root, 'site'),
  cacheDir: join(root, '.cache/site/vite'),
  // Relative addresses would do for a folder of any host, but pages find one another from the root.
  base: process.env.SITE_BASE ?? '/',
  markdown: { anchor: { slugify: anchorOf }, config: repairLinks, languageAlias: { gitignore: 'ini' } },
  // The router that `npm start` runs.
  ignoreDeadLinks: 'localhostLinks',
  head: [['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }]],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar,
    nav: [
      { text: 'Quickstart', link: '/quickstart-node' },
      { text: 'Security', link: '/security' },
      { text: 'API', link: '/api/' },
    ],
  },
  vite: {
    // The index of the search, which is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2000 },
  },
})
