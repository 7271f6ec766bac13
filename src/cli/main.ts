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
import { endProcess, listenToSignals, processTerminal, removeTemporaries } from "./terminal.ts";

process.on("exit", removeTemporaries);
listenToSignals();
let exitCode: number;
try {
  exitCode = await runProgram(process.argv.slice(2), processTerminal);
} catch (error) {
  const failure = describeFailure(error);
  exitCode = failure.exitCode;
  const { message } = failure;
  if (message !== null) await processTerminal.writeErr(`parquet-ext: ${message}\n`);
  if (environmentVariable("PARQUET_EXT_DEBUG") !== undefined) {
    await processTerminal.writeErr(`${stackOf(error)}\n`);
  }
}
// Not left to the event loop: a standard input that never ends would keep it busy for ever.
endProcess(exitCode);

/** The stack of an error, and those of what led to it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? String(error);
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(error.cause)}`;
}
