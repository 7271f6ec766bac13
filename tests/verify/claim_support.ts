/** Column chunks made by hand, with claims that are true, worked out one value at a time. */

import type {
  BoundaryOrder,
  ColumnChunk,
  ColumnIndex,
  ColumnMetaData,
  ColumnOrder,
  ConvertedType,
  LogicalType,
  OffsetIndex,
  PhysicalType,
  Statistics,
} from "../../src/format/metadata.ts";
import type { ChunkContext, ChunkVisitor } from "../../src/verify/chunk_visitor.ts";
import { chunkClaims } from "../../src/verify/claims/claims.ts";
import type {
  DecodedDictionary,
  DecodedPage,
  DecodedValues,
} from "../../src/verify/decoded_page.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { Findings } from "../../src/verify/findings.ts";
import type { LeafColumn } from "../../src/verify/leaf_column.ts";

/** What a column is. */
export interface ColumnSpec {
  readonly type: PhysicalType;
  readonly logical?: LogicalType;
  readonly converted?: ConvertedType;
  /** Of FIXED_LEN_BYTE_ARRAY. */
  readonly width?: number;
  readonly maxDefinitionLevel?: number;
  readonly maxRepetitionLevel?: number;
  /** Default: TYPE_ORDER. */
  readonly order?: ColumnOrder["type"] | null;
}

const WIDTHS: Readonly<Record<PhysicalType, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 0,
  FIXED_LEN_BYTE_ARRAY: 0,
};

/** A leaf column below the root. */
export function column(spec: ColumnSpec, index = 0, name = `c${index}`): LeafColumn {
  const { type, order = "TYPE_ORDER" } = spec;
  const element = {
    name,
    type,
    repetitionType: (spec.maxDefinitionLevel ?? 0) > 0 ? "OPTIONAL" : "REQUIRED",
    ...(spec.logical === undefined ? {} : { logicalType: spec.logical }),
    ...(spec.converted === undefined ? {} : { convertedType: spec.converted }),
    ...(spec.width === undefined ? {} : { typeLength: spec.width }),
  } as const;
  return {
    index,
    name,
    path: [name],
    element,
    ancestors: [],
    physicalType: type,
    width: type === "FIXED_LEN_BYTE_ARRAY" ? spec.width! : WIDTHS[type],
    logicalType: spec.logical ?? null,
    maxDefinitionLevel: spec.maxDefinitionLevel ?? 0,
    maxRepetitionLevel: spec.maxRepetitionLevel ?? 0,
    order: order === null
      ? null
      : order === "UNRECOGNIZED"
      ? { type: order, id: 9 }
      : { type: order },
  };
}

/** What {@linkcode plain} takes for a value. */
export type PlainValue = number | bigint | boolean | string | Uint8Array;

/** A value, PLAIN, without a length. */
export function plain(spec: ColumnSpec, value: PlainValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (typeof value === "boolean") return Uint8Array.of(Number(value));
  const view = new DataView(new ArrayBuffer(8));
  const bytes = (length: number) => new Uint8Array(view.buffer, 0, length).slice();
  if (spec.type === "INT64") {
    view.setBigInt64(0, BigInt(value), true);
    return bytes(8);
  }
  if (spec.type === "FLOAT") {
    view.setFloat32(0, Number(value), true);
    return bytes(4);
  }
  if (spec.type === "DOUBLE") {
    view.setFloat64(0, Number(value), true);
    return bytes(8);
  }
  if (spec.type === "INT32") {
    view.setInt32(0, Number(value), true);
    return bytes(4);
  }
  throw new Error(`${spec.type} from ${typeof value}`);
}

function decoded(spec: ColumnSpec, values: readonly Uint8Array[]): DecodedValues {
  const offsets = new Uint32Array(values.length + 1);
  values.forEach((value, i) => offsets[i + 1] = offsets[i]! + value.length);
  const all = new Uint8Array(offsets[values.length]!);
  values.forEach((value, i) => all.set(value, offsets[i]!));
  return {
    count: values.length,
    bytes: all,
    offsets: spec.type === "BYTE_ARRAY" ? offsets : null,
  };
}

/** An entry of a page: a value; `null`; or with its levels. */
export type Entry = PlainValue | null | {
  readonly repetition: number;
  readonly definition: number;
  readonly value: PlainValue | null;
};

function hasLevels(entry: Entry): entry is Exclude<Entry, PlainValue | null> {
  return typeof entry === "object" && entry !== null && "repetition" in entry;
}

