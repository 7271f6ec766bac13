/**
 * Decodes values of pages, one at a time.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md
 */

import type { EncodingName, PhysicalTypeName } from "./page_decoder.ts";
import { floatFromBits, littleEndianInteger } from "./values.ts";

/** BOOLEAN, INT32, INT64, byte arrays; floats in their canonical form, which keeps every bit. */
export type Physical = boolean | number | bigint | Uint8Array | string;

interface PhysicalType {
  readonly type: PhysicalTypeName | null;
  readonly typeLength: number;
}

/** Bytes of a value of fixed width. */
function widthOf({ type, typeLength }: PhysicalType): number {
  switch (type) {
    case "INT32":
    case "FLOAT":
      return 4;
    case "INT64":
    case "DOUBLE":
      return 8;
    case "INT96":
      return 12;
    case "FIXED_LEN_BYTE_ARRAY":
      return typeLength;
    default:
      throw new Error(`${type} has no width`);
  }
}

function fixed({ type }: PhysicalType, bytes: Uint8Array): Physical {
  switch (type) {
    case "INT32":
      return Number(BigInt.asIntN(32, littleEndianInteger(bytes)));
    case "INT64":
      return BigInt.asIntN(64, littleEndianInteger(bytes));
    case "FLOAT":
      return floatFromBits(32, littleEndianInteger(bytes));
    case "DOUBLE":
      return floatFromBits(64, littleEndianInteger(bytes));
    default:
      return bytes;
  }
}

/** Decodes `count` values; all bytes have to be used. */
export function decodeValues(
  encoding: EncodingName,
  bytes: Uint8Array,
  count: number,
  node: PhysicalType,
  dictionary: readonly Physical[] | null,
): Physical[] {
  switch (encoding) {
    case "PLAIN":
      return plain(bytes, count, node);
    case "RLE": {
      if (node.type !== "BOOLEAN") throw new Error(`RLE of ${node.type}`);
      const length = u32(bytes, 0);
      ends(bytes, 4 + length);
      return readHybrid(bytes.subarray(4), 1, count).map((bit) => bit === 1);
    }
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (dictionary === null) throw new Error("No dictionary");
      if (bytes.length === 0 && count === 0) return [];
      const width = bytes[0]!;
      if (width > 32) throw new Error(`Dictionary ids of ${width} bits`);
      return readHybrid(bytes.subarray(1), width, count).map((id) => {
        const value = dictionary[id];
        if (value === undefined) throw new Error(`No entry ${id} in the dictionary`);
        return value;
      });
    }
    case "DELTA_BINARY_PACKED": {
      const { values, end } = deltas(bytes, count, node.type === "INT32" ? 32 : 64);
      ends(bytes, end);
      return node.type === "INT32" ? values.map(Number) : values;
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
      return deltaLength(bytes, count);
    case "DELTA_BYTE_ARRAY": {
      const prefixes = deltas(bytes, count, 32);
      const suffixes = deltaLength(bytes.subarray(prefixes.end), count);
      let previous: Uint8Array = new Uint8Array();
      return suffixes.map((suffix, i) => {
        const length = Number(prefixes.values[i]);
        if (length > previous.length) throw new Error("A prefix longer than the value before");
        previous = Uint8Array.of(...previous.subarray(0, length), ...suffix);
        return previous;
      });
    }
    case "BYTE_STREAM_SPLIT": {
      const width = widthOf(node);
      ends(bytes, count * width);
      return Array.from(
        { length: count },
        (_, i) => fixed(node, Uint8Array.from({ length: width }, (_, k) => bytes[k * count + i]!)),
      );
    }
    default:
      throw new Error(`No decoder for ${encoding}`);
  }
}

function plain(bytes: Uint8Array, count: number, node: PhysicalType): Physical[] {
  if (node.type === "BOOLEAN") {
    ends(bytes, Math.ceil(count / 8));
    return Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7) & 1) === 1);
  }
  let at = 0;
  const values = Array.from({ length: count }, () => {
    let width: number;
    if (node.type === "BYTE_ARRAY") {
      width = u32(bytes, at);
      at += 4;
    } else {
      width = widthOf(node);
    }
    at += width;
    if (at > bytes.length) throw new Error("Values are cut off");
    const value = bytes.subarray(at - width, at);
    return node.type === "BYTE_ARRAY" ? value : fixed(node, value);
  });
  ends(bytes, at);
  return values;
}

