/** Prints a digest of files of every codec that gives the same bytes everywhere: run with other kernels, on other runtimes. */

import { createHash } from "node:crypto";
import { Schema } from "apache-arrow";
import { toParquet } from "../../mod.ts";
import { LEAVES, withEncodings } from "../support/arbitraries.ts";
import { Field, List, Struct } from "apache-arrow";
import { randomBatch } from "../support/random_data.ts";

let modules = 0;
WebAssembly.Module = new Proxy(WebAssembly.Module, {
  construct(constructor, args) {
    // An empty module only tells whether compiling is allowed.
    if (args[0].byteLength > 8) modules++;
    return Reflect.construct(constructor, args);
  },
});

const schema = new Schema(
  Object.entries(LEAVES).flatMap(([name, make]) => [
    new Field(name, make(), true),
    new Field(`${name} in lists`, new List(new Field("element", make(), true)), true),
    new Field(`${name} in structs`, new Struct([new Field("a", make(), true)]), true),
  ]),
);
const batches = [1, 2, 3].map((seed) =>
  randomBatch(schema, 400, {
    seed,
    nulls: 0.1,
    distinct: seed === 3 ? 0 : 30,
    garbage: true,
    sliced: 0,
  })
);
for (const compression of ["uncompressed", "snappy", "lz4_raw"] as const) {
  for (const writerVersion of ["1.0", "2.0"] as const) {
    for (const parallelism of [0, 2]) {
      const options = {
        compression,
        writerVersion,
        parallelism,
        maxRowGroupRowCount: 500,
        dataPageRowCountLimit: 90,
        dictionaryPageSizeLimit: 2000,
        memoryBudget: 1024 * 1024,
        bloomFilterEnabled: true,
        contentDefinedChunking: writerVersion === "2.0" && { minChunkSize: 300, maxChunkSize: 900 },
      };
      // Three columns a type: prime to the number of picks, so that each type meets several encodings.
      const bytes = await toParquet(batches, withEncodings(schema, options, [3, 1, 0, 2, 4], true));
      const digest = createHash("sha256").update(bytes).digest("hex");
      console.log(`${compression} ${writerVersion} ${digest}`);
    }
  }
}
// None of these codecs needs WASM: what was compiled are the kernels.
console.error(`compiled ${modules}`);
