import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { launchFlags } from './scripts/chromium.mjs'
import { readPackages } from './scripts/workspace.mjs'

// x.test.ts runs in Node, x.browser.test.ts in Chromium, x.universal.test.ts in both; x.slow.test.ts in Node, in a run of
// its own.
const packages = readPackages()

// Unit tests run on the sources, so they need no build. What is in dist has tests of its own.
const alias = packages
  .flatMap((one) => one.entries)
  .flatMap(({ specifier, source }) =>
    specifier ? [{ find: new RegExp(`^${specifier}$`), replacement: source }] : [],
  )

const globalSetup = packages.map((one) => join(one.directory, 'test/global-setup.ts')).filter(existsSync)

// Makes each test a search for secrets in errors and logs.
const setupFiles = [join(import.meta.dirname, 'packages/core/test/watch/set-up.ts')]

const executablePath = process.env.CHROMIUM_PATH

export default defineConfig({
  resolve: { alias },
  test: {
    // Many files wait for other processes and for timers, so that a core each keeps no core busy.
    maxWorkers: '100%',
    // Generating an RSA key of 4096 bits takes up to ten seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          globalSetup,
          include: ['packages/*/test/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', '**/*.slow.test.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'slow', globalSetup, include: ['packages/*/test/**/*.slow.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'chromium',
          globalSetup,
          include: ['packages/*/test/**/*.{universal,browser}.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: launchFlags(), ...(executablePath ? { executablePath } : {}) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
