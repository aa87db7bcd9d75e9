#!/usr/bin/env node
import { main } from './main.js'
import { showWarnings } from './warnings.js'

showWarnings()
// A reader that goes away (`nomyo router 2>&1 | head`), or a full disk, must not end the router with it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

process.exitCode = await main(process.argv.slice(2))
