import { defineConfig } from '@playwright/test'
import { launchFlags } from './scripts/chromium.mjs'

const executablePath = process.env.CHROMIUM_PATH

// No preset device: those pretend to be another browser than the one that runs.
export default defineConfig({
  testDir: 'apps/demo/test',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  timeout: 60_000,
  // Each test starts a router of its own, and two cores are soon busy with its keys.
  workers: 1,
  use: {
    screenshot: 'on',
    launchOptions: { args: launchFlags(), ...(executablePath ? { executablePath } : {}) },
  },
})