/** Decodes `count` numbers of the RLE/bit-packing hybrid; all bytes have to be used. */
export function readHybrid(bytes: Uint8Array, width: number, count: number): number[] {
  const values: number[] = [];
  let at = 0;
  while (values.length < count) {
    const head = varint(bytes, at);
    at = head.end;
    const length = Number(head.value >> 1n);
    if (length === 0) throw new Error("A run of nothing");
    if ((head.value & 1n) === 0n) {
      const size = Math.ceil(width / 8);
      if (at + size > bytes.length) throw new Error("A run is cut off");
      const value = Number(littleEndianInteger(bytes.subarray(at, at + size)));
      if (value >= 2 ** width) throw new Error("A repeated value wider than it may be");
      if (values.length + length > count) throw new Error("A run beyond the last value");
      for (let i = 0; i < length; i++) values.push(value);
      at += size;
    } else {
      // The last group may hold fewer than 8 values that count.
      if (at + length * width > bytes.length) throw new Error("A packed run is cut off");
      if (values.length + length * 8 >= count + 8) throw new Error("Groups beyond the last value");
      for (let i = 0; i < length * 8 && values.length < count; i++) {
        values.push(Number(bits(bytes, at * 8 + i * width, width)));
      }
      at += length * width;
    }
  }
  ends(bytes, at);
  return values;
}

/** DELTA_BINARY_PACKED: the values and where they end. */
function deltas(
  bytes: Uint8Array,
  count: number,
  width: 32 | 64,
): { values: bigint[]; end: number } {
  let at = 0;
  const next = () => {
    const { value, end } = varint(bytes, at);
    at = end;
    return value;
  };
  const zigzag = () => {
    const value = next();
    return (value >> 1n) ^ -(value & 1n);
  };
  const blockSize = Number(next());
  const miniblocks = Number(next());
  const size = blockSize / miniblocks;
  if (blockSize % 128 !== 0 || size % 32 !== 0) throw new Error("Blocks of a size not allowed");
  if (Number(next()) !== count) throw new Error("The count of deltas is not the count of values");
  const values = [zigzag()];
  while (values.length < count) {
    const least = zigzag();
    const widths = bytes.subarray(at, at + miniblocks);
    at += miniblocks;
    for (const packed of widths) {
      // Miniblocks behind the last value take no bytes.
      if (values.length >= count) break;
      if (packed > width) throw new Error(`Deltas of ${packed} bits`);
      for (let i = 0; i < size && values.length < count; i++) {
        const delta = bits(bytes, at * 8 + i * packed, packed) + least;
        values.push(BigInt.asIntN(width, values.at(-1)! + delta));
      }
      at += packed * size / 8;
    }
  }
  return { values: values.slice(0, count), end: at };
}

function deltaLength(bytes: Uint8Array, count: number): Uint8Array[] {
  const { values: lengths, end } = deltas(bytes, count, 32);
  let at = end;
  const values = lengths.map((length) => {
    at += Number(length);
    return bytes.subarray(at - Number(length), at);
  });
  ends(bytes, at);
  return values;
}

/** `width` bits from bit `from` on, least significant bit first. */
function bits(bytes: Uint8Array, from: number, width: number): bigint {
  let value = 0n;
  for (let i = 0; i < width; i++) {
    const bit = bytes[(from + i) >> 3]! >> ((from + i) & 7) & 1;
    value |= BigInt(bit) << BigInt(i);
  }
  return value;
}

function varint(bytes: Uint8Array, at: number): { value: bigint; end: number } {
  for (let value = 0n, shift = 0n;; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error("A varint is cut off");
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value, end: at };
  }
}

function u32(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Error("A length is cut off");
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function ends(bytes: Uint8Array, at: number): void {
  if (at !== bytes.length) throw new Error(`${bytes.length} bytes where ${at} are needed`);
}
