/**
 * Everything that a file says about its values and pages, compared with what a naive scan of the decoded pages finds: column
 * index, offset index, statistics, sizes, encodings.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

import assert from "node:assert/strict";
import type { WriterOptions } from "../../mod.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import type {
  ColumnChunk,
  ColumnIndex,
  ColumnOrder,
  OffsetIndex,
  SchemaElement,
} from "../../src/format/metadata.ts";
import { decodeColumnIndex, decodeOffsetIndex } from "../../src/format/structures.ts";
import { type DecodedChunk, type DecodedPage, readPages } from "./page_decoder.ts";
import { bigEndianInteger, littleEndianInteger } from "./values.ts";
import type { Physical } from "./value_decoder.ts";

/** The indexes of a column chunk. */
export interface Indexes {
  readonly columnIndex: ColumnIndex | null;
  readonly offsetIndex: OffsetIndex | null;
}

/** Reads the indexes of a column chunk. */
export function readIndexes(bytes: Uint8Array, chunk: ColumnChunk): Indexes {
  const { columnIndexOffset, columnIndexLength, offsetIndexOffset, offsetIndexLength } = chunk;
  const column = columnIndexOffset === undefined
    ? null
    : decodeColumnIndex(bytes, columnIndexOffset);
  const offset = offsetIndexOffset === undefined
    ? null
    : decodeOffsetIndex(bytes, offsetIndexOffset);
  assert.equal(column?.byteLength, columnIndexLength);
  assert.equal(offset?.byteLength, offsetIndexLength);
  return { columnIndex: column?.value ?? null, offsetIndex: offset?.value ?? null };
}

/** How bounds of a column are taken: integers (of floats: their total order), or byte strings. */
interface Order {
  readonly key: (plain: Uint8Array) => bigint | Uint8Array;
  readonly isNaN: (plain: Uint8Array) => boolean;
  readonly float: boolean;
  readonly total: boolean;
  /** Bounds may be cut, at characters or anywhere. */
  readonly cut: "no" | "bytes" | "utf8";
}

function orderOf(element: SchemaElement, columnOrder: ColumnOrder): Order | null {
  const { type, convertedType, logicalType } = element;
  const total = columnOrder.type === "IEEE_754_TOTAL_ORDER";
  const plain = { isNaN: () => false, float: false, total, cut: "no" } as const;
  const integer = (bits: number, signed: boolean): Order => ({
    ...plain,
    key: (bytes) => (signed ? BigInt.asIntN : BigInt.asUintN)(bits, littleEndianInteger(bytes)),
  });
  const float = (bits: number, fraction: number): Order => {
    const magnitude = (bytes: Uint8Array) => BigInt.asUintN(bits - 1, littleEndianInteger(bytes));
    const infinity = (1n << BigInt(bits - 1)) - (1n << BigInt(fraction));
    return {
      total,
      float: true,
      cut: "no",
      isNaN: (bytes) => magnitude(bytes) > infinity,
      // −0 has to be below +0.
      key: (bytes) => bytes.at(-1)! >= 0x80 ? -magnitude(bytes) - 1n : magnitude(bytes),
    };
  };
  switch (logicalType?.type) {
    case "UNKNOWN":
    case "VARIANT":
    case "GEOMETRY":
    case "GEOGRAPHY":
      return null;
    case "FLOAT16":
      return float(16, 10);
  }
  const unsigned = convertedType?.startsWith("UINT_") === true;
  switch (type) {
    case "BOOLEAN":
      return integer(8, false);
    case "INT32":
      return integer(32, !unsigned);
    case "INT64":
      return integer(64, !unsigned);
    case "FLOAT":
      return float(32, 23);
    case "DOUBLE":
      return float(64, 52);
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY": {
      if (convertedType === "INTERVAL") return null;
      if (convertedType === "DECIMAL") return { ...plain, key: bigEndianInteger };
      const utf8 = convertedType === "UTF8" || convertedType === "JSON";
      const cut = type !== "BYTE_ARRAY" ? "no" : utf8 ? "utf8" : "bytes";
      return { ...plain, key: (bytes) => bytes, cut };
    }
    default:
      return null;
  }
}

