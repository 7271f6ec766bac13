/** Pages made by hand, by encoders that are as naive as can be, and what the verifier makes of them. */

import type {
  CompressionCodec,
  DataPageHeader,
  DataPageHeaderV2,
  DictionaryPageHeader,
  Encoding,
  FieldRepetitionType,
  LogicalType,
  PageHeader,
  PhysicalType,
} from "../../src/format/metadata.ts";
import type { SchemaNode } from "../../src/format/schema_tree.ts";
import type { ChunkContext } from "../../src/verify/chunk_visitor.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimits } from "../../src/util/input_limits.ts";
import { ChunkDecoder } from "../../src/verify/pages/chunk_decoder.ts";
import { DecodingResources } from "../../src/verify/pages/decoding_resources.ts";
import type { DecodedValues } from "../../src/verify/decoded_page.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { Findings } from "../../src/verify/findings.ts";
import type { LeafColumn } from "../../src/verify/leaf_column.ts";
import { hex } from "../support/values.ts";

/** Joins bytes. */
export function concat(...parts: (Uint8Array | readonly number[] | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "number" ? [part] : Array.from(part)),
  );
}

/** An unsigned number as ULEB128. */
export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt(value);
  while (left >= 128n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(left)]);
}

/** A signed number as zigzag ULEB128. */
export function zigzag(value: number | bigint): Uint8Array {
  const number = BigInt(value);
  return varint(number < 0n ? -number * 2n - 1n : number * 2n);
}

/** The lowest `byteLength` bytes of a number, the lowest first. */
export function littleEndian(value: number | bigint, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let left = BigInt.asUintN(byteLength * 8, BigInt(value));
  for (let i = 0; i < byteLength; i++, left >>= 8n) bytes[i] = Number(left & 255n);
  return bytes;
}

/** Bits one after the other, the least significant first. */
export function pack(values: readonly (number | bigint)[], width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length * width / 8));
  values.forEach((value, i) => {
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      if (BigInt(value) >> BigInt(bit) & 1n) bytes[at >> 3]! |= 1 << (at & 7);
    }
  });
  return bytes;
}

/** Bits one after the other, the most significant first. */
export function packBigEndian(values: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length * width / 8));
  values.forEach((value, i) => {
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      if (value >> (width - 1 - bit) & 1) bytes[at >> 3]! |= 128 >> (at & 7);
    }
  });
  return bytes;
}

/** A run of one value. */
export function run(value: number, length: number, width: number): Uint8Array {
  return concat(varint(length * 2), littleEndian(value, Math.ceil(width / 8)));
}

/** A packed run, filled up with zeros. */
export function packedRun(values: readonly number[], width: number): Uint8Array {
  const groups = Math.ceil(values.length / 8);
  const full = Array.from({ length: groups * 8 }, (_, i) => values[i] ?? 0);
  return concat(varint(groups * 2 + 1), pack(full, width));
}

/** The hybrid: runs where there are 8 equal values or more, else packed groups. */
export function hybrid(values: readonly number[], width: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let waiting: number[] = [];
  for (let i = 0; i < values.length;) {
    let length = 1;
    while (i + length < values.length && values[i + length] === values[i]) length++;
    if (length >= 8 && waiting.length % 8 === 0) {
      if (waiting.length > 0) parts.push(packedRun(waiting, width));
      waiting = [];
      parts.push(run(values[i]!, length, width));
      i += length;
    } else {
      waiting.push(values[i++]!);
    }
  }
  if (waiting.length > 0) parts.push(packedRun(waiting, width));
  return concat(...parts);
}

/** The length in front of something. */
export function prefixed(bytes: Uint8Array): Uint8Array {
  return concat(littleEndian(bytes.length, 4), bytes);
}

/** PLAIN: values of fixed width as they are, byte arrays with their lengths; booleans are bytes. */
export function plain(values: readonly Uint8Array[], type: PhysicalType): Uint8Array {
  if (type === "BOOLEAN") return pack(values.map(([bit]) => bit!), 1);
  return concat(...values.map((value) => type === "BYTE_ARRAY" ? prefixed(value) : value));
}

/** DELTA_BINARY_PACKED. */
export function deltas(
  values: readonly (number | bigint)[],
  bits: 32 | 64,
  blockSize = 128,
  miniblocks = 4,
): Uint8Array {
  const numbers = values.map(BigInt);
  const parts = [varint(blockSize), varint(miniblocks), varint(numbers.length)];
  parts.push(zigzag(numbers[0] ?? 0n));
  for (let from = 1; from < numbers.length; from += blockSize) {
    const block = numbers.slice(from, from + blockSize)
      .map((value, i) => BigInt.asIntN(bits, value - numbers[from + i - 1]!));
    const least = block.reduce((a, b) => a < b ? a : b);
    const size = blockSize / miniblocks;
    const minis = Array.from({ length: miniblocks }, (_, m) => {
      const part = block.slice(m * size, m * size + size)
        .map((delta) => BigInt.asUintN(bits, delta - least));
      const width = part.reduce((most, delta) => Math.max(most, delta.toString(2).length), 0);
      const isNull = part.every((delta) => delta === 0n);
      const full = Array.from({ length: size }, (_, i) => part[i] ?? 0n);
      return { width: isNull ? 0 : width, bytes: isNull ? [] : pack(full, width) };
    });
    parts.push(zigzag(least), Uint8Array.from(minis.map(({ width }) => width)));
    parts.push(...minis.map(({ bytes }) => Uint8Array.from(bytes)));
  }
  return concat(...parts);
}

