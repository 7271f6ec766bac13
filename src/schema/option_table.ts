/**
 * Every option of a writer in one table: where it may stand, what it may be, its default, and a line of documentation. The table of
 * `docs/options.md` is made from it.
 *
 * @module
 */

import {
  DEFAULT_INPUT_LIMITS,
  INPUT_LIMITS_EXPECTED,
  type InputLimits,
  resolveInputLimits,
} from "../util/input_limits.ts";
import { VERSION } from "../util/version.ts";
import type { CompressionName } from "./column_properties.ts";
import { COMPRESSION_LEVELS } from "./compression_levels.ts";
import {
  callback,
  describeValue,
  entriesOf,
  flag,
  instance,
  integer,
  nullable,
  numberBetween,
  oneOf,
  type OptionCheck,
  text,
} from "./option_checks.ts";
import { ENCODING_NAMES } from "./value_encodings.ts";
import type {
  ColumnOptionValues,
  Diagnostic,
  FileOptionValues,
  RunOptionValues,
  SortingColumnOption,
  WriterProgress,
} from "./writer_options.ts";

/** One option. */
export interface OptionSpec<T> {
  readonly check: OptionCheck<T>;
  readonly default: T;
  /** One line for people, in Markdown. */
  readonly doc: string;
}

/** Options of one scope by name. */
export type OptionTable<Values> = { readonly [Name in keyof Values]: OptionSpec<Values[Name]> };

const MIB = 1024 * 1024;
/** Page sizes are i32 in Parquet; half of that leaves room for the row that crosses the limit. */
const MAX_PAGE_BYTES = 1024 * MIB;
const MAX_I32 = 2 ** 31 - 1;
const MAX_PARALLELISM = 1024;

const pageBytes = integer(1, MAX_PAGE_BYTES);
const truncateLength = nullable(integer(1, MAX_I32));

/** Options that may stand at the top level and under a key of `columns`. */
export const COLUMN_OPTIONS: OptionTable<ColumnOptionValues> = {
  compression: {
    check: oneOf(Object.keys(COMPRESSION_LEVELS) as CompressionName[]),
    default: "zstd",
    doc:
      'Codec of the pages. The default is `"snappy"` with `profile: "compat"`, and where WebAssembly is forbidden, so that zstd is not available',
  },
  compressionLevel: {
    check: nullable(integer(0, 22)),
    default: null,
    doc: "Level of the codec: gzip 0–9 (default 6), brotli 0–11 (default 1), zstd 1–22 (default 1)",
  },
  dataPageSizeLimit: {
    check: pageBytes,
    default: MIB,
    doc: "Size of a data page, in bytes of encoded values",
  },
  dataPageRowCountLimit: {
    check: integer(1, MAX_I32),
    default: 20_000,
    doc: "Maximum number of rows in a data page",
  },
  dictionaryEnabled: {
    check: flag(),
    default: true,
    doc: "Allow dictionary encoding",
  },
  dictionaryPageSizeLimit: {
    check: pageBytes,
    default: MIB,
    doc: "Size at which the dictionary of a column chunk is full; later values use `encoding`",
  },
  encoding: {
    check: nullable(oneOf([...ENCODING_NAMES, "auto"])),
    default: null,
    doc:
      'Encoding of values outside a dictionary. `"auto"` tries several and takes the smallest; `null` means PLAIN, or `"auto"` with `profile: "small"`',
  },
  statisticsEnabled: {
    check: oneOf(["none", "chunk", "page"]),
    default: "page",
    doc: "Statistics to write: none, per column chunk, or per chunk and page",
  },
  statisticsTruncateLength: {
    check: truncateLength,
    default: 64,
    doc: "Length to which the bounds of a column chunk are cut; `null`: not cut",
  },
  columnIndexTruncateLength: {
    check: truncateLength,
    default: 64,
    doc: "Length to which the bounds in the column index are cut; `null`: not cut",
  },
  bloomFilterEnabled: {
    check: flag(),
    default: false,
    doc: "Write a Bloom filter; never for BOOLEAN or Null columns",
  },
  bloomFilterFpp: {
    check: numberBetween(0, 1),
    default: 0.05,
    doc: "False positive probability of the Bloom filter",
  },
  bloomFilterNdv: {
    check: nullable(integer(1, Number.MAX_SAFE_INTEGER)),
    default: null,
    doc: "Number of distinct values to expect in a column chunk; `null`: they are counted",
  },
  pageChecksum: {
    check: flag(),
    default: true,
    doc: "Write a CRC-32 checksum for each page",
  },
  ieee754TotalOrder: {
    check: flag(),
    default: false,
    doc:
      "Write bounds of floats in the IEEE 754 total order, with a count of NaNs. Some readers refuse such files",
  },
  nanBounds: {
    check: flag(),
    default: false,
    doc:
      "Write bounds for float column chunks that contain NaN. They leave NaN out, and filters of some readers lose rows because of that, or find NaN where it does not match. No effect with `ieee754TotalOrder`",
  },
  newestEncodings: {
    check: flag(),
    default: false,
    doc:
      '`encoding: "auto"` also tries BYTE_STREAM_SPLIT for INT32 and INT64, which DuckDB reads only from version 2.0',
  },
  int96Timestamps: {
    check: flag(),
    default: false,
    doc:
      "Write timestamps as INT96 in UTC, without bounds, for old versions of Hive, Impala and Spark",
  },
};