/** A value PLAIN-encoded, byte arrays without their length. */
function plainBytes(value: Physical, type: SchemaElement["type"]): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  const width = type === "INT32" || type === "FLOAT" ? 4 : 8;
  const bits = typeof value === "string" ? BigInt(`0x${value.split(":")[1]}`) : BigInt(value);
  return Uint8Array.from({ length: width }, (_, i) => Number((bits >> BigInt(8 * i)) & 255n));
}

function compareKeys(a: bigint | Uint8Array, b: bigint | Uint8Array): number {
  if (typeof a === "bigint") return a < (b as bigint) ? -1 : Number(a > (b as bigint));
  const other = b as Uint8Array;
  for (let i = 0; i < Math.min(a.length, other.length); i++) {
    if (a[i] !== other[i]) return a[i]! - other[i]!;
  }
  return a.length - other.length;
}

interface Bound {
  readonly value: Uint8Array;
  readonly exact: boolean;
}

/** The bounds of some values, uncut; `null` where there are none. */
function boundsOf(values: readonly Uint8Array[], order: Order): { min: Bound; max: Bound } | null {
  const numbers = values.filter((value) => !order.isNaN(value));
  const ordered = numbers.length === 0 && order.total ? values : numbers;
  if (ordered.length === 0) return null;
  let [min, max] = [ordered[0]!, ordered[0]!];
  for (const value of ordered) {
    if (compareKeys(order.key(value), order.key(min)) < 0) min = value;
    if (compareKeys(order.key(value), order.key(max)) > 0) max = value;
  }
  const adjusted = (value: Uint8Array, sign: number): Bound => {
    const isZero = order.float && !order.total &&
      value.every((byte, i) => byte === 0 || (byte === 0x80 && i === value.length - 1));
    if (!isZero) return { value, exact: true };
    const zero = value.map((_, i) => i === value.length - 1 ? sign : 0);
    return { value: zero, exact: zero.at(-1) === value.at(-1) };
  };
  return { min: adjusted(min, 0x80), max: adjusted(max, 0) };
}

function cutMin({ value }: Bound, { cut }: Order, length: number): Bound {
  if (cut === "bytes") return { value: value.slice(0, length), exact: false };
  return { value: new TextEncoder().encode(prefixOf(value, length).join("")), exact: false };
}

/** Characters of the longest prefix of at most `length` bytes. */
function prefixOf(value: Uint8Array, length: number): string[] {
  const characters = [...new TextDecoder("utf-8", { ignoreBOM: true }).decode(value)];
  while (new TextEncoder().encode(characters.join("")).length > length) characters.pop();
  return characters;
}

function cutMax(bound: Bound, { cut }: Order, length: number): Bound {
  if (cut === "bytes") {
    const bytes = [...bound.value.slice(0, length)];
    while (bytes.at(-1) === 255) bytes.pop();
    if (bytes.length === 0) return bound;
    bytes.push(bytes.pop()! + 1);
    return { value: Uint8Array.from(bytes), exact: false };
  }
  const characters = prefixOf(bound.value, length);
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    let next = last.codePointAt(0)! + 1;
    if (next === 0xd800) next = 0xe000;
    if (next > 0x10ffff) continue;
    const text = String.fromCodePoint(next);
    const { length: bytes } = new TextEncoder().encode(text);
    if (bytes > new TextEncoder().encode(last).length) continue;
    return { value: new TextEncoder().encode([...characters, text].join("")), exact: false };
  }
  return bound;
}

function writtenBounds(
  values: readonly Uint8Array[],
  order: Order,
  length: number | null,
): { min: Bound; max: Bound } | null {
  const bounds = boundsOf(values, order);
  if (bounds === null || length === null || order.cut === "no") return bounds;
  const { min, max } = bounds;
  return {
    min: min.value.length > length ? cutMin(min, order, length) : min,
    max: max.value.length > length ? cutMax(max, order, length) : max,
  };
}

function histogram(levels: readonly number[], maxLevel: number): number[] {
  const counts = new Array<number>(maxLevel + 1).fill(0);
  for (const level of levels) counts[level]!++;
  return counts;
}

