/** @module What the caller's thread has to do for rows, wherever they are encoded: batches are read, checked and copied. */

import type { RecordBatch } from "apache-arrow";
import { toArrowSchema } from "../src/arrow/arrow_objects.ts";
import { recordBatchToColumns } from "../src/arrow/record_batch.ts";
import { SegmentWriter } from "../src/column/segment_writer.ts";
import { kernelOffsetsCheck } from "../src/executor/offsets_check.ts";
import { EncoderHost, WINDOW_BYTES } from "../src/executor/encoder_host.ts";
import { createKernels } from "../src/kernels/load_kernels.ts";
import { planSchema } from "../src/schema/parquet_schema.ts";
import { resolveOptions } from "../src/schema/resolve_options.ts";

/** Bytes that records are copied to in turns: what is on its way to a worker. */
const RING_BYTES = 4 * 1024 * 1024;

const host = new EncoderHost(createKernels());
const ring = new Uint8Array(RING_BYTES);

/** Milliseconds that it takes. */
export function callerMilliseconds(batches: readonly RecordBatch[]): number {
  const schema = toArrowSchema(batches[0]!.schema);
  const { columns: plans } = planSchema(schema, resolveOptions({}));
  const ascending = kernelOffsetsCheck(() => host);
  const started = performance.now();
  const writers = plans.map((plan, i) => new SegmentWriter(plan, i));
  let at = 0;
  for (const batch of batches) {
    const { columns, numRows } = recordBatchToColumns(batch, schema, { ascending });
    for (const [i, writer] of writers.entries()) {
      const array = columns[plans[i]!.field]!;
      for (let from = 0; from < numRows;) {
        const rows = writer.rowsWithin(array, from, numRows, WINDOW_BYTES);
        if (at + writer.byteLength(array, from, from + rows) > RING_BYTES) at = 0;
        at += writer.write(array, from, from + rows, ring, at);
        from += rows;
      }
    }
  }
  return performance.now() - started;
}
