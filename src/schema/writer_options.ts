/**
 * Options of a writer: what a caller may say, and what holds once every default is filled in.
 *
 * @module
 */

import type {
  ColumnProperties,
  CompressionName,
  ContentDefinedChunking,
  EncodingChoice,
  StatisticsLevel,
} from "./column_properties.ts";
import type { ChooseLeafType } from "./leaf_type.ts";
import type { InputLimits, InputLimitValues } from "../util/input_limits.ts";

/** Options of a column. At the top level they hold for every column, under `columns` for the columns that a key names. */
export interface ColumnOptions {
  /** Codec of the pages. Default `"zstd"`, or `"snappy"` with `profile: "compat"`. */
  readonly compression?: CompressionName;
  /**
   * Level of the codec: gzip 0 to 9 (default 6), brotli 0 to 11 (default 1), zstd 1 to 22 (default 1); the others have none. A column with
   * another codec than the top level does not inherit the level.
   */
  readonly compressionLevel?: number | null;
  /** Size of a data page in bytes of encoded values; it ends at the next row boundary. Default 1 MiB. */
  readonly dataPageSizeLimit?: number;
  /** Maximum number of rows in a data page. Default 20 000. */
  readonly dataPageRowCountLimit?: number;
  /** Whether to allow dictionary encoding. Default `true`. */
  readonly dictionaryEnabled?: boolean;
  /** Size in bytes at which the dictionary of a column chunk is full; later values use `encoding`. Default 1 MiB. */
  readonly dictionaryPageSizeLimit?: number;
  /**
   * Encoding of values outside a dictionary. Default `null`: PLAIN, and RLE for booleans in data pages version 2; `"auto"` with `profile:
   * "small"`.
   *
   * `"auto"` tries encodings on the first values of each column chunk, and from time to time on later ones, and takes what is smallest
   * after compression: a dictionary (if `dictionaryEnabled`), PLAIN, DELTA_BINARY_PACKED and BYTE_STREAM_SPLIT for numbers,
   * DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY for text and bytes, RLE for booleans. FIXED_LEN_BYTE_ARRAY gets a dictionary or PLAIN,
   * because polars and DuckDB do not read the others. The choice depends on the values alone, not on batches, workers or the runtime. With
   * `profile: "compat"` it is a `TypeError`.
   */
  readonly encoding?: EncodingChoice | null;
  /**
   * Statistics to write. Default `"page"`.
   *
   * - `"none"`: none. Level histograms and sizes are still written.
   * - `"chunk"`: null count and bounds of each column chunk, but no page index. Without it, `"none"` and `"chunk"` keep a file with many
   *   small pages small.
   * - `"page"`: also the page index: an offset index for each column chunk, and a column index if the column has an order. A chunk with a
   *   NaN has no column index (see `nanBounds`). Page headers have no statistics.
   */
  readonly statisticsEnabled?: StatisticsLevel;
  /** Length in bytes to which the bounds of a column chunk are cut; `null`: not cut. Default 64. */
  readonly statisticsTruncateLength?: number | null;
  /** Length in bytes to which the bounds in the column index are cut; `null`: not cut. Default 64. */
  readonly columnIndexTruncateLength?: number | null;
  /**
   * Whether to write a Bloom filter for each column chunk, so that readers can skip chunks that lack the value they look for. Default
   * `false`.
   *
   * Booleans and nulls have none: asking for one under their own name in `columns` is a `TypeError`. DuckDB up to 1.5 hashes half floats,
   * decimals of more than 38 digits and binary data in its own way, and loses rows when it filters by them, whichever writer made the file.
   * `profile: "compat"` leaves these filters out.
   */
  readonly bloomFilterEnabled?: boolean;
  /**
   * False positive probability of the Bloom filter, between 0 and 1. Default 0.05. Filters have 32 bytes to 128 MiB; a filter that would
   * need more has a higher probability.
   */
  readonly bloomFilterFpp?: number;
  /**
   * Number of distinct values to expect in a column chunk, which sets the size of the Bloom filter in advance. `null`: the filter is as
   * small as the values seen allow; until then it takes the memory that `maxRowGroupRowCount` distinct values need. Default `null`.
   */
  readonly bloomFilterNdv?: number | null;
  /** Whether to write a CRC-32 checksum for each page. Default `true`. */
  readonly pageChecksum?: boolean;
  /**
   * Whether bounds of floats follow the IEEE 754 total order, with a count of NaNs (Parquet 2.13). Then a zero keeps its sign, and if all
   * values are NaN the bounds say so. Some readers refuse such files, and DuckDB, which does not know the counts, does not find NaNs among
   * other values. No effect on other columns. With `profile: "compat"` it is a `TypeError`. Default `false`: no bounds if there are NaNs.
   */
  readonly ieee754TotalOrder?: boolean;
  /**
   * Whether float column chunks and pages that contain a NaN have bounds, taken from their other values. The specification allows it, but
   * readers that treat NaN as the greatest number then lose rows: DuckDB and Spark for `x > 1`. DuckDB also returns NaN for `x <= 5` if the
   * bounds say that all values match. Without bounds readers cannot skip such a chunk, nor any page of it, because a column index has bounds for all pages or is left out. No effect with `ieee754TotalOrder`. With
   * `profile: "compat"` it is a `TypeError`. Default `false`.
   */
  readonly nanBounds?: boolean;
  /**
   * Whether `encoding: "auto"` also tries encodings that only the newest readers open: BYTE_STREAM_SPLIT of INT32 and INT64, which DuckDB
   * reads from 2.0 on (1.5 refuses the file). No effect on an encoding that is given by name. With `profile: "compat"` it is a `TypeError`.
   * Default `false`.
   */
  readonly newestEncodings?: boolean;
  /**
   * Whether to write timestamps as INT96, as old Hive, Impala and Spark do: nanoseconds in UTC, without bounds, deprecated. Ignored for
   * other columns; a key of `columns` that names no timestamp at all is a `TypeError`. Days before 4714 BC are a `LimitError`. Default
   * `false`.
   */
  readonly int96Timestamps?: boolean;
}

