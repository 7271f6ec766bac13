/**
 * Writes one file after the other to the same path until it is killed: `write_loop_script.ts TARGET INPUT…`, the inputs being
 * Arrow IPC files. Says "ready" before the first one, when
 * all code has been loaded and compiled, so that the moments that follow are those of writing.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { toParquet, writeParquet } from "../../src/pipeline/write_parquet.ts";
import { KILL_OPTIONS } from "./options.ts";

const [target, ...inputs] = process.argv.slice(2);
const sources = inputs.map((path) => new Uint8Array(readFileSync(path)));
for (const source of sources) await toParquet(source, KILL_OPTIONS);
process.stdout.write("ready\n");
for (;;) {
  for (const source of sources) await writeParquet(source, target!, KILL_OPTIONS);
}
