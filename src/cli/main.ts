#!/usr/bin/env node
/**
 * The command line `parquet-ext`, the same on Deno, Bun and Node.
 *
 * @module
 */

import process from "node:process";
import { environmentVariable } from "../runtime/environment.ts";
import { describeFailure } from "./failure.ts";
import { runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

let exitCode: number;
try {
  exitCode = await runProgram(process.argv.slice(2), processTerminal);
} catch (error) {
  const failure = describeFailure(error);
  exitCode = failure.exitCode;
  await processTerminal.writeErr(`parquet-ext: ${failure.message}\n`).catch(() => {});
  if (environmentVariable("PARQUET_EXT_DEBUG") !== undefined) console.error(error);
}
// Not left to the event loop: a standard input that never ends would keep it busy for ever.
process.exit(exitCode);