function nullsOf({ definitionLevels, values }: DecodedPage): number {
  return definitionLevels.length - values.length;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What is compared, chunk by chunk. */
interface Column {
  readonly element: SchemaElement;
  readonly maxRepetitionLevel: number;
  readonly maxDefinitionLevel: number;
  readonly order: Order | null;
  readonly options: Required<
    Pick<
      WriterOptions,
      | "statisticsEnabled"
      | "statisticsTruncateLength"
      | "columnIndexTruncateLength"
      | "nanBounds"
      | "profile"
    >
  >;
}

/** Leaf columns with their levels, in the order of the file. */
function leavesOf(elements: readonly SchemaElement[]) {
  const leaves: Omit<Column, "order" | "options">[] = [];
  let at = 0;
  const visit = (definition: number, repetition: number): void => {
    const element = elements[at++]!;
    const type = at === 1 ? "REQUIRED" : element.repetitionType;
    const maxDefinitionLevel = definition + (type === "REQUIRED" ? 0 : 1);
    const maxRepetitionLevel = repetition + (type === "REPEATED" ? 1 : 0);
    if (element.type !== undefined) {
      leaves.push({ element, maxRepetitionLevel, maxDefinitionLevel });
    }
    for (let i = 0; i < (element.numChildren ?? 0); i++) {
      visit(maxDefinitionLevel, maxRepetitionLevel);
    }
  };
  visit(0, 0);
  return leaves;
}

/** Asserts that a file written with these options says all that it should, and nothing that is not so. */
export async function assertStatistics(
  bytes: Uint8Array,
  options: WriterOptions = {},
): Promise<void> {
  const metadata = await readParquetMetadata(bytes);
  const leaves = leavesOf(metadata.schema);
  readPages(bytes).rowGroups.forEach(({ chunks }, g) =>
    chunks.forEach((chunk, c) => {
      const columnChunk = metadata.rowGroups[g]!.columns[c]!;
      const leaf = leaves[c]!;
      const column: Column = {
        ...leaf,
        order: orderOf(leaf.element, metadata.columnOrders![c]!),
        options: {
          statisticsEnabled: "page",
          statisticsTruncateLength: 64,
          columnIndexTruncateLength: 64,
          nanBounds: false,
          profile: "default",
          ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
        },
      };
      const plain = chunk.pages.map(({ values }) =>
        values.map((value) => plainBytes(value, leaf.element.type))
      );
      assertMetaData(columnChunk, chunk, plain, column);
      assertIndexes(readIndexes(bytes, columnChunk), chunk, plain, column);
    })
  );
}

function hidesBounds({ order, options }: Column, values: readonly Uint8Array[][]): boolean {
  return !options.nanBounds && order !== null && !order.total && values.flat().some(order.isNaN);
}

function assertMetaData(
  { metaData }: ColumnChunk,
  chunk: DecodedChunk,
  values: readonly Uint8Array[][],
  column: Column,
): void {
  const { pages } = chunk;
  const { order, options, maxRepetitionLevel, maxDefinitionLevel, element } = column;
  const levels = (kind: "repetitionLevels" | "definitionLevels") =>
    pages.flatMap((page) => page[kind]);
  const size = {
    ...(element.type === "BYTE_ARRAY"
      ? { unencodedByteArrayDataBytes: sum(values.flat().map(({ length }) => length)) }
      : {}),
    ...(maxRepetitionLevel > 0
      ? { repetitionLevelHistogram: histogram(levels("repetitionLevels"), maxRepetitionLevel) }
      : {}),
    ...(maxDefinitionLevel > 0
      ? { definitionLevelHistogram: histogram(levels("definitionLevels"), maxDefinitionLevel) }
      : {}),
  };
  assert.deepEqual(metaData.sizeStatistics ?? {}, size, "size_statistics");

  const counts = new Map<string, number>();
  if (chunk.dictionary !== null) counts.set("DICTIONARY_PAGE PLAIN", 1);
  for (const { version, encoding } of pages) {
    const name = `DATA_PAGE${version === 2 ? "_V2" : ""} ${encoding}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const stats = metaData.encodingStats!;
  assert.deepEqual(
    new Map(stats.map(({ pageType, encoding, count }) => [`${pageType} ${encoding}`, count])),
    counts,
    "encoding_stats",
  );
  assert.equal(stats.length, counts.size);
  assert.deepEqual(
    new Set(metaData.encodings),
    new Set([...stats.map(({ encoding }) => encoding), "RLE"]),
    "encodings",
  );

  if (options.statisticsEnabled === "none") {
    assert.equal(metaData.statistics, undefined);
    return;
  }
  const bounds = order === null || hidesBounds(column, values)
    ? null
    : writtenBounds(values.flat(), order, options.statisticsTruncateLength);
  const nullCount = sum(pages.map(nullsOf));
  const isByteArray = element.type === "BYTE_ARRAY" || element.type === "FIXED_LEN_BYTE_ARRAY";
  const old = options.profile === "compat" && !isByteArray;
  if (old && bounds === null && values.flat().length > 0) {
    assert.equal(metaData.statistics, undefined, "statistics without bounds");
    return;
  }
  assert.deepEqual(metaData.statistics, {
    nullCount,
    ...(old && bounds !== null ? { max: bounds.max.value, min: bounds.min.value } : {}),
    ...(bounds === null ? {} : {
      maxValue: bounds.max.value,
      minValue: bounds.min.value,
      isMaxValueExact: bounds.max.exact,
      isMinValueExact: bounds.min.exact,
    }),
    ...(order?.total ? { nanCount: values.flat().filter(order.isNaN).length } : {}),
  }, "statistics");
}

function assertIndexes(
  { columnIndex, offsetIndex }: Indexes,
  { pages }: DecodedChunk,
  values: readonly Uint8Array[][],
  column: Column,
): void {
  const { order, options, maxRepetitionLevel, maxDefinitionLevel, element } = column;
  if (options.statisticsEnabled !== "page") {
    assert.deepEqual([columnIndex, offsetIndex], [null, null]);
    return;
  }
  let rows = 0;
  const pageLocations = pages.map(({ offset, size, repetitionLevels }) => {
    const location = { offset, compressedPageSize: size, firstRowIndex: rows };
    rows += repetitionLevels.filter((level) => level === 0).length;
    return location;
  });
  assert.deepEqual(offsetIndex, {
    pageLocations,
    ...(element.type !== "BYTE_ARRAY" ? {} : {
      unencodedByteArrayDataBytes: values.map((page) => sum(page.map(({ length }) => length))),
    }),
  }, "offset index");
  if (order === null) {
    assert.equal(columnIndex, null);
    return;
  }
  const bounds = values.map((page) =>
    writtenBounds(page, order, options.columnIndexTruncateLength)
  );
  const nullPages = values.map((page) => page.length === 0);
  if (hidesBounds(column, values) || bounds.some((b, i) => b === null && !nullPages[i])) {
    assert.equal(columnIndex, null);
    return;
  }
  const empty = new Uint8Array();
  const perPage = (kind: "repetitionLevels" | "definitionLevels", maxLevel: number) =>
    pages.flatMap((page) => histogram(page[kind], maxLevel));
  assert.deepEqual(columnIndex, {
    nullPages,
    minValues: bounds.map((bound) => bound?.min.value ?? empty),
    maxValues: bounds.map((bound) => bound?.max.value ?? empty),
    boundaryOrder: boundaryOrder(bounds.filter((bound) => bound !== null), order),
    nullCounts: pages.map(nullsOf),
    ...(maxRepetitionLevel === 0
      ? {}
      : { repetitionLevelHistograms: perPage("repetitionLevels", maxRepetitionLevel) }),
    ...(maxDefinitionLevel === 0
      ? {}
      : { definitionLevelHistograms: perPage("definitionLevels", maxDefinitionLevel) }),
    ...(order.total ? { nanCounts: values.map((page) => page.filter(order.isNaN).length) } : {}),
  }, "column index");
}

function boundaryOrder(
  bounds: readonly { min: Bound; max: Bound }[],
  { key }: Order,
): ColumnIndex["boundaryOrder"] {
  const steps = (["min", "max"] as const).flatMap((side) =>
    bounds.slice(1).map((bound, i) =>
      compareKeys(key(bounds[i]![side].value), key(bound[side].value))
    )
  );
  if (steps.every((step) => step <= 0)) return "ASCENDING";
  return steps.every((step) => step >= 0) ? "DESCENDING" : "UNORDERED";
}