/** DELTA_LENGTH_BYTE_ARRAY. */
export function deltaLengths(values: readonly Uint8Array[]): Uint8Array {
  return concat(deltas(values.map(({ length }) => length), 32), ...values);
}

/** DELTA_BYTE_ARRAY. */
export function deltaByteArrays(values: readonly Uint8Array[]): Uint8Array {
  const prefixes = values.map((value, i) => {
    const previous = values[i - 1] ?? [];
    let length = 0;
    while (
      length < previous.length && length < value.length && previous[length] === value[length]
    ) {
      length++;
    }
    return length;
  });
  const suffixes = values.map((value, i) => value.subarray(prefixes[i]!));
  return concat(deltas(prefixes, 32), deltaLengths(suffixes));
}

/** BYTE_STREAM_SPLIT. */
export function byteStreams(values: readonly Uint8Array[], width: number): Uint8Array {
  return concat(
    ...Array.from({ length: width }, (_, k) => Uint8Array.from(values, (value) => value[k]!)),
  );
}

const WIDTHS: Readonly<Record<PhysicalType, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 0,
  FIXED_LEN_BYTE_ARRAY: 16,
};

/** What a column may have beside its type. */
export interface ColumnOptions {
  readonly logicalType?: LogicalType;
  readonly typeLength?: number;
  /** Repetition types from below the root to the leaf; one node, required, where left out. */
  readonly path?: readonly FieldRepetitionType[];
  /** Name of the leaf, and the logical type of the group around it. */
  readonly name?: string;
  readonly group?: LogicalType;
}

/** A leaf column. */
export function leaf(type: PhysicalType, options: ColumnOptions = {}): LeafColumn {
  const { logicalType, typeLength, path = ["REQUIRED"], name = "leaf", group } = options;
  let maxDefinitionLevel = 0, maxRepetitionLevel = 0;
  const ancestors = path.map((repetitionType, i): SchemaNode => {
    if (repetitionType !== "REQUIRED") maxDefinitionLevel++;
    if (repetitionType === "REPEATED") maxRepetitionLevel++;
    const isLeaf = i === path.length - 1;
    const ownType = isLeaf ? logicalType : i === path.length - 2 ? group : undefined;
    const element = {
      name: isLeaf ? name : `group${i}`,
      repetitionType,
      ...(isLeaf ? { type } : { numChildren: 1 }),
      ...(ownType === undefined ? {} : { logicalType: ownType }),
    };
    return { element, children: [], path: [], maxDefinitionLevel, maxRepetitionLevel };
  });
  return {
    index: 0,
    name,
    path: [name],
    element: ancestors.at(-1)!.element,
    ancestors,
    physicalType: type,
    width: typeLength ?? WIDTHS[type],
    logicalType: logicalType ?? null,
    maxDefinitionLevel,
    maxRepetitionLevel,
    order: null,
  };
}

/** CRC-32, bit by bit, as a signed number. */
export function slowCrc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

/** A page as it stands in a file. */
export interface StoredPage {
  readonly header: PageHeader;
  readonly body: Uint8Array;
}

/** Sizes and checksum that a page has by itself. */
function stored(body: Uint8Array, uncompressedPageSize: number): Pick<
  PageHeader,
  "uncompressedPageSize" | "compressedPageSize" | "crc"
> {
  return { uncompressedPageSize, compressedPageSize: body.length, crc: slowCrc32(body) };
}

/** How bytes are compressed. */
export type Compress = (bytes: Uint8Array) => Uint8Array;
const asTheyAre: Compress = (bytes) => bytes;

/** A dictionary page. */
export function dictionaryPage(
  values: Uint8Array,
  numValues: number,
  header: Partial<DictionaryPageHeader> = {},
  compress: Compress = asTheyAre,
): StoredPage {
  const body = compress(values);
  return {
    header: {
      type: "DICTIONARY_PAGE",
      ...stored(body, values.length),
      dictionaryPageHeader: { numValues, encoding: "PLAIN", ...header },
    },
    body,
  };
}

/** Levels as they are encoded, and encoded values. */
export interface PageParts {
  readonly numValues: number;
  /** Encoded, without their length; absent where there are none. */
  readonly repetition?: Uint8Array;
  readonly definition?: Uint8Array;
  readonly values: Uint8Array;
  readonly encoding?: Encoding;
  readonly compress?: Compress;
}

