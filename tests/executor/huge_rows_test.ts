/** Memory of a huge row is freed as soon as its bytes are elsewhere: it does not wait for a garbage collection. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { RECORD_BYTE_LENGTH, RECORD_CHUNK_ID, RECORD_ROWS } from "../../src/column/segment.ts";
import type { SegmentWriter } from "../../src/column/segment_writer.ts";
import { CallerLane } from "../../src/executor/caller_lane.ts";
import { OPEN_CHUNK } from "../../src/executor/control_record.ts";
import { type ChunkEncoder, EncoderHost } from "../../src/executor/encoder_host.ts";
import { CostMemory } from "../../src/executor/placement.ts";
import { recycle, Slab, SLAB_BYTES } from "../../src/executor/slab.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { returnBlock, takeBlock } from "../../src/util/byte_blocks.ts";
import { schema } from "../pipeline/support.ts";

const isFreed = ({ byteLength }: { readonly byteLength: number }) => byteLength === 0;

/** A slab with one record that fills it. */
function hugeSlab(chunkId: number): Slab {
  const slab = new Slab(2 * SLAB_BYTES);
  slab.words[RECORD_BYTE_LENGTH] = 2 * SLAB_BYTES;
  slab.words[RECORD_CHUNK_ID] = chunkId;
  slab.words[RECORD_ROWS] = 1;
  slab.used = 2 * SLAB_BYTES;
  return slab;
}

test("the buffer of a huge slab that is given up is freed, that of any other is kept", () => {
  const huge = hugeSlab(1), small = new Slab();
  recycle(huge.buffer);
  small.recycle();
  assert.ok(isFreed(huge.buffer));
  assert.equal(small.buffer.byteLength, SLAB_BYTES);
  // Given up again, as when a writer ends: that is no error.
  huge.recycle();
});

test("the caller's thread frees the buffer of a huge slab before it encodes the row", () => {
  const slab = hugeSlab(7);
  const freed: boolean[] = [];
  const encoder: ChunkEncoder = {
    memoryBytes: 0,
    begin: () => void freed.push(isFreed(slab.buffer)),
    advance: () => false,
    settle: () => false,
    finish: () => assert.fail(),
    dispose: () => {},
  };
  const { columns } = planSchema(schema, resolveOptions({ compression: "uncompressed" }));
  const host = new EncoderHost(createKernels("typescript"), () => encoder);
  const setup = {
    writer: 1,
    plans: columns,
    costs: new CostMemory().of(columns),
    host: () => host,
    codecs: () => ({}),
  };
  let encoded = 0;
  const lane = new CallerLane(setup, {
    encoded: () => encoded++,
    progress: () => {},
    failed: (error) => assert.fail(error),
  });
  const writer = null as unknown as SegmentWriter;
  lane.control(OPEN_CHUNK, { id: 7, column: 0, rowGroup: 0, writer });
  lane.add(slab);
  assert.deepEqual(freed, [true]);
  assert.equal(encoded, 1);
  assert.equal(lane.recordBytes, 0);
  lane.end();
});

test("large blocks that are too many to be kept are freed, those that are kept stay", () => {
  const blocks = Array.from({ length: 1100 }, () => takeBlock(64 * 1024 * 1024));
  for (const block of blocks) returnBlock(block);
  const lost = blocks.filter(isFreed).length;
  assert.ok(lost >= 1100 - 1024 && lost < 1100, `${lost} are freed`);
  const again = Array.from({ length: 1100 }, () => takeBlock(64 * 1024 * 1024));
  assert.ok(again.every(({ length }) => length === 64 * 1024));
});