/** A column by which the rows are sorted. */
export interface SortingColumnOption {
  /** Path of a leaf column, written like a key of `columns`. */
  readonly column: string;
  /** Default `false`. */
  readonly descending?: boolean;
  /** Whether nulls come before all values, ascending or descending. Default `false`: after them. */
  readonly nullsFirst?: boolean;
}

/** Sizes of content-defined pages, by the names of arrow-rs and pyarrow. */
export interface ContentDefinedChunkingOptions {
  /** Minimum size in bytes of values and levels before the content can end a page. Default 256 KiB. */
  readonly minChunkSize?: number;
  /** Size in bytes at which a page ends in any case. Default 1 MiB. */
  readonly maxChunkSize?: number;
  /** How closely sizes follow the mean, −3 to 3. Default 0. */
  readonly normLevel?: number;
}

/** Progress of a writer. */
export interface WriterProgress {
  /** Rows of the row group that is still open. */
  readonly bufferedRows: number;
  /** Rows of complete row groups that are not fully written yet. */
  readonly encodingRows: number;
  /** Rows whose row group the sink has accepted. */
  readonly rowsWritten: number;
  /** Bytes that the sink has accepted. */
  readonly bytesWritten: number;
  /** Row groups that the sink has accepted. */
  readonly rowGroupsWritten: number;
}

/**
 * Options of a writer. The names are those of arrow-rs `WriterProperties` in camelCase. An option that is absent or `undefined` has its
 * default; an unknown name is a `TypeError`.
 *
 * @example Options of single columns
 * ```ts
 * import type { WriterOptions } from "./writer_options.ts";
 *
 * const options: WriterOptions = {
 *   compression: "zstd",
 *   compressionLevel: 3,
 *   columns: {
 *     "id": { dictionaryEnabled: false },
 *     "address.city": { compression: "snappy" },
 *   },
 * };
 * ```
 */