/** A data page, version 1. */
export function pageV1(parts: PageParts, header: Partial<DataPageHeader> = {}): StoredPage {
  const { numValues, repetition, definition, values, encoding = "PLAIN" } = parts;
  const levels = [repetition, definition].filter((part) => part !== undefined).map(prefixed);
  const bytes = concat(...levels, values);
  const body = (parts.compress ?? asTheyAre)(bytes);
  return {
    header: {
      type: "DATA_PAGE",
      ...stored(body, bytes.length),
      dataPageHeader: {
        numValues,
        encoding,
        definitionLevelEncoding: "RLE",
        repetitionLevelEncoding: "RLE",
        ...header,
      },
    },
    body,
  };
}

/** A data page, version 2. */
export function pageV2(
  parts: PageParts,
  header: Pick<DataPageHeaderV2, "numNulls" | "numRows"> & Partial<DataPageHeaderV2>,
): StoredPage {
  const { numValues, values, encoding = "PLAIN" } = parts;
  const repetition = parts.repetition ?? new Uint8Array();
  const definition = parts.definition ?? new Uint8Array();
  const body = concat(repetition, definition, (parts.compress ?? asTheyAre)(values));
  return {
    header: {
      type: "DATA_PAGE_V2",
      ...stored(body, repetition.length + definition.length + values.length),
      dataPageHeaderV2: {
        numValues,
        encoding,
        definitionLevelsByteLength: definition.length,
        repetitionLevelsByteLength: repetition.length,
        ...header,
      },
    },
    body,
  };
}

/** A column chunk to be decoded. */
export interface Chunk {
  readonly column: LeafColumn;
  readonly pages: readonly StoredPage[];
  readonly codec?: CompressionCodec;
  readonly maxPageBytes?: number;
  readonly limits?: InputLimits;
  /** Members of the context beside those that follow from the above. */
  readonly context?: Partial<ChunkContext>;
}

/** A data page that was decoded, in values of its own. */
export interface SeenPage {
  readonly firstRow: number;
  readonly rows: number;
  readonly repetitionLevels: number[] | null;
  readonly definitionLevels: number[] | null;
  readonly ids: number[] | null;
  /** Hexadecimal. */
  readonly values: string[];
}

/** What became of a chunk. */
export interface Seen {
  readonly faults: Fault[];
  /** Names of the rules that were broken, each once. */
  readonly rules: string[];
  /** Hexadecimal; `null`: there is none, or it was not decoded. */
  readonly dictionary: string[] | null;
  /** `null`: not decoded. */
  readonly pages: (SeenPage | null)[];
}

/** Values one by one, in hexadecimal. */
export function listValues({ bytes, offsets, count }: DecodedValues): string[] {
  const width = count === 0 ? 0 : bytes.length / count;
  return Array.from({ length: count }, (_, i) =>
    hex(
      offsets === null
        ? bytes.subarray(i * width, (i + 1) * width)
        : bytes.subarray(offsets[i]!, offsets[i + 1]!),
    ));
}

/** Decodes a chunk. */
export function decodeChunk({ column, pages, codec, maxPageBytes, limits, context }: Chunk): Seen {
  const findings = new Findings();
  const decoder = new ChunkDecoder(
    {
      findings,
      column,
      rowGroup: { columns: [], totalByteSize: 0, numRows: 0 },
      rowGroupIndex: 0,
      chunk: {
        fileOffset: 0,
        metaData: {
          type: column.physicalType,
          encodings: [],
          pathInSchema: column.path,
          codec: codec ?? "UNCOMPRESSED",
          numValues: 0,
          totalUncompressedSize: 0,
          totalCompressedSize: 0,
          dataPageOffset: 4,
        },
      },
      columnIndex: null,
      offsetIndex: null,
      bloomFilter: null,
      ...context,
    },
    new DecodingResources({
      ...DEFAULT_INPUT_LIMITS,
      ...limits,
      ...(maxPageBytes === undefined ? {} : { maxPageBytes }),
    }),
  );
  let dictionary: string[] | null = null;
  const seen: (SeenPage | null)[] = [];
  let offset = 4;
  for (const { header, body } of pages) {
    // At an odd place of a larger buffer, as in a file.
    const buffer = concat([1, 2, 3], body);
    const there = buffer.subarray(3);
    if (header.type === "DICTIONARY_PAGE") {
      const page = decoder.dictionary(header, there, offset);
      dictionary = page === null ? null : listValues(page.values);
    } else {
      const page = decoder.dataPage(header, there, offset, body.length + 20);
      seen.push(
        page && {
          firstRow: page.firstRow,
          rows: page.rows,
          repetitionLevels: page.repetitionLevels && Array.from(page.repetitionLevels),
          definitionLevels: page.definitionLevels && Array.from(page.definitionLevels),
          ids: page.ids && Array.from(page.ids),
          values: listValues(page.values()),
        },
      );
    }
    // Nothing may be kept of the bytes of the file.
    buffer.fill(0xee);
    offset += body.length + 20;
  }
  decoder.finish();
  const faults = findings.list();
  return { faults, rules: [...new Set(faults.map(({ rule }) => rule))], dictionary, pages: seen };
}
