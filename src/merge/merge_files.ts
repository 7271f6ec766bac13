/**
 * The way from inputs to one file.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import type { ParquetSource } from "../format/parquet_source.ts";
import { buildSchemaTree } from "../format/schema_tree.ts";
import type { WriteEnd } from "../pipeline/write_end.ts";
import { checkInput, type MergeInput, readInput } from "./merge_input.ts";
import type { MergeNote, ResolvedMergeOptions } from "./merge_options.ts";
import { MergeOutput } from "./merge_output.ts";
import { mergeKeyValues } from "./merged_metadata.ts";
import { MergedRowGroups } from "./merged_row_groups.ts";
import { mendedSchema, mergedColumnOrders } from "./merged_schema.ts";

/** Merges files, as `mergeParquet` does. */
export async function mergeFiles(
  sources: readonly ParquetSource[],
  end: WriteEnd,
  options: ResolvedMergeOptions,
): Promise<ParquetMetaData> {
  const note = (note: MergeNote) => options.onDiagnostic?.(note);
  const inputs: MergeInput[] = [];
  for (const [index, source] of sources.entries()) {
    inputs.push(await end.orFailure(readInput(source, index, inputs[0] ?? null, options)));
  }
  // Before the first byte goes out, so that what is refused costs no more than reading it.
  for (const input of inputs) await end.orFailure(checkInput(input, options, note));
  const keyValueMetadata = mergeKeyValues(inputs, options.keyValueMetadata, note);
  const schema = mendedSchema(inputs[0]!.metadata.schema);
  const { leaves } = buildSchemaTree(schema);
  const columnOrders = mergedColumnOrders(inputs);
  const output = new MergeOutput(end);
  await output.start();
  const context = { leaves, columnOrders, output, note };
  await new MergedRowGroups(context, inputs, end, options).write();
  const { createdBy } = options;
  return await output.finish({ schema, columnOrders, keyValueMetadata, createdBy });
}