/** A chunk as it was decoded. */
export interface Chunk {
  readonly spec: ColumnSpec;
  readonly column: LeafColumn;
  readonly dictionary: DecodedDictionary | null;
  readonly pages: readonly DecodedPage[];
  /** Values of each page, PLAIN. */
  readonly values: readonly (readonly Uint8Array[])[];
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16)).join(",");

/** A chunk of these pages; `dictionary`: of ids. */
export function chunk(
  spec: ColumnSpec,
  pages: readonly (readonly Entry[])[],
  options: { readonly dictionary?: boolean; readonly index?: number; readonly name?: string } = {},
): Chunk {
  const { maxDefinitionLevel = 0, maxRepetitionLevel = 0 } = spec;
  const entriesOf = (page: readonly Entry[]) =>
    page.map((entry) =>
      hasLevels(entry)
        ? entry
        : { repetition: 0, definition: entry === null ? 0 : maxDefinitionLevel, value: entry }
    );
  const valuesOf = (page: readonly Entry[]) =>
    entriesOf(page).flatMap(({ value }) => value === null ? [] : [plain(spec, value)]);
  const values = pages.map(valuesOf);
  const ids = new Map<string, number>();
  const entries: Uint8Array[] = [];
  for (const value of values.flat()) {
    if (!ids.has(hex(value))) ids.set(hex(value), entries.push(value) - 1);
  }
  let row = 0;
  const decodedPages = pages.map((page, ordinal): DecodedPage => {
    const levels = entriesOf(page);
    const firstRow = row;
    const rows = levels.filter(({ repetition }) => repetition === 0).length;
    row += rows;
    return {
      ordinal,
      header: {
        type: "DATA_PAGE",
        uncompressedPageSize: 0,
        compressedPageSize: 0,
        dataPageHeader: {
          numValues: levels.length,
          encoding: options.dictionary ? "RLE_DICTIONARY" : "PLAIN",
          definitionLevelEncoding: "RLE",
          repetitionLevelEncoding: "RLE",
        },
      },
      offset: 4 + 100 * ordinal,
      byteLength: 100,
      entries: levels.length,
      rows,
      firstRow,
      repetitionLevels: maxRepetitionLevel === 0
        ? null
        : Uint8Array.from(levels, ({ repetition }) => repetition),
      definitionLevels: maxDefinitionLevel === 0
        ? null
        : Uint8Array.from(levels, ({ definition }) => definition),
      ids: options.dictionary
        ? Uint32Array.from(values[ordinal]!, (value) => ids.get(hex(value))!)
        : null,
      values: () => decoded(spec, values[ordinal]!),
    };
  });
  const header = {
    type: "DICTIONARY_PAGE",
    uncompressedPageSize: 0,
    compressedPageSize: 0,
  } as const;
  return {
    spec,
    column: column(spec, options.index, options.name),
    dictionary: options.dictionary ? { header, values: decoded(spec, entries) } : null,
    pages: decodedPages,
    values,
  };
}

/** What is claimed about a chunk. */
export interface Claims {
  readonly metaData?: Partial<ColumnMetaData>;
  /** Of the pages. */
  readonly pageStatistics?: readonly (Statistics | undefined)[];
  readonly columnIndex?: ColumnIndex;
  readonly offsetIndex?: OffsetIndex;
  readonly bloomFilter?: Uint8Array;
}

/** Shows a chunk to a visitor. */
export function show(
  made: Chunk,
  visitor: ChunkVisitor,
  claims: Claims = {},
  complete = true,
): void {
  if (made.dictionary !== null) visitor.dictionary(made.dictionary);
  for (const [i, page] of made.pages.entries()) {
    const statistics = claims.pageStatistics?.[i];
    const { header } = page;
    visitor.page(
      statistics === undefined ? page : {
        ...page,
        header: { ...header, dataPageHeader: { ...header.dataPageHeader!, statistics } },
      },
    );
  }
  visitor.finish(complete);
}

/** What is found in a chunk of which this is claimed. */
export function findingsOf(made: Chunk, claims: Claims, complete = true): Fault[] {
  const findings = new Findings();
  const metaData: ColumnMetaData = {
    type: made.spec.type,
    encodings: ["PLAIN"],
    pathInSchema: made.column.path,
    codec: "UNCOMPRESSED",
    numValues: made.pages.reduce((sum, page) => sum + page.entries, 0),
    totalUncompressedSize: 0,
    totalCompressedSize: 0,
    dataPageOffset: 4,
    ...claims.metaData,
  };
  const columnChunk: ColumnChunk = { fileOffset: 0, metaData };
  const context: ChunkContext = {
    findings,
    column: made.column,
    rowGroup: { columns: [columnChunk], totalByteSize: 0, numRows: 0 },
    rowGroupIndex: 0,
    chunk: columnChunk,
    columnIndex: claims.columnIndex ?? null,
    offsetIndex: claims.offsetIndex ?? null,
    bloomFilter: claims.bloomFilter ?? null,
  };
  show(made, chunkClaims(context), claims, complete);
  return findings.list();
}

