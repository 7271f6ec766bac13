/**
 * Checks every Bloom filter of a file against every value of its chunk.
 *
 * @see https://github.com/apache/parquet-format/blob/master/BloomFilter.md
 */

import assert from "node:assert/strict";
import { decodeFileMetaData, encodeFileMetaData } from "../../src/format/structures.ts";
import type { DecodedChunk, DecodedFile, SchemaNode } from "./page_decoder.ts";
import { readThrift, type ThriftStruct } from "./thrift_reader.ts";
import type { Physical } from "./value_decoder.ts";
import { hex } from "./values.ts";
import { mayContain } from "./xxh64.ts";

const MAX_FOOTER_BYTES = 2 ** 31 - 1;

/** Fields of `ColumnMetaData`. */
const OFFSET = 14;
const LENGTH = 15;

/** The bit set of a chunk's Bloom filter, checked to be where the footer says and what its header says; `null` without. */
export function bloomFilterOf(
  bytes: Uint8Array,
  { metaData, path }: DecodedChunk,
): Uint8Array | null {
  if (!(OFFSET in metaData)) return null;
  const from = Number(metaData[OFFSET]);
  const { value: header, end } = readThrift(bytes, from);
  const numBytes = Number(header[1]);
  const where = path.join(".");
  assert.equal(end + numBytes, from + Number(metaData[LENGTH]), `length of the filter of ${where}`);
  assert.ok(numBytes >= 32 && numBytes <= 128 * 1024 * 1024 && numBytes % 32 === 0, where);
  // Split blocks, XXH64, not compressed: each the first and empty member of its union.
  for (const field of [2, 3, 4]) assert.deepEqual(header[field], { 1: {} } as ThriftStruct, where);
  return bytes.subarray(end, end + numBytes);
}

/** Asserts that no Bloom filter of the file denies a value that is there. Returns how many filters there are. */
export function assertBloomFilters(bytes: Uint8Array, file: DecodedFile): number {
  const leaves = leavesOf(file.schema);
  let filters = 0;
  for (const { chunks } of file.rowGroups) {
    for (const [i, chunk] of chunks.entries()) {
      const bitset = bloomFilterOf(bytes, chunk);
      if (bitset === null) continue;
      filters++;
      const values = new Map<string, Uint8Array>();
      for (const value of chunk.pages.flatMap((page) => page.values)) {
        const plain = plainBytes(value, leaves[i]!);
        values.set(hex(plain), plain);
      }
      for (const [text, plain] of values) {
        assert.ok(
          mayContain(bitset, plain),
          `the filter of ${chunk.path.join(".")} denies ${text}`,
        );
      }
    }
  }
  return filters;
}

/** The file without a word of Bloom filters in its footer. */
export function withoutBloomFilters(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length - 8 - view.getUint32(bytes.length - 8, true);
  const metadata = decodeFileMetaData(bytes.subarray(start, -8));
  const footer = encodeFileMetaData({
    ...metadata,
    rowGroups: metadata.rowGroups.map((rowGroup) => ({
      ...rowGroup,
      columns: rowGroup.columns.map((column) => {
        const { bloomFilterOffset: _, bloomFilterLength: __, ...metaData } = column.metaData;
        return { ...column, metaData };
      }),
    })),
  }, MAX_FOOTER_BYTES);
  const file = new Uint8Array(start + footer.length + 8);
  file.set(bytes.subarray(0, start));
  file.set(footer, start);
  new DataView(file.buffer).setUint32(start + footer.length, footer.length, true);
  file.set(bytes.subarray(-4), file.length - 4);
  return file;
}

/** A value as a Bloom filter hashes it. */
export function plainBytes(value: Physical, { type }: Pick<SchemaNode, "type">): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") {
    const [, bitWidth, digits] = /^f(\d+):(.*)$/.exec(value)!;
    return littleEndian(BigInt(`0x${digits}`), Number(bitWidth) / 8);
  }
  return littleEndian(BigInt(value), type === "INT32" ? 4 : 8);
}

function littleEndian(value: bigint, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Number(value >> BigInt(8 * i) & 255n));
}

function leavesOf(node: SchemaNode): SchemaNode[] {
  return node.type !== null ? [node] : node.children.flatMap(leavesOf);
}
