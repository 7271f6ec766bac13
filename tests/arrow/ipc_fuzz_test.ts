/**
 * Damaged IPC files: every one ends in a typed error or in batches that can be read slot by slot.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readIpcBytes, readIpcStream } from "../../src/arrow/ipc/read_ipc.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { decompress } from "../../src/compression/decompress.ts";
import { lz4FrameDecompress } from "../../src/compression/lz4_frame.ts";
import { ParquetError } from "../../src/util/errors.ts";
import { batchValues } from "./naive_values.ts";

const FIXTURES = new URL("../fixtures/ipc/", import.meta.url);
const DECOMPRESSORS = {
  lz4Frame: lz4FrameDecompress,
  zstd: (bytes: Uint8Array, size: number) => decompress("zstd", bytes, size),
};
/** Slots that are read of a batch whose damage claims millions. */
const MAX_ROWS = 100;

/** Multiplicative congruential generator: the same damage in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return Math.floor(state / 4294967296 * below);
  };
}

/** Reads everything there is; true when nothing was found wrong. */
function readsWell(bytes: Uint8Array): boolean {
  try {
    const { schema, batches } = readIpcBytes(bytes, DECOMPRESSORS);
    for (const batch of batches) {
      const columns = recordBatchToColumns(batch, schema);
      assert.equal(columns.columns.length, schema.fields.length);
      if (columns.numRows <= MAX_ROWS) batchValues(columns);
    }
    return true;
  } catch (error) {
    assert.ok(error instanceof ParquetError, `not a typed error: ${(error as Error).stack}`);
    return false;
  }
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff];

for (
  const name of [
    "encodings.arrows",
    "encodings.arrow",
    "values.arrow",
    "values_legacy.arrows",
    "dictionary_deltas.arrows",
    "dictionary_replaced.arrows",
    "union.arrow",
    "lz4.arrow",
    "zstd.arrows",
  ]
) {
  test(`${name}: flipped bytes end in typed errors or valid batches`, () => {
    const bytes = new Uint8Array(readFileSync(new URL(name, FIXTURES)));
    const random = randomFrom(bytes.length);
    const rounds = bytes.length > 20_000 ? 400 : 1000;
    let well = 0;
    for (let round = 0; round < rounds; round++) {
      const damaged = bytes.slice();
      for (let flips = 1 + random(3); flips > 0; flips--) {
        damaged[random(bytes.length)] = random(2) === 0
          ? random(256)
          : INTERESTING[random(INTERESTING.length)]!;
      }
      if (readsWell(damaged)) well++;
    }
    // Both outcomes happen, or the test tests nothing.
    assert.ok(well > 0 && well < rounds, `${well} of ${rounds}`);
  });
}

test("every byte of a small stream, set to the extremes, as bytes and in chunks", async () => {
  const bytes = new Uint8Array(readFileSync(new URL("dictionary_deltas.arrows", FIXTURES)));
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] = value;
      const well = readsWell(damaged);
      if (at % 8 !== 0) continue;
      let wellInChunks = true;
      try {
        const read = await readIpcStream(
          (async function* () {
            yield damaged.subarray(0, 100);
            yield damaged.subarray(100);
          })(),
        );
        for await (const batch of read.batches) recordBatchToColumns(batch, read.schema);
      } catch (error) {
        assert.ok(error instanceof ParquetError, `not a typed error: ${(error as Error).stack}`);
        wellInChunks = false;
      }
      assert.equal(wellInChunks, well, `byte ${at}`);
    }
  }
});
