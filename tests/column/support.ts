/** What tests of a single column chunk need: a plan, an encoder fed segment by segment, and a file around the chunk. */

import type { ColumnArray } from "../../src/arrow/column_array.ts";
import { ColumnChunkEncoder } from "../../src/column/column_chunk_encoder.ts";
import type { EncodedColumnChunk } from "../../src/column/encoded_column_chunk.ts";
import { SegmentWriter } from "../../src/column/segment_writer.ts";
import { createCompressor, judgingCodec } from "../../src/compression/codec.ts";
import { codecModules } from "../../src/compression/codec_modules.ts";
import { embedZstd } from "../../src/compression/embed_zstd.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import type { ColumnProperties } from "../../src/schema/column_properties.ts";

/** Properties of a column, as the defaults are, but not compressed. */
export function properties(changes: Partial<ColumnProperties> = {}): ColumnProperties {
  return {
    compression: "uncompressed",
    compressionLevel: null,
    reproducible: false,
    dataPageSizeLimit: 1024 * 1024,
    dataPageRowCountLimit: 20_000,
    dictionaryEnabled: true,
    dictionaryPageSizeLimit: 1024 * 1024,
    encoding: null,
    writerVersion: "1.0",
    statisticsEnabled: "chunk",
    statisticsTruncateLength: 64,
    columnIndexTruncateLength: 64,
    bloomFilterEnabled: false,
    bloomFilterFpp: 0.05,
    bloomFilterNdv: null,
    ieee754TotalOrder: false,
    nanBounds: false,
    int96Timestamps: false,
    contentDefinedChunking: null,
    pageChecksum: true,
    maxRowGroupRowCount: 1_048_576,
    compat: false,
    newestEncodings: false,
    ...changes,
  };
}

/** A plan for a required INT64 column, changed as asked. */
export function plan(changes: Partial<ColumnPlan> = {}): ColumnPlan {
  return {
    index: 0,
    field: 0,
    path: ["c"],
    arrowPath: "c",
    nodes: [],
    leaf: { nullable: false, shape: "fixed", width: 8, conversion: "none" },
    maxDefinitionLevel: 0,
    maxRepetitionLevel: 0,
    physicalType: "INT64",
    typeLength: 0,
    order: "signed",
    properties: properties(),
    ...changes,
  };
}

/** Encodes arrays as one column chunk, `rowsPerSegment` rows at a time. */
export function encodeChunk(
  kernels: Kernels,
  plan: ColumnPlan,
  arrays: readonly ColumnArray[],
  rowsPerSegment = Infinity,
): EncodedColumnChunk {
  const { compression, compressionLevel, reproducible } = plan.properties;
  embedZstd();
  const modules = codecModules([plan.properties]);
  const compressor = compression === "uncompressed"
    ? null
    : createCompressor(kernels, compression, compressionLevel, { reproducible, modules });
  const judging = judgingCodec(plan.properties, modules);
  const judge = judging === null ? null : createCompressor(
    kernels,
    judging.compression,
    judging.compressionLevel,
    { reproducible: judging.reproducible, modules },
  );
  const encoder = new ColumnChunkEncoder(kernels, plan, compressor, judge);
  const writer = new SegmentWriter(plan, 7);
  const { memory } = kernels;
  for (const array of arrays) {
    for (let from = 0; from < array.length; from += rowsPerSegment) {
      const to = Math.min(array.length, from + rowsPerSegment);
      const record = memory.allocate(writer.byteLength(array, from, to));
      writer.write(array, from, to, memory.u8, record);
      encoder.append(record);
      memory.free(record);
    }
  }
  const chunk = encoder.finish();
  compressor?.dispose();
  judge?.dispose();
  return chunk;
}

/** The chunk's bytes as one. */
export function bytesOf(chunk: EncodedColumnChunk): Uint8Array {
  const bytes = new Uint8Array(chunk.byteLength);
  let at = 0;
  for (const part of chunk.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
