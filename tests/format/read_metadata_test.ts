import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParquetMetaData } from "../../src/format/metadata.ts";
import { type RandomAccess, readFileMetaData } from "../../src/format/read_metadata.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { FormatError, LimitError } from "../../src/util/errors.ts";

const METADATA: ParquetMetaData = {
  version: 1,
  schema: [{ name: "schema", numChildren: 0 }],
  numRows: 0,
  rowGroups: [],
};

function fileOf(metadata: ParquetMetaData, bodyBytes = 0): Uint8Array<ArrayBuffer> {
  const footer = encodeFileMetaData(metadata);
  const file = new Uint8Array(4 + bodyBytes + footer.length + 8);
  file.set([0x50, 0x41, 0x52, 0x31]);
  file.set(footer, 4 + bodyBytes);
  new DataView(file.buffer).setUint32(file.length - 8, footer.length, true);
  file.set([0x50, 0x41, 0x52, 0x31], file.length - 4);
  return file;
}

/** The file, and the reads that were made. */
function counted(bytes: Uint8Array): RandomAccess & { reads: [number, number][] } {
  const reads: [number, number][] = [];
  return {
    byteLength: bytes.length,
    reads,
    read(offset, length) {
      reads.push([offset, length]);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

test("readFileMetaData() reads a small file at once", async () => {
  const file = counted(fileOf(METADATA));
  assert.deepEqual(await readFileMetaData(file), METADATA);
  assert.deepEqual(file.reads, [[0, file.byteLength]]);
});

test("readFileMetaData() reads the end and the magic of a large file", async () => {
  const file = counted(fileOf(METADATA, 200_000));
  assert.deepEqual(await readFileMetaData(file), METADATA);
  assert.deepEqual(file.reads, [[file.byteLength - 65536, 65536], [0, 4]]);
});

test("readFileMetaData() reads a large footer in a read of its own", async () => {
  const large = { ...METADATA, keyValueMetadata: [{ key: "k", value: "v".repeat(100_000) }] };
  const file = counted(fileOf(large, 10));
  assert.deepEqual(await readFileMetaData(file), large);
  assert.equal(file.reads.length, 3);
  assert.equal(file.reads[2]![0], 14);
});

test("readFileMetaData() keeps to maxFooterBytes", async () => {
  const bytes = fileOf(METADATA);
  const length = bytes.length - 12;
  await assert.rejects(
    readFileMetaData(counted(bytes), { maxFooterBytes: length - 1 }),
    LimitError,
  );
  await readFileMetaData(counted(bytes), { maxFooterBytes: length });
});

test("readFileMetaData() says what is wrong with the file", async () => {
  const changed = (change: (bytes: Uint8Array<ArrayBuffer>) => void) => {
    const bytes = fileOf(METADATA, 100);
    change(bytes);
    return bytes;
  };
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /0 bytes are too few/],
    [new TextEncoder().encode("PAR1\0\0\0PAR1"), /11 bytes are too few/],
    [
      new TextEncoder().encode("not a Parquet file"),
      /it is not Parquet \(no PAR1 at its start and end\)/,
    ],
    [changed((bytes) => bytes[0] = 0), /it is damaged \(no PAR1 at its start\)/],
    [changed((bytes) => bytes[bytes.length - 1] = 0x45), /footer is encrypted/],
    [changed((bytes) => bytes[3] = 0x45), /footer is encrypted/],
    [
      changed((bytes) => new DataView(bytes.buffer).setUint32(bytes.length - 8, 2 ** 32 - 1, true)),
      /stated length is 4294967295 bytes/,
    ],
    [
      changed((bytes) =>
        new DataView(bytes.buffer).setUint32(bytes.length - 8, bytes.length - 11, true)
      ),
      /stated length is/,
    ],
    [changed((bytes) => new DataView(bytes.buffer).setUint32(bytes.length - 8, 0, true)), /early/],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(readFileMetaData(counted(bytes)), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("readFileMetaData() notices a file that was cut while it was read", async () => {
  const bytes = fileOf(METADATA, 100_000);
  const file: RandomAccess = {
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length - 1)),
  };
  await assert.rejects(readFileMetaData(file), FormatError);
});
