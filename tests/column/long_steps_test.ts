/** One huge row: encoding it is cut into steps, and what others do in between changes nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnArray } from "../../src/arrow/column_array.ts";
import { ColumnChunkEncoder } from "../../src/column/column_chunk_encoder.ts";
import type { EncodedColumnChunk } from "../../src/column/encoded_column_chunk.ts";
import { SegmentWriter } from "../../src/column/segment_writer.ts";
import { type Compressor, createCompressor } from "../../src/compression/codec.ts";
import { codecModules } from "../../src/compression/codec_modules.ts";
import { embedZstd } from "../../src/compression/embed_zstd.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import type { ArrowField } from "../../src/arrow/types.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { STEP_BYTES, STEP_VALUES } from "../../src/util/steps.ts";
import { movingKernels } from "../support/moving_kernels.ts";
import { bytesOf } from "./support.ts";

const NONE: ReadonlyMap<string, string> = new Map();
const VALUES = 1_500_000;

/** One row: a list of as many integers, few of them alike unless `distinct` says so. */
function hugeList(distinct = VALUES): ColumnArray {
  const values = new Int32Array(VALUES);
  for (let i = 0; i < VALUES; i++) values[i] = Math.imul(i % distinct, 2654435761);
  const validity = new Uint8Array(Math.ceil(VALUES / 8)).fill(0xf7);
  return {
    shape: "list",
    length: 1,
    validity: null,
    offsets: Int32Array.of(0, VALUES),
    child: {
      shape: "fixed",
      length: VALUES,
      validity: { bytes: validity, bitOffset: 0 },
      width: 4,
      values: new Uint8Array(values.buffer),
    },
  };
}

const INT32 = { kind: "int", bitWidth: 32, signed: true } as const;
const LIST: ArrowField = {
  name: "l",
  type: {
    kind: "list",
    child: { name: "item", type: INT32, nullable: true, metadata: NONE },
  },
  nullable: false,
  metadata: NONE,
};
const BINARY: ArrowField = {
  name: "b",
  type: { kind: "binary" },
  nullable: true,
  metadata: NONE,
};

function hugeBytes(): ColumnArray {
  const data = new Uint8Array(2 * STEP_BYTES + 1);
  for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 2654435761) >>> 27;
  return {
    shape: "bytes",
    length: 1,
    validity: null,
    offsets: Int32Array.of(0, data.length),
    data,
  };
}

/** Encodes one row step by step; what is returned counts the steps, and is the chunk once there is none left. */
class Encoding {
  readonly #kernels: Kernels;
  readonly #encoder: ColumnChunkEncoder;
  readonly #record: number;
  readonly #compressor: Compressor | null;
  steps = 0;
  chunk: EncodedColumnChunk | null = null;
  #ended = false;

  constructor(
    kernels: Kernels,
    plan: ColumnPlan,
    array: ColumnArray,
    watched: (compressor: Compressor) => Compressor = (compressor) => compressor,
  ) {
    const { compression, compressionLevel, reproducible } = plan.properties;
    embedZstd();
    const modules = codecModules([plan.properties]);
    const compressor = this.#compressor = compression === "uncompressed" ? null : watched(
      createCompressor(kernels, compression, compressionLevel, { reproducible, modules }),
    );
    this.#kernels = kernels;
    this.#encoder = new ColumnChunkEncoder(kernels, plan, compressor);
    const writer = new SegmentWriter(plan, 1);
    this.#record = kernels.memory.allocate(writer.byteLength(array, 0, array.length));
    writer.write(array, 0, array.length, kernels.memory.u8, this.#record);
    this.#encoder.begin(this.#record);
  }

