/** Writes `done` to the file that is named, or appends a row to it, under whatever permissions it is run with; prints what came of it. */

import process from "node:process";
import { FileSink } from "../../src/sink/file_sink.ts";

const [path, how] = process.argv.slice(2);
if (how === "append") {
  const { appendParquet } = await import("../../mod.ts");
  await appendParquet(path!, [{ a: 2 }]).then(
    ({ numRows }) => console.log(`${numRows} rows`),
    (error) => console.log(error.message),
  );
} else {
  const sink = new FileSink(path!, { overwrite: how !== "keep" });
  try {
    await sink.write(new TextEncoder().encode("done"));
    await sink.close();
    console.log("written");
  } catch (error) {
    await sink.abort();
    console.log((error as Error).message);
  }
}
