/** Writes `done` to the file that is named, under whatever permissions it is run with; prints what came of it. */

import process from "node:process";
import { FileSink } from "../../src/sink/file_sink.ts";

const sink = new FileSink(process.argv[2]!, { overwrite: process.argv[3] !== "keep" });
try {
  await sink.write(new TextEncoder().encode("done"));
  await sink.close();
  console.log("written");
} catch (error) {
  await sink.abort();
  console.log((error as Error).message);
}
