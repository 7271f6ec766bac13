/** Batches that are encoded one by one, however small they are: what those that gather have to be the same as. */

import type { RecordBatch, Schema } from "apache-arrow";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { encoderResources } from "../../src/executor/encoder_resources.ts";
import { BatchWriter } from "../../src/pipeline/batch_writer.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";

/** A writer on this thread alone, of whose batches none waits for another. */
export function aloneWriter(
  sink: MemorySink,
  schema: Schema,
  options: WriterOptions = {},
): BatchWriter {
  const resolved = resolveOptions({ ...options, parallelism: 0 });
  const plan = planWriter(toArrowSchema(schema as never), resolved);
  const resources = { ...encoderResources(plan.schema.columns, resolved), gatheredBytes: 0 };
  const core = new WriterCore(new WriteEnd(sink, resolved), plan, resources);
  return new BatchWriter(core, plan, resources);
}

/** The file of batches. */
export async function writtenAlone(
  batches: readonly RecordBatch[],
  options: WriterOptions = {},
): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = aloneWriter(sink, batches[0]!.schema, options);
  for (const batch of batches) await writer.write(batch as never);
  await writer.close();
  return sink.bytes();
}
