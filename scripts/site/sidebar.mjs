/** The order of the pages. The check of the site fails if a page is missing here. */
import { readPackages } from '../workspace.mjs'

const page = (text, link) => ({ text, link })

const packages = readPackages()

export const sidebar = [
  {
    text: 'Start',
    items: [
      page('What is here', '/'),
      page('Node server', '/quickstart-node'),
      page('Web page', '/quickstart-browser'),
      page('Command', '/quickstart-command'),
    ],
  },
  {
    text: 'Use',
    items: [
      page('The client on one page', '/overview'),
      page('With other SDKs', '/integrations'),
      page('Keys', '/keys'),
      page('When it fails', '/troubleshooting'),
    ],
  },
  {
    text: 'Move over',
    items: [page('From openai', '/from-openai'), page('From the Python client', '/from-python')],
  },
  {
    text: 'Security',
    items: [
      page('The model in pictures', '/security'),
      page('Policy and threats', '/security-policy'),
      page('Protocol', '/protocol'),
    ],
  },
  {
    text: 'Run a router',
    items: [
      page('Your own router', '/self-hosting'),
      page('Several routers', '/scaling'),
      page('Image, compose, systemd', '/deploy'),
    ],
  },
  {
    text: 'Look up',
    items: [
      page('API reference', '/api/'),
      ...packages.map(({ name, directory }) => page(name, `/packages/${directory.split(/[\\/]/).at(-1)}`)),
      page('Examples', '/examples'),
      page('Performance', '/performance'),
      page('Testing', '/testing'),
      page('Contributing', '/contributing'),
      page('Changelog', '/changelog'),
    ],
  },
]
