/**
 * Writers that encode within the call that brings rows: whatever that takes is a part of them.
 *
 * @module
 */

import { type SchemaLike, toArrowSchema } from "../arrow/arrow_objects.ts";
import { embedZstd } from "../compression/embed_zstd.ts";
import { resolveOptions } from "../schema/resolve_options.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import type { Sink } from "../sink/sink.ts";
import { type BatchWriter, createColumnWriter } from "./batch_writer.ts";
import { WriteEnd } from "./write_end.ts";
import { planWriter } from "./writer_plan.ts";

/**
 * Creates a writer.
 *
 * @param sink Makes the sink; called when everything else was found in order, since a sink may lock its stream.
 */
export function createBatchWriter(
  sink: () => Sink,
  schema: SchemaLike,
  options: WriterOptions = {},
  depth?: number,
): BatchWriter {
  embedZstd();
  const resolved = resolveOptions(options);
  const plan = planWriter(toArrowSchema(schema), resolved);
  let end: WriteEnd | null = null;
  try {
    return createColumnWriter(() => end = new WriteEnd(sink(), resolved), plan, depth);
  } catch (error) {
    // There may be no memory for a writer.
    (end as WriteEnd | null)?.release();
    throw error;
  }
}
