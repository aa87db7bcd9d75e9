#!/usr/bin/env node
import { main } from './main.js'
import { showWarnings } from './warnings.js'

showWarnings()

process.exitCode = await main(process.argv.slice(2))