export interface WriterOptions extends ColumnOptions {
  /**
   * Options of single columns. A key is the dotted path of a field, and holds for every leaf column beneath it. If several keys match, each
   * option comes from the longest path that sets it.
   *
   * - The elements of a list have no name in a path: `"points.x"` is the field `x` of the structs in the list `points`. Those of a map are
   *   called `key` and `value`: `"tags.value"`. The full Parquet path works too: `"points.list.element.x"`, `"tags.key_value.value"`. If a
   *   key can be read both ways, it is the short form.
   * - A field name that contains dots is written as it is: `"a.b"`. If there are both a field `a.b` and a field `b` of `a`, put names in
   *   double quotes to tell them apart: `'"a.b"'`, `'"a"."b"'`; double quotes within a name are doubled.
   * - A key that names no field is a `TypeError`.
   */
  readonly columns?:
    | Readonly<Record<string, ColumnOptions>>
    | ReadonlyMap<string, ColumnOptions>;
  /** Maximum number of rows in a row group. Default 1 048 576. */
  readonly maxRowGroupRowCount?: number;
  /**
   * Target size of a row group in encoded bytes: its compressed pages, as they are in the file, without page indexes and Bloom filters.
   * Default `null`: no limit.
   *
   * The size is estimated, because workers finish encoding later than the row group has to end. The first 8 MiB of Arrow data of each row
   * group, and an eighth of the rest, are also encoded on the caller's thread and thrown away (1 MiB for the slow codecs: gzip, brotli,
   * zstd above level 3). A row group as small as that ends within a few percent of the limit; a larger one as closely as its rows are
   * alike. A row group has at least one row, however large. The same rows give the same row groups, regardless of batches and workers.
   *
   * In any case, a row group ends when its rows take half the `memoryBudget` in Arrow bytes.
   */
  readonly maxRowGroupBytes?: number | null;
  /** Version of the data pages: `"1.0"` is version 1, which every reader knows; `"2.0"` is version 2. Default `"1.0"`. */
  readonly writerVersion?: "1.0" | "2.0";
  /**
   * Columns by which the rows are already sorted, the most significant first. The order is noted in the file and checked: a batch whose
   * rows are out of order is refused with an `InvalidBatchError` that names the row, and the writer stays open. Default: none.
   *
   * The order holds from the first row to the last, across batches; after `flush()`, which ends a row group, it starts again. Values
   * compare in Parquet's order: numbers by value, text and bytes as unsigned bytes. NaNs are equal to each other and greater than all other
   * numbers, and −0 equals 0; with `ieee754TotalOrder`, floats follow that order instead. Nulls come last, ascending or descending, unless
   * `nullsFirst` is set; a value within a null struct is null.
   *
   * A repeated column (within a list or a map), a column without an order (intervals, geometries), or a column that is named twice is a
   * `TypeError`.
   */
  readonly sortingColumns?: readonly SortingColumnOption[];
  /** Key-value metadata of the file. A value may be `null`. Default none. */
  readonly keyValueMetadata?:
    | Readonly<Record<string, string | null>>
    | ReadonlyMap<string, string | null>;
  /**
   * The name of the writer in the file. Default `"parquet-ext version …"`. With `profile: "compat"`, a name of the form `"… version …
   * (build …)"` is a `TypeError`: parquet-mr before 1.9 (Hive 2) then throws a `NullPointerException` when a query filters by text.
   */
  readonly createdBy?: string;
  /**
   * Write Arrow types that Parquet lacks as the nearest Parquet type, even if that loses something: Date64 as DATE, rounded down to the
   * day; a time of day is dropped without an error. Default `false`.
   */
  readonly coerceTypes?: boolean;
  /**
   * Leave out the Arrow schema (`ARROW:schema`), from which Arrow readers restore types that Parquet lacks. Default `false`, or `true` with
   * `profile: "compat"`.
   */
  readonly skipArrowMetadata?: boolean;
  /**
   * Whether pages end where the content says so rather than at a fixed size, so that files with almost the same rows have almost the same
   * pages (storage that detects equal blocks keeps them once). `true`: pages of 256 KiB to 1 MiB of values. Default `false`.
   *
   * Inserting, removing or changing a row changes a page or two of each column, so choose sizes that suit the table: for 100 000 rows, `{
   * minChunkSize: 8192, maxChunkSize: 32768 }` keeps 97 % of the page bytes unchanged, `true` about 90 %. The page limits still hold: rows
   * count as so many bytes that a chunk has at most a quarter of `dataPageRowCountLimit`, and a dictionary is not larger than
   * `minChunkSize`.
   */
  readonly contentDefinedChunking?: boolean | ContentDefinedChunkingOptions;
  /**
   * Whether to also write GeoParquet 1.1 metadata: the key `geo`, with bounding boxes. It covers top-level columns of type `geoarrow.wkb`,
   * and of GeoArrow's types for a single kind of geometry whose positions are structs of `x`, `y` and optionally `z`. Without any such
   * column, or with a `geo` key of your own, it is a `TypeError`. Default `false`.
   *
   * - `true`: together with Parquet's own types GEOMETRY and GEOGRAPHY.
   * - `"only"`: geometries are plain BYTE_ARRAY, for readers that do not open files with these types (polars), or with measures
   *   (ClickHouse). Types and bounding boxes are only in the key `geo`, for the whole file.
   *
   * A `crs` must be PROJJSON, or stand for longitude and latitude (`OGC:CRS84`, `EPSG:4326`). If GeoArrow has none, or `null`, it is
   * unknown: `"crs": null` here, and `srid:0` in Parquet's own types. If the edges are not planar, it is longitude and latitude.
   */
  readonly geoParquet?: boolean | "only";
  /** Allow only codecs that give the same bytes in every runtime; gzip and brotli are refused. Default `false`. */
  readonly reproducible?: boolean;
  /**
   * Readers that the file is for. Default `"default"`.
   *
   * `"compat"`: only what Athena, Hive and old Spark read.
   *
   * - Data pages version 1, PLAIN and dictionary; only PLAIN for FIXED_LEN_BYTE_ARRAY. Snappy by default, gzip or no codec if you ask for
   *   it; other codecs are refused.
   * - BOOLEAN, INT32, INT64, FLOAT and DOUBLE also have the deprecated bounds `min` and `max`. A chunk of such a type that has values but
   *   no bounds, because of NaNs, has no `null_count`.
   * - Unsigned integers become the signed type that holds them. UInt64 becomes INT64, and larger values are a `LimitError`. Float16 becomes
   *   FLOAT, FixedSizeBinary BYTE_ARRAY, every decimal FIXED_LEN_BYTE_ARRAY.
   * - Nanoseconds become microseconds; a timestamp that would lose digits is a `LimitError`. `int96Timestamps` keeps them, and Hive before
   *   4 needs it.
   * - UUID, VARIANT, GEOMETRY and GEOGRAPHY are not annotated. Times of day, intervals, decimals of more than 38 digits, and sibling names
   *   that differ only in case are a `SchemaError`.
   * - No Arrow schema, unless `skipArrowMetadata` is `false`.
   *
   * `"small"`: the smallest file that current readers open, for more time and memory. It changes these defaults: `encoding: "auto"`,
   * `dataPageSizeLimit` 16 MiB, `dataPageRowCountLimit` 1 048 576, `dictionaryPageSizeLimit` 8 MiB. With large pages a reader can skip less
   * within a column chunk. `newestEncodings` saves a little more, for new readers.
   */
  readonly profile?: "default" | "compat" | "small";
  /**
   * Maximum number of encoder workers; 0: none, encode on the caller's thread. Default `null`: `PARQUET_EXT_PARALLELISM`, then
   * `AMP_PARQUET_WRITER_PARALLELISM`, then what the runtime reports. The variables are read once per process.
   */
  readonly parallelism?: number | null;
  /**
   * `"share"`: the caller's thread encodes a part alongside the workers, in slices, and the event loop gets a turn every 20 ms. `"free"`:
   * it only checks and copies its input, which suits a server. The file is the same. Default `"share"`.
   */
  readonly callerThread?: "share" | "free";
  /**
   * Whether this writer has encoder workers, and kernel memory on the caller's thread, that no other writer shares. If they are lost (a
   * crash, no memory, an endless loop), only this writer fails, and it does not fail if the workers of others are lost. Its workers start
   * and end with it, which costs time. The file is the same. Default `false`.
   */
  readonly isolated?: boolean;
  /** Bytes that input, workers and output may hold together; beyond that `write` waits. Default 256 MiB. */
  readonly memoryBudget?: number;
  /**
   * Aborts the write at any time, with an `AbortError` whose `cause` is the reason: also before the first batch, and while the write waits
   * for the source or the sink. Default `null`.
   */
  readonly signal?: AbortSignal | null;
  /**
   * Milliseconds that one call of the sink may take, after which the write fails with a `SinkTimeoutError`. `null`: no limit, but after an
   * abort the writer waits at most three seconds for the sink. Default `null`.
   */
  readonly sinkTimeoutMs?: number | null;
  /**
   * Limits of the input: bytes that a batch may take, decompressed and expanded, and more. The defaults are far above what normal input
   * needs; a batch beyond a limit is a `LimitError`.
   */
  readonly limits?: InputLimits;
  /**
   * Called after each batch and each row group written. It may call the writer; such calls run after the current one. If it throws, or
   * returns a promise that rejects, the write fails with that error. Default `null`.
   */
  readonly onProgress?: ((progress: WriterProgress) => void) | null;
  /**
   * Called for conditions that do not stop the write but may matter: there are no workers, or another codec replaces the default one. If it
   * throws, the write fails with that error. Default `null`.
   */
  readonly onDiagnostic?: ((diagnostic: Diagnostic) => void) | null;
  /**
   * URL of the script of the encoder workers: a copy of `dist/worker.js` of the same version of the package. For pages whose content
   * security policy forbids `blob:` workers. In a page it may be relative. Default `null`: the library contains the script.
   */
  readonly workerUrl?: string | URL | null;
  /**
   * Your promise that the memory of batches does not change until the file is finished. Arrow JS dictionaries that come with many batches
   * are then read once. Without it, each entry that a batch uses is compared with what was read before, because you may have overwritten
   * it. Nothing is detached. If you do overwrite a dictionary, old entries may be written. Default `false`.
   */
  readonly transfer?: boolean;
}

