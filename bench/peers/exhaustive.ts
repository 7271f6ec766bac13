/**
 * The smallest file that any choice of encodings makes: every encoding of every leaf column, written by this library, with the pages
 * of `profile: "small"` and those of the default; the smallest of each is counted.
 *
 * @module
 */

import {
  type EncodingName,
  readParquetMetadata,
  toParquet,
  type WriterOptions,
} from "../../mod.ts";
import { encodingsOf } from "../../src/schema/value_encodings.ts";
import { job, readBatches } from "./job.ts";

/** Encodings of FIXED_LEN_BYTE_ARRAY and of dictionaries of text that some reader does not open. */
const UNREADABLE: readonly EncodingName[] = [
  "DELTA_BYTE_ARRAY",
  "BYTE_STREAM_SPLIT",
  "DELTA_LENGTH_BYTE_ARRAY",
];

const { schema, batches } = readBatches();
const keyed = new Set(
  schema.fields.filter(({ type }) => String(type).startsWith("Dictionary")).map(({ name }) => name),
);
const settings: WriterOptions = {
  compression: job.codec as "zstd",
  ...(job.codec === "zstd" ? { compressionLevel: job.level ?? 1 } : {}),
  maxRowGroupRowCount: job.rowGroupRows,
};

interface Column {
  readonly type: string;
  readonly path: string;
  /** Bytes by encoding, the least of all pages. */
  readonly bytes: Map<string, number>;
}
const columns: Column[] = [];
let footer = 0;

/** Writes the file and counts what its columns take. */
async function count(options: WriterOptions, encodingOf: (column: Column) => string | null) {
  const file = await toParquet(batches, { ...settings, ...options });
  const { rowGroups } = await readParquetMetadata(file);
  const taken: number[] = [];
  for (const group of rowGroups) {
    group.columns.forEach(({ metaData }, i) => {
      taken[i] = (taken[i] ?? 0) + Number(metaData!.totalCompressedSize);
      columns[i] ??= {
        type: metaData!.type,
        path: metaData!.pathInSchema.join("."),
        bytes: new Map(),
      };
    });
  }
  footer = file.length - taken.reduce((sum, bytes) => sum + bytes, 0);
  columns.forEach((column, i) => {
    const encoding = encodingOf(column);
    if (encoding === null) return;
    column.bytes.set(encoding, Math.min(column.bytes.get(encoding) ?? Infinity, taken[i]!));
  });
}

const pages: WriterOptions[] = [
  {},
  { dataPageSizeLimit: 16 * 2 ** 20, dataPageRowCountLimit: 2 ** 20 },
];
for (const options of pages) {
  await count({ ...options, dictionaryPageSizeLimit: 8 * 2 ** 20 }, () => "dictionary");
  const most = Math.max(...columns.map(({ type }) => encodingsOf(type as "INT32").length));
  for (let k = 0; k < most; k++) {
    const chosen = (column: Column) => encodingsOf(column.type as "INT32")[k] ?? null;
    const own = columns.map((column) => {
      const encoding = chosen(column);
      return [
        column.path,
        encoding === null ? {} : { encoding, dictionaryEnabled: false },
      ] as const;
    });
    await count({ ...options, columns: new Map(own) }, chosen);
  }
}

function total(readable: boolean): number {
  return columns.reduce((sum, { type, path, bytes }) => {
    const limited = type === "FIXED_LEN_BYTE_ARRAY" ||
      (type === "BYTE_ARRAY" && keyed.has(path.split(".")[0]!));
    const allowed = [...bytes].filter(([name]) =>
      !(readable && limited && UNREADABLE.includes(name as EncodingName))
    );
    return sum + Math.min(...allowed.map(([, size]) => size));
  }, footer);
}

console.log(JSON.stringify({ bytes: total(true), allBytes: total(false) }));