const sortingColumns: OptionCheck<FileOptionValues["sortingColumns"]> = {
  expects: "an array of {column, descending, nullsFirst}",
  parse(label, value) {
    const columns = instance(
      sortingColumns.expects,
      (v): v is SortingColumnOption[] => Array.isArray(v),
    ).parse(label, value);
    const names = ["column", "descending", "nullsFirst"];
    return columns.map((entry: unknown, i) => {
      const at = `${label}[${i}]`;
      const entries = entriesOf(entry);
      if (entries === null || entries.some(([name]) => !names.includes(name as string))) {
        throw new TypeError(`Cannot set ${at}: expected an object with ${names.join(", ")}`);
      }
      const { column, descending, nullsFirst } = Object.fromEntries(entries);
      return {
        column: text().parse(`column of ${at}`, column),
        descending: flag().parse(`descending of ${at}`, descending ?? false),
        nullsFirst: flag().parse(`nullsFirst of ${at}`, nullsFirst ?? false),
      };
    });
  },
};

const CHUNKING_SIZES = {
  minChunkSize: { check: integer(1, MAX_PAGE_BYTES), default: MIB / 4 },
  maxChunkSize: { check: integer(2, MAX_PAGE_BYTES), default: MIB },
  normLevel: { check: integer(-3, 3), default: 0 },
} as const;

const contentDefinedChunking: OptionCheck<FileOptionValues["contentDefinedChunking"]> = {
  expects: `true, false or an object of ${Object.keys(CHUNKING_SIZES).join(", ")}`,
  parse(label, value) {
    if (value === false || value === null) return null;
    const entries = value === true ? [] : entriesOf(value);
    if (entries === null || entries.some(([name]) => !Object.hasOwn(CHUNKING_SIZES, `${name}`))) {
      throw new TypeError(`Cannot set ${label}: expected ${contentDefinedChunking.expects}`);
    }
    const given = Object.fromEntries(entries);
    const size = (name: keyof typeof CHUNKING_SIZES): number => {
      const { check, default: otherwise } = CHUNKING_SIZES[name];
      return given[name] === undefined ? otherwise : check.parse(`${label}.${name}`, given[name]);
    };
    const minChunkSize = size("minChunkSize");
    const maxChunkSize = size("maxChunkSize");
    if (minChunkSize >= maxChunkSize) {
      throw new RangeError(
        `Cannot set ${label}: minChunkSize ${minChunkSize} is not less than maxChunkSize ${maxChunkSize}`,
      );
    }
    return { minChunkSize, maxChunkSize, normLevel: size("normLevel") };
  },
};

const keyValueMetadata: OptionCheck<FileOptionValues["keyValueMetadata"]> = {
  expects: "an object or a Map from strings to strings or null",
  parse(label, value) {
    const entries = entriesOf(value);
    if (entries === null) {
      throw new TypeError(`Cannot set ${label}: expected ${keyValueMetadata.expects}`);
    }
    const map = new Map<string, string | null>();
    for (const [key, item] of entries) {
      const name = text().parse(`a key of ${label}`, key);
      map.set(name, nullable(text()).parse(`${label}[${JSON.stringify(name)}]`, item));
    }
    return map;
  },
};

const geoParquet = instance(
  'true, false or "only"',
  (value): value is boolean | "only" => typeof value === "boolean" || value === "only",
);

