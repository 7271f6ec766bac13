import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, test } from "node:test";
import fc from "fast-check";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { shareResources } from "../../src/executor/encoder_resources.ts";
import { CostMemory } from "../../src/executor/placement.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import {
  encodingPicks,
  layoutOptions,
  LEAVES,
  schemas,
  tables,
  withEncodings,
} from "../support/arbitraries.ts";
import { movingKernels } from "../support/moving_kernels.ts";

after(() => shareResources(null));

type Table = { schema: never; batches: readonly never[] };

/** The file, encoded on this thread with the kernels. */
async function write({ schema, batches }: Table, options: WriterOptions, kernels: Kernels) {
  const host = new EncoderHost(kernels);
  const pool = new WorkerPool(() => "");
  const costs = new CostMemory();
  const encoders = { pool, host: () => host };
  shareResources({ ...encoders, costs, modules: () => ({ kernels: null }), own: () => encoders });
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, schema, { ...options, parallelism: 0 });
  for (const batch of batches) await writer.write(batch);
  await writer.close();
  return sink.bytes();
}

test("memory that moves at each allocation gives the same bytes: no view outlives one", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(schemas(LEAVES, { columns: 3, depth: 2 }), { rows: 120 }),
      layoutOptions,
      encodingPicks,
      async (table, layout, picks) => {
        const options = withEncodings(table.schema, layout as WriterOptions, picks, true);
        const expected = await write(table as never, options, createKernels("typescript"));
        const found = await write(table as never, options, movingKernels());
        assert.ok(Buffer.from(found).equals(expected));
      },
    ),
    { numRuns: 150, seed: 17 },
  );
});
