/** What a process holds while ten million rows are written, which are made as they are asked for: `node bench/rows/memory.ts`. */

import process from "node:process";
import { schema, t, writeParquet } from "../../mod.ts";

const ROWS = Number(process.argv[2] ?? 10_000_000);
const made = schema({ id: t.int64(), name: t.utf8(), price: t.float64(), at: t.timestamp("ms") });

let highest = 0;
function* rows(): Generator<{ id: number; name: string; price: number; at: number }> {
  for (let id = 0; id < ROWS; id++) {
    if (id % 10_000 === 0) highest = Math.max(highest, process.memoryUsage().rss);
    if (id % (ROWS / 10) === 0) {
      console.log(`${id} rows: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
    }
    yield { id, name: `name ${id % 9973}`, price: id / 7, at: id * 1000 };
  }
}

let bytes = 0;
const sink = new WritableStream<Uint8Array>({ write: (chunk) => void (bytes += chunk.length) });
const started = performance.now();
await writeParquet(rows(), sink, { schema: made });
console.log(
  `${bytes} bytes in ${((performance.now() - started) / 1000).toFixed(1)} s; at the highest ${
    (highest / 2 ** 20).toFixed(0)
  } MiB`,
);