/** A condition that does not stop the write but may matter. */
export interface Diagnostic {
  /**
   * `"no-workers"`: encoder workers could not be started, so the caller's thread encodes everything; the file is the same. `"no-zstd"`:
   * zstd, the default codec, is not available (WebAssembly is forbidden), so snappy replaces it.
   */
  readonly code: "no-workers" | "no-zstd";
  /** For people: what happened, and what to do about it. */
  readonly message: string;
  /** The underlying error, if there is one. */
  readonly cause?: unknown;
}

/** Options under one key of `columns`, checked; what was not given is absent. */
export type ColumnOverrideValues = Partial<ColumnOptionValues>;

/** Options of columns with every default filled in. */
export interface ColumnOptionValues {
  readonly compression: CompressionName;
  readonly compressionLevel: number | null;
  readonly dataPageSizeLimit: number;
  readonly dataPageRowCountLimit: number;
  readonly dictionaryEnabled: boolean;
  readonly dictionaryPageSizeLimit: number;
  readonly encoding: EncodingChoice | null;
  readonly statisticsEnabled: StatisticsLevel;
  readonly statisticsTruncateLength: number | null;
  readonly columnIndexTruncateLength: number | null;
  readonly bloomFilterEnabled: boolean;
  readonly bloomFilterFpp: number;
  readonly bloomFilterNdv: number | null;
  readonly pageChecksum: boolean;
  readonly ieee754TotalOrder: boolean;
  readonly nanBounds: boolean;
  readonly newestEncodings: boolean;
  readonly int96Timestamps: boolean;
}

