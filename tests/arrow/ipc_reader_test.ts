import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ArrowSchema } from "../../src/arrow/types.ts";
import { readIpcBytes, readIpcFile, readIpcStream } from "../../src/arrow/ipc/read_ipc.ts";
import type { Decompressors } from "../../src/arrow/ipc/decompressors.ts";
import type { RawRecordBatch } from "../../src/arrow/raw_array.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { decompress } from "../../src/compression/decompress.ts";
import { lz4FrameDecompress } from "../../src/compression/lz4_frame.ts";
import { FormatError, SchemaError } from "../../src/util/errors.ts";
import { batchValues } from "./naive_values.ts";
import type { Value } from "./naive_values.ts";

const FIXTURES = new URL("../fixtures/ipc/", import.meta.url);
const DECOMPRESSORS: Decompressors = {
  lz4Frame: lz4FrameDecompress,
  zstd: (bytes, size) => decompress("zstd", bytes, size),
};

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FIXTURES)));
}

interface Content {
  readonly schema: ArrowSchema;
  /** Values by batch and column. */
  readonly batches: Value[][][];
}

function valuesOf(batch: RawRecordBatch): Value[][] {
  return batchValues(recordBatchToColumns(batch, batch.schema));
}

function readAll(bytes: Uint8Array): Content {
  const { schema, batches } = readIpcBytes(bytes, DECOMPRESSORS);
  return { schema, batches: Array.from(batches, valuesOf) };
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function readChunks(bytes: Uint8Array, size: number): Promise<Content> {
  const { schema, batches } = await readIpcStream(inChunks(bytes, size), DECOMPRESSORS);
  const read: Value[][][] = [];
  for await (const batch of batches) read.push(valuesOf(batch));
  return { schema, batches: read };
}

async function readRandomly(bytes: Uint8Array): Promise<Content> {
  const { schema, batches } = await readIpcFile({
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
  }, DECOMPRESSORS);
  const read: Value[][][] = [];
  for await (const batch of batches) read.push(valuesOf(batch));
  return { schema, batches: read };
}

for (const name of ["encodings.arrow", "encodings.arrows"]) {
  test(`${name}: every encoding has the values of its plain twin, in whole and in slices`, () => {
    const { schema, batches } = readAll(fixture(name));
    assert.equal(batches.length, 2);
    assert.equal(schema.fields.length % 2, 0);
    assert.ok(schema.fields.length > 40);
    for (const batch of batches) {
      for (let i = 0; i < batch.length; i += 2) {
        assert.deepEqual(batch[i], batch[i + 1], schema.fields[i]!.name);
      }
    }
  });
}

test("readIpcBytes() reads every kind of value", () => {
  const { schema, batches } = readAll(fixture("values.arrow"));
  assert.equal(schema.metadata.get("key"), "value");
  const [batch] = batches;
  const column = (name: string) => batch![schema.fields.findIndex((field) => field.name === name)];
  assert.deepEqual(column("decimal32"), [
    "7b000000",
    null,
    "013665c4",
    "00000000",
  ]);
  assert.deepEqual(column("decimal64"), [
    "7b00000000000000",
    null,
    littleEndian(-999999999999999999n, 8),
    "0".repeat(16),
  ]);
  assert.deepEqual(column("decimal128"), [
    littleEndian(123n, 16),
    null,
    littleEndian(-(10n ** 38n - 1n), 16),
    "0".repeat(32),
  ]);
  assert.deepEqual(column("decimal256"), [
    littleEndian(123n, 32),
    null,
    littleEndian(-(10n ** 76n - 1n), 32),
    "0".repeat(64),
  ]);
  assert.deepEqual(column("monthDayNano")!.slice(0, 3), [
    "0100000002000000" + littleEndian(3000000n, 8),
    null,
    "0400000005000000" + littleEndian(6000000n, 8),
  ]);
  assert.deepEqual(column("float16"), ["003e", null, "007e", "0080"]);
  assert.deepEqual(column("date64")![2], littleEndian(-86400000n, 8));
  assert.deepEqual(column("time32s")![2], littleEndian(86399n, 4));
  assert.deepEqual(column("time64ns")![2], littleEndian(86399999999999n, 8));
  assert.deepEqual(column("timestamp"), [
    littleEndian(0n, 8),
    null,
    littleEndian(-1n, 8),
    littleEndian(1n, 8),
  ]);
  assert.deepEqual(column("fixed"), ["616263", null, "646566", "676869"]);
  assert.deepEqual(column("null"), [null, null, null, null]);
  assert.deepEqual(column("bool"), [true, null, false, true]);
  assert.deepEqual(column("fixedSizeList"), [["0100", "0200"], null, [null, "0400"], [
    "0500",
    "0600",
  ]]);
  assert.deepEqual(column("map"), [[["61", "01000000"]], null, [], [["62", null], [
    "63",
    "03000000",
  ]]]);
  assert.deepEqual(column("uint64")![0], "ff".repeat(8));
});

function littleEndian(value: bigint, width: number): string {
  let text = "";
  for (let i = 0n; i < width; i++) {
    text += (value >> 8n * i & 0xffn).toString(16).padStart(2, "0");
  }
  return text;
}

test("types of a schema are read with all their parameters", () => {
  const { schema } = readAll(fixture("values.arrow"));
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  assert.deepEqual(types.get("decimal256"), {
    kind: "decimal",
    bitWidth: 256,
    precision: 76,
    scale: 2,
  });
  assert.deepEqual(types.get("timestamp"), {
    kind: "timestamp",
    unit: "second",
    timezone: "Europe/Berlin",
  });
  assert.deepEqual(types.get("time32s"), { kind: "time", unit: "second", bitWidth: 32 });
  assert.deepEqual(types.get("time64ns"), { kind: "time", unit: "nanosecond", bitWidth: 64 });
  assert.deepEqual(types.get("duration"), { kind: "duration", unit: "microsecond" });
  assert.deepEqual(types.get("date64"), { kind: "date", unit: "millisecond" });
  assert.deepEqual(types.get("monthDayNano"), { kind: "interval", unit: "monthDayNano" });
  assert.deepEqual(types.get("float16"), { kind: "float", bitWidth: 16 });
  assert.deepEqual(types.get("fixed"), { kind: "fixedSizeBinary", byteWidth: 3 });
  const map = types.get("map");
  assert.ok(map?.kind === "map" && !map.keysSorted && map.child.type.kind === "struct");
  assert.equal(map.child.nullable, false);
});

test("the legacy framing and metadata version 4 are read", () => {
  const now = readAll(fixture("values.arrow"));
  const legacy = readAll(fixture("values_legacy.arrows"));
  assert.deepEqual(legacy.batches, now.batches);
  assert.deepEqual(legacy.schema, now.schema);
});

for (const name of ["lz4.arrow", "lz4.arrows", "zstd.arrow", "zstd.arrows"]) {
  test(`${name}: compressed buffers are read`, () => {
    assert.deepEqual(readAll(fixture(name)), readAll(fixture("plain.arrow")));
  });

  test(`${name}: without a decompressor there is a clear error`, () => {
    const { batches } = readIpcBytes(fixture(name));
    assert.throws(() => batches.next(), {
      name: "FormatError",
      message: /no decompressor/,
    });
  });
}

for (
  const name of ["encodings.arrow", "encodings.arrows", "lz4.arrow", "dictionary_deltas.arrow"]
) {
  test(`${name}: chunks of any size give what the bytes as a whole give`, async () => {
    const bytes = fixture(name);
    const expected = readAll(bytes);
    for (const size of [1, 7, 64, 1000, bytes.length]) {
      assert.deepEqual(await readChunks(bytes, size), expected, `chunks of ${size}`);
    }
    if (name.endsWith(".arrow")) assert.deepEqual(await readRandomly(bytes), expected);
  });
}

test("bytes at any alignment are read", () => {
  const bytes = fixture("encodings.arrow");
  const expected = readAll(bytes);
  for (let shift = 1; shift < 8; shift++) {
    const moved = new Uint8Array(bytes.length + shift).subarray(shift);
    moved.set(bytes);
    assert.deepEqual(readAll(moved), expected, `shift ${shift}`);
  }
});

const GROWN = ["61", "62"];
for (const name of ["dictionary_deltas.arrows", "dictionary_deltas.arrow"]) {
  test(`${name}: dictionaries grow`, () => {
    const { batches } = readAll(fixture(name));
    assert.deepEqual(batches, [[[...GROWN, null]], [["63", null, "61"]]]);
  });
}

test("dictionaries are replaced, and batches read before keep theirs", () => {
  const { batches } = readIpcBytes(fixture("dictionary_replaced.arrows"));
  const raw = [...batches];
  assert.deepEqual(raw.map(valuesOf), [
    [[...GROWN, null]],
    [["63", null, "61"]],
    [["7a", "7a", null]],
  ]);
});

test("a dictionary is converted once for all batches that use it", () => {
  const { schema, batches } = readIpcBytes(fixture("encodings.arrow"));
  const at = schema.fields.findIndex(({ name }) => name === "dictionary int8");
  const [first, second] = Array.from(
    batches,
    (batch) => recordBatchToColumns(batch, schema).columns[at]!,
  );
  assert.ok(first?.shape === "dictionary" && second?.shape === "dictionary");
  assert.equal(first.dictionary, second.dictionary);
});

test("buffers that are not compressed are views of the bytes", () => {
  const bytes = fixture("plain.arrow");
  const { schema, batches } = readIpcBytes(bytes);
  const { columns } = recordBatchToColumns(batches.next().value!, schema);
  const [n, s] = columns;
  assert.ok(n?.shape === "fixed" && n.values.buffer === bytes.buffer);
  assert.ok(s?.shape === "bytes" && s.data.buffer === bytes.buffer);
  assert.equal(s.offsets.buffer, bytes.buffer);
});

test("a union is read as a schema, and refused as a column", () => {
  const { schema, batches } = readIpcBytes(fixture("union.arrow"));
  assert.equal(schema.fields[0]!.type.kind, "union");
  const batch = batches.next().value!;
  assert.throws(() => recordBatchToColumns(batch, schema), SchemaError);
  // The column after it is found all the same.
  assert.equal(batch.columns[1]!.length, 2);
});

test("flights-200k.arrow is read to its end", async () => {
  const url = new URL("../../node_modules/vega-datasets/data/flights-200k.arrow", import.meta.url);
  const bytes = new Uint8Array(readFileSync(url));
  let rows = 0;
  for (const batch of readIpcBytes(bytes).batches) {
    rows += recordBatchToColumns(batch, batch.schema).numRows;
  }
  assert.equal(rows, 200_000);
  const streamed = await readIpcStream(inChunks(bytes, 65536));
  for await (const batch of streamed.batches) rows -= batch.numRows;
  assert.equal(rows, 0);
});

/** A stream whose schema says big-endian: `Message {version: V5, header: Schema {endianness: 1}}`, by hand. */
function bigEndianStream(): Uint8Array {
  const metadata = Uint8Array.of(
    ...[16, 0, 0, 0], // root table at 16
    ...[10, 0, 12, 0, 4, 0, 6, 0, 8, 0, 0, 0], // its vtable: version, header type, header
    ...[12, 0, 0, 0, 4, 0, 1, 0, 16, 0, 0, 0], // version 4 (V5), type 1 (Schema), header at 24 + 16
    ...[0, 0, 0, 0], // padding
    ...[6, 0, 8, 0, 4, 0, 0, 0], // vtable of the schema: endianness
    ...[8, 0, 0, 0, 1, 0, 0, 0], // endianness 1
  );
  const frame = new Uint8Array(8 + metadata.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setUint32(4, metadata.length, true);
  frame.set(metadata, 8);
  return frame;
}

test("big-endian data is refused", () => {
  assert.throws(() => readIpcBytes(bigEndianStream()), {
    name: "FormatError",
    message: /big-endian/,
  });
});

test("what is no Arrow at all is refused", async () => {
  const text = new TextEncoder().encode("PAR1 and then some more bytes that say nothing");
  for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2), text, new Uint8Array(64)]) {
    assert.throws(() => readIpcBytes(bytes), FormatError);
    await assert.rejects(readIpcStream(inChunks(bytes, 3)), FormatError);
  }
});