/** Options that hold for the whole file. */
export const FILE_OPTIONS: OptionTable<FileOptionValues> = {
  maxRowGroupRowCount: {
    check: integer(1, MAX_I32),
    default: MIB,
    doc: "Maximum number of rows in a row group",
  },
  maxRowGroupBytes: {
    check: nullable(integer(1, Number.MAX_SAFE_INTEGER)),
    default: null,
    doc:
      "Target size of a row group in encoded bytes, estimated from samples; `null`: no limit. A row group always ends at `memoryBudget / 2` bytes of Arrow data",
  },
  writerVersion: {
    check: oneOf(["1.0", "2.0"]),
    default: "1.0",
    doc:
      'Version of the data pages: `"1.0"` is version 1, which every reader knows; `"2.0"` is version 2',
  },
  sortingColumns: {
    check: sortingColumns,
    default: [],
    doc: "Columns by which the rows are already sorted. A row out of order is an error",
  },
  keyValueMetadata: {
    check: keyValueMetadata,
    default: new Map<string, string | null>(),
    doc: "Key-value metadata of the file",
  },
  createdBy: {
    check: text(),
    default: `parquet-ext version ${VERSION}`,
    doc: "The name of the writer in the file",
  },
  coerceTypes: {
    check: flag(),
    default: false,
    doc:
      "Write Arrow types that Parquet lacks as the nearest Parquet type: Date64 as DATE, rounded down to the day; a time of day is dropped without an error",
  },
  skipArrowMetadata: {
    check: flag(),
    default: false,
    doc:
      'Leave out the Arrow schema (`ARROW:schema`), from which readers restore types that Parquet lacks. The default is `true` with `profile: "compat"`',
  },
  reproducible: {
    check: flag(),
    default: false,
    doc: "Allow only codecs that give the same bytes in every runtime, so neither gzip nor brotli",
  },
  contentDefinedChunking: {
    check: contentDefinedChunking,
    default: null,
    doc:
      "End pages where the content says so, so that equal data makes equal pages: `true`, or an object with `minChunkSize` (256 KiB), `maxChunkSize` (1 MiB) and `normLevel` (0)",
  },
  geoParquet: {
    check: geoParquet,
    default: false,
    doc:
      'Also write GeoParquet 1.1 metadata (key `geo`) with bounding boxes for top-level geometries. `"only"` leaves out the types GEOMETRY and GEOGRAPHY, for readers that do not know them',
  },
  profile: {
    check: oneOf(["default", "compat", "small"]),
    default: "default",
    doc:
      '`"small"` writes the smallest file that current readers open, and takes longer. `"compat"` writes what Athena, Hive and old Spark read: data pages version 1, PLAIN and dictionaries, snappy, gzip or no codec, and only types that they have',
  },
};

const abortSignal = instance(
  "an AbortSignal",
  (value): value is AbortSignal =>
    typeof value === "object" && value !== null &&
    typeof (value as AbortSignal).aborted === "boolean" &&
    typeof (value as AbortSignal).addEventListener === "function",
);

const workerUrl: OptionCheck<string> = {
  expects: "a URL, or a string that is one",
  parse(label, value) {
    const base = (globalThis as { location?: { href?: string } }).location?.href;
    const isUrl = typeof value === "string" || value instanceof URL;
    if (!isUrl || !URL.canParse(String(value), base)) {
      throw new TypeError(`Cannot set ${label} to ${describeValue(value)}: expected a URL`);
    }
    return new URL(value, base).href;
  },
};

/** Options of the run: they leave no trace in the file. */
export const RUN_OPTIONS: OptionTable<RunOptionValues> = {
  parallelism: {
    check: nullable(integer(0, MAX_PARALLELISM)),
    default: null,
    doc:
      "Maximum number of encoder workers; 0: none. `null` takes `PARQUET_EXT_PARALLELISM`, then `AMP_PARQUET_WRITER_PARALLELISM`, then the number of cores that the runtime reports, minus one if the caller's thread shares the work. The variables are read once per process",
  },
  callerThread: {
    check: oneOf(["share", "free"]),
    default: "share",
    doc:
      '`"share"`: the caller\'s thread encodes some columns itself, in slices between which the event loop runs. `"free"`: it leaves all encoding to workers, for servers',
  },
  isolated: {
    check: flag(),
    default: false,
    doc:
      "Encoder workers that no other writer shares, started for this writer and ended with it. For untrusted input, see [SECURITY.md](../SECURITY.md)",
  },
  memoryBudget: {
    check: integer(1, Number.MAX_SAFE_INTEGER),
    default: 256 * MIB,
    doc: "Bytes that input, workers and output may hold together; beyond that `write` waits",
  },
  signal: {
    check: nullable(abortSignal),
    default: null,
    doc: "Aborts the write at any time",
  },
  sinkTimeoutMs: {
    check: nullable(integer(1, MAX_I32)),
    default: null,
    doc:
      "Milliseconds that one call of the sink may take; `null`: no limit, but three seconds after an abort",
  },
  limits: {
    check: {
      expects: INPUT_LIMITS_EXPECTED,
      parse: (label, value) => resolveInputLimits(value as InputLimits, label),
    },
    default: DEFAULT_INPUT_LIMITS,
    doc:
      "What an input may cost before it is refused: `maxBatchBytes` (256 MiB) and others, see [SECURITY.md](../SECURITY.md)",
  },
  onProgress: {
    check: nullable(callback<(progress: WriterProgress) => void>()),
    default: null,
    doc:
      "Called after each batch and each row group written. It may call the writer. If it throws, the write fails",
  },
  onDiagnostic: {
    check: nullable(callback<(diagnostic: Diagnostic) => void>()),
    default: null,
    doc: "Called for conditions that do not stop the write but may matter: `no-workers`, `no-zstd`",
  },
  workerUrl: {
    check: nullable(workerUrl),
    default: null,
    doc:
      "URL of a copy of `dist/worker.js`, for pages whose content security policy forbids `blob:` workers",
  },
  transfer: {
    check: flag(),
    default: false,
    doc:
      "Promise that the memory of batches does not change until the file is finished. Arrow JS dictionaries that come again are then not compared with what was read of them",
  },
};