/** Options of the file with every default filled in. */
export interface FileOptionValues {
  readonly maxRowGroupRowCount: number;
  readonly maxRowGroupBytes: number | null;
  readonly writerVersion: "1.0" | "2.0";
  readonly sortingColumns: readonly Required<SortingColumnOption>[];
  readonly keyValueMetadata: ReadonlyMap<string, string | null>;
  readonly createdBy: string;
  readonly coerceTypes: boolean;
  readonly skipArrowMetadata: boolean;
  readonly reproducible: boolean;
  readonly contentDefinedChunking: ContentDefinedChunking | null;
  readonly geoParquet: boolean | "only";
  readonly profile: "default" | "compat" | "small";
}

/** Options of the run with every default filled in. */
export interface RunOptionValues {
  /** `null`: not said. */
  readonly parallelism: number | null;
  readonly callerThread: "share" | "free";
  readonly isolated: boolean;
  readonly memoryBudget: number;
  readonly signal: AbortSignal | null;
  readonly sinkTimeoutMs: number | null;
  readonly limits: InputLimitValues;
  readonly onProgress: ((progress: WriterProgress) => void) | null;
  readonly onDiagnostic: ((diagnostic: Diagnostic) => void) | null;
  /** Absolute. */
  readonly workerUrl: string | null;
  readonly transfer: boolean;
}

/** Options of one key of `columns`. */
export interface ColumnOverride {
  /** The key as given. */
  readonly key: string;
  readonly options: ColumnOverrideValues;
}

/** Checked options, every default filled in. Made by `resolveOptions`. */
export interface ResolvedOptions extends FileOptionValues, RunOptionValues {
  /** Whether another codec stands in for the default one, which cannot be had here. */
  readonly standInCodec: boolean;
  /** What holds for a column that no key of `columns` names. Its encoding is not yet compared with any column's type. */
  readonly column: ColumnProperties;
  /** In the order given. */
  readonly columns: readonly ColumnOverride[];
  /** Chooses how leaves are written; `null`: the usual way. */
  readonly leafType: ChooseLeafType | null;
}