test("truncated files and streams are refused wherever they are cut", async () => {
  for (const name of ["plain.arrow", "dictionary_replaced.arrows"]) {
    const bytes = fixture(name);
    const whole = readAll(bytes).batches.length;
    const step = Math.max(1, Math.floor(bytes.length / 97));
    for (let length = 0; length < bytes.length - 8; length += step) {
      const cut = bytes.subarray(0, length);
      let batches = 0;
      try {
        batches = readAll(cut).batches.length;
      } catch (error) {
        assert.ok(error instanceof FormatError, `${name} cut at ${length}: ${error}`);
        continue;
      }
      // A stream may end between two messages: nothing tells such a cut from an end.
      assert.ok(name.endsWith(".arrows") && batches < whole, `${name} cut at ${length}`);
    }
    if (!name.endsWith(".arrow")) continue;
    for (let length = 1; length < bytes.length; length += step) {
      await assert.rejects(readChunks(bytes.subarray(0, length), 4096), FormatError);
    }
  }
});

test("ending early gives the source back, errors of the source pass", async () => {
  let returned = 0;
  const bytes = fixture("plain.arrow");
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]() {
      const chunks = inChunks(bytes, 100);
      return {
        next: () => chunks.next(),
        return: () => {
          returned++;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
  for await (const _ of (await readIpcStream(source)).batches) break;
  assert.equal(returned, 1);

  const fault = new Error("disk on fire");
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield* inChunks(bytes.subarray(0, 2000), 100);
    throw fault;
  }
  const { batches } = await readIpcStream(failing());
  await assert.rejects(batches.next(), (error) => error === fault);
});