  /** Whether there is more to do. */
  step(): boolean {
    if (this.chunk !== null) return false;
    this.steps++;
    if (!this.#ended) {
      if (this.#encoder.advance()) return true;
      this.#ended = true;
      this.#kernels.memory.free(this.#record);
    }
    if (this.#encoder.settle()) return true;
    this.chunk = this.#encoder.finish();
    this.#compressor?.dispose();
    return false;
  }

  giveUp(): void {
    this.#encoder.dispose();
    this.#compressor?.dispose();
    this.#kernels.memory.free(this.#record);
  }
}

function planOf(field: ArrowField, options: WriterOptions): ColumnPlan {
  const schema = { fields: [field], metadata: NONE };
  return planWriter(schema, resolveOptions(options)).schema.columns[0]!;
}

const CASES: readonly (readonly [string, ArrowField, () => ColumnArray, WriterOptions])[] = [
  ["PLAIN", LIST, hugeList, { dictionaryEnabled: false, compression: "uncompressed" }],
  ["a dictionary", LIST, () => hugeList(100), { compression: "snappy" }],
  ["a dictionary that is given up", LIST, hugeList, { compression: "lz4_raw" }],
  ["version 2.0", LIST, hugeList, { compression: "zstd", writerVersion: "2.0" }],
  ["DELTA", LIST, hugeList, {
    compression: "snappy",
    dictionaryEnabled: false,
    encoding: "DELTA_BINARY_PACKED",
  }],
  ["auto", LIST, hugeList, { compression: "snappy", encoding: "auto" }],
  ["bytes", BINARY, hugeBytes, { compression: "snappy" }],
  ["bytes, uncompressed", BINARY, hugeBytes, {
    compression: "uncompressed",
    pageChecksum: false,
  }],
];

test("a huge row takes steps of a few megabytes, and others may encode between them", () => {
  for (const [name, field, array, options] of CASES) {
    const kernels = movingKernels();
    const before = kernels.memory.allocatedBytes;
    const plan = planOf(field, options);
    const alone = new Encoding(kernels, plan, array());
    while (alone.step());
    const expected = bytesOf(alone.chunk!);
    // Values and levels by themselves are so many steps.
    const least = field === LIST
      ? VALUES / STEP_VALUES + expected.length / STEP_BYTES
      : 2 * expected.length / STEP_BYTES;
    assert.ok(alone.steps >= least, `${name}: ${alone.steps} steps, ${least} at least`);
    const first = new Encoding(kernels, plan, array());
    const second = new Encoding(kernels, plan, array());
    const third = new Encoding(kernels, plan, array());
    for (let i = 0, more = true; more; i++) {
      more = [first.step(), second.step()].includes(true);
      if (i < alone.steps / 2) third.step();
      else if (i === Math.ceil(alone.steps / 2)) third.giveUp();
    }
    assert.deepEqual(bytesOf(first.chunk!), expected, name);
    assert.deepEqual(bytesOf(second.chunk!), expected, name);
    assert.deepEqual(first.chunk!.metaData, alone.chunk!.metaData, name);
    assert.ok(kernels.memory.allocatedBytes - before < 2 ** 20, `${name}: memory is given back`);
  }
});

test("what a codec made of a huge page is freed once it is in the chunk, or given up", () => {
  for (const compression of ["gzip", "zstd", "snappy"] as const) {
    for (const ends of [true, false]) {
      const kernels = movingKernels();
      const plan = planOf(BINARY, { compression, dictionaryEnabled: false });
      const made: Uint8Array[] = [];
      const encoding = new Encoding(kernels, plan, hugeBytes(), (compressor) => ({
        name: compressor.name,
        compress(src, length) {
          const own = compressor.compress(src, length).slice();
          made.push(own);
          return own;
        },
        dispose: () => compressor.dispose(),
      }));
      while (made.length === 0 && encoding.step());
      assert.ok(made[0]!.length > 0, compression);
      if (ends) { while (encoding.step()); }
      else encoding.giveUp();
      assert.equal(made.length, 1);
      assert.equal(made[0]!.length, 0, `${compression}, ${ends}`);
      assert.ok(!ends || bytesOf(encoding.chunk!).length > 100);
    }
  }
});

test("slots without bytes count: a record has no more than turn into a few megabytes of levels", () => {
  const field: ArrowField = {
    name: "l",
    type: {
      kind: "fixedSizeList",
      listSize: 1000,
      child: { name: "item", type: { kind: "null" }, nullable: true, metadata: NONE },
    },
    nullable: false,
    metadata: NONE,
  };
  const rows = 200_000;
  const array: ColumnArray = {
    shape: "fixedSizeList",
    length: rows,
    validity: null,
    listSize: 1000,
    child: { shape: "null", length: rows * 1000, validity: null },
  };
  const writer = new SegmentWriter(planOf(field, {}), 1);
  assert.ok(writer.byteLength(array, 0, rows) >= rows * 1000 / 8);
  assert.ok(writer.rowsWithin(array, 0, rows, 256 * 1024) <= 2100);
});