/** Names of the rules that were broken, each once, in order of the alphabet. */
export function rulesOf(faults: readonly Fault[]): string[] {
  return [...new Set(faults.map(({ rule }) => rule))].sort();
}

/** Compares two values, PLAIN: the naive way. */
export type Compare = (a: Uint8Array, b: Uint8Array) => number;

/** What is true of a chunk, for a given order of its values. `isNaN`: values that are no bounds, unless there is nothing else. */
export function trueClaims(
  made: Chunk,
  compare: Compare,
  isNaN: ((value: Uint8Array) => boolean) | null = null,
  total = false,
): Required<Omit<Claims, "bloomFilter" | "metaData">> & {
  readonly metaData: Partial<ColumnMetaData>;
} {
  const { spec, pages, values } = made;
  const isBound = (page: readonly Uint8Array[]) => {
    const numbers = page.filter((value) => !isNaN?.(value));
    return total && numbers.length === 0 ? page : numbers;
  };
  const numbers = values.map(isBound);
  const extreme = (list: readonly Uint8Array[], sign: number) =>
    list.reduce((best, value) => sign * compare(value, best) < 0 ? value : best, list[0]!);
  const histogram = (levels: Uint8Array | null, max: number, entries: number) =>
    Array.from(
      { length: max + 1 },
      (_, level) => levels === null ? entries : levels.filter((seen) => seen === level).length,
    );
  const { maxDefinitionLevel = 0, maxRepetitionLevel = 0 } = spec;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const nulls = pages.map((page, i) => page.entries - values[i]!.length);
  const nans = values.map((page) => page.filter((value) => isNaN?.(value)).length);
  const statistics = (
    of: readonly Uint8Array[],
    nullCount: number,
    nanCount: number,
  ): Statistics => ({
    nullCount,
    ...(isNaN === null ? {} : { nanCount }),
    ...(of.length === 0 ? {} : {
      minValue: extreme(of, 1),
      maxValue: extreme(of, -1),
      isMinValueExact: true,
      isMaxValueExact: true,
    }),
  });
  const repetition = pages.map((page) =>
    histogram(page.repetitionLevels, maxRepetitionLevel, page.entries)
  );
  const definition = pages.map((page) =>
    histogram(page.definitionLevels, maxDefinitionLevel, page.entries)
  );
  const add = (lists: readonly number[][], max: number) =>
    Array.from({ length: max + 1 }, (_, level) => sum(lists.map((list) => list[level]!)));
  const bytes = values.map((page) => sum(page.map(({ length }) => length)));
  const isBytes = spec.type === "BYTE_ARRAY";
  const minValues = numbers.map((page) => page.length === 0 ? new Uint8Array(0) : extreme(page, 1));
  const maxValues = numbers.map((page) =>
    page.length === 0 ? new Uint8Array(0) : extreme(page, -1)
  );
  const ordered = (sign: number) =>
    [minValues, maxValues].every((list) => {
      const present = list.filter((_, i) => numbers[i]!.length > 0);
      return present.every((value, i) => i === 0 || sign * compare(present[i - 1]!, value) <= 0);
    });
  const boundaryOrder: BoundaryOrder = ordered(1)
    ? "ASCENDING"
    : ordered(-1)
    ? "DESCENDING"
    : "UNORDERED";
  return {
    pageStatistics: pages.map((_, i) => statistics(numbers[i]!, nulls[i]!, nans[i]!)),
    columnIndex: {
      nullPages: values.map((page) => page.length === 0),
      minValues,
      maxValues,
      boundaryOrder,
      nullCounts: nulls,
      ...(isNaN === null ? {} : { nanCounts: nans }),
      repetitionLevelHistograms: repetition.flat(),
      definitionLevelHistograms: definition.flat(),
    },
    offsetIndex: {
      pageLocations: [],
      ...(isBytes ? { unencodedByteArrayDataBytes: bytes } : {}),
    },
    metaData: {
      statistics: {
        ...statistics(isBound(values.flat()), sum(nulls), sum(nans)),
        distinctCount: new Set(values.flat().map(hex)).size,
      },
      sizeStatistics: {
        ...(isBytes ? { unencodedByteArrayDataBytes: sum(bytes) } : {}),
        repetitionLevelHistogram: add(repetition, maxRepetitionLevel),
        definitionLevelHistogram: add(definition, maxDefinitionLevel),
      },
    },
  };
}
