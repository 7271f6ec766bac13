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

/** Options of a column. Given at the top level they hold for every column, under `columns` for those that a key names. */
export interface ColumnOptions {
  /** Codec of the pages. Default `"zstd"`, or `"snappy"` with `profile: "compat"`. */
  readonly compression?: CompressionName;
  /**
   * Level of the codec: gzip 0 to 9 (default 6), brotli 0 to 11 (default 1), zstd 1 to 22 (default 1); the others have none.
   * A column that chooses another codec than the top level does not inherit the level.
   */
  readonly compressionLevel?: number | null;
  /** Bytes of encoded values at which a data page ends, at the next row boundary. Default 1 MiB. */
  readonly dataPageSizeLimit?: number;
  /** Rows at which a data page ends. Default 20 000. */
  readonly dataPageRowCountLimit?: number;
  /** Whether values may be dictionary-encoded. Default `true`. */
  readonly dictionaryEnabled?: boolean;
  /** Bytes of dictionary at which a column chunk falls back to `encoding`. Default 1 MiB. */
  readonly dictionaryPageSizeLimit?: number;
  /**
   * Encoding of values outside a dictionary. Default `null`: PLAIN, and RLE of booleans in data pages version 2; `"auto"` with
   * `profile: "small"`.
   *
   * `"auto"`: by trial on the first values of each column chunk, and now and then on later ones, whatever is smallest after
   * compression: a dictionary (where `dictionaryEnabled`), PLAIN, DELTA_BINARY_PACKED and BYTE_STREAM_SPLIT of numbers,
   * DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY of text and bytes, RLE of booleans. Of FIXED_LEN_BYTE_ARRAY a dictionary or PLAIN:
   * polars and DuckDB do not read the others. The choice depends on the values alone, not on batches, workers or the runtime. A
   * `TypeError` together with `profile: "compat"`.
   */
  readonly encoding?: EncodingChoice | null;
  /**
   * Which statistics are written. Default `"page"`.
   *
   * - `"none"`: none; level histograms and sizes are written all the same.
   * - `"chunk"`: null count and bounds of each column chunk. No page index: without it, `"none"` and `"chunk"` keep a file with many
   *   small pages small.
   * - `"page"`: the page index too: an offset index for each column chunk, and a column index where the column has an order. None
   *   is written for a chunk with a NaN (see `nanBounds`). Page headers have no statistics.
   */
  readonly statisticsEnabled?: StatisticsLevel;
  /** Bytes to which the bounds of a column chunk are cut; `null`: never. Default 64. */
  readonly statisticsTruncateLength?: number | null;
  /** Bytes to which the bounds in the column index are cut; `null`: never. Default 64. */
  readonly columnIndexTruncateLength?: number | null;
  /**
   * Whether a Bloom filter is written for each column chunk, so that readers can skip it when they look for a value that it does
   * not have. Default `false`.
   *
   * Booleans and nulls have none: asked for under their own name in `columns`, it is a `TypeError`. DuckDB up to 1.5 hashes half
   * floats, decimals of more than 38 digits and binary data in a way of its own, and loses rows by filters of these, whoever has
   * written them; `profile: "compat"` leaves them out.
   */
  readonly bloomFilterEnabled?: boolean;
  /**
   * False positive probability of the Bloom filter, between 0 and 1. Default 0.05. Filters are from 32 bytes to 128 MiB: beyond
   * that, it cannot be kept.
   */
  readonly bloomFilterFpp?: number;
  /**
   * Distinct values to expect in a column chunk, by which the Bloom filter is sized at once; `null`: it is as small as what was seen
   * allows, and until that is known it takes as much memory as `maxRowGroupRowCount` distinct values need. Default `null`.
   */
  readonly bloomFilterNdv?: number | null;
  /** Whether pages carry a CRC-32. Default `true`. */
  readonly pageChecksum?: boolean;
  /**
   * Whether bounds of floats are taken in the total order of IEEE 754, and NaNs are counted (Parquet 2.13): a zero keeps its sign,
   * and where all values are NaN the bounds say so. Some readers refuse such files, and DuckDB, which does not know the counts, does
   * not find NaNs beside other values. No effect on other columns. A `TypeError` together with `profile: "compat"`. Default `false`:
   * no bounds where there are NaNs.
   */
  readonly ieee754TotalOrder?: boolean;
  /**
   * Whether column chunks and pages of floats that hold a NaN have bounds, of their other values. The specification allows it, but
   * readers that take NaN for the greatest number lose rows then: DuckDB and Spark where they look for `x > 1`. Without bounds readers
   * cannot skip such a chunk; nor any page of it, since a column index has bounds of all pages or is left out. No effect with
   * `ieee754TotalOrder`. A `TypeError` together with `profile: "compat"`. Default `false`.
   */
  readonly nanBounds?: boolean;
  /**
   * Whether `encoding: "auto"` also tries what readers open in their newest versions only: BYTE_STREAM_SPLIT of INT32 and INT64, which
   * DuckDB has from 2.0 on (1.5 refuses the file). No effect on an encoding that is given by name. A `TypeError` together with
   * `profile: "compat"`. Default `false`.
   */
  readonly newestEncodings?: boolean;
  /**
   * Whether timestamps are written as INT96, as old Hive, Impala and Spark have them: nanoseconds in UTC, no bounds, deprecated.
   * Ignored for other columns, unless given under `columns` for no timestamp at all: a `TypeError`. Days before 4714 BC are a
   * `LimitError`. Default `false`.
   */
  readonly int96Timestamps?: boolean;
}

/** A column by which the rows are sorted. */
export interface SortingColumnOption {
  /** Path of a leaf column, written as a key of `columns` is. */
  readonly column: string;
  /** Default `false`. */
  readonly descending?: boolean;
  /** Whether nulls come before all values, in whichever direction these go. Default `false`: after them. */
  readonly nullsFirst?: boolean;
}

/** Sizes of content-defined pages, by the names of arrow-rs and pyarrow. */
export interface ContentDefinedChunkingOptions {
  /** Bytes of values and levels below which no page ends by its content. Default 256 KiB. */
  readonly minChunkSize?: number;
  /** Bytes at which a page ends whatever its content. Default 1 MiB. */
  readonly maxChunkSize?: number;
  /** How closely sizes keep to the mean, −3 to 3. Default 0. */
  readonly normLevel?: number;
}

/** How far a writer has come. */
export interface WriterProgress {
  /** Rows of the row group that is still open. */
  readonly bufferedRows: number;
  /** Rows of row groups that are complete, but not all written yet. */
  readonly encodingRows: number;
  /** Rows whose row group the sink has accepted. */
  readonly rowsWritten: number;
  /** Bytes that the sink has accepted. */
  readonly bytesWritten: number;
  /** Row groups that the sink has accepted. */
  readonly rowGroupsWritten: number;
}

/**
 * Options of a writer, the names being those of arrow-rs `WriterProperties` in camelCase. An option that is absent or
 * `undefined` has its default; an unknown name is a `TypeError`.
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
   * Options of single columns. A key is the dotted path of a field, and holds for every leaf column beneath it; of several
   * keys, each option is taken from the one that reaches deepest.
   *
   * - A list's elements have no name in a path: `"points.x"` is the field `x` of the structs in the list `points`. A
   *   map's are called `key` and `value`: `"tags.value"`. The full Parquet path works too: `"points.list.element.x"`,
   *   `"tags.key_value.value"`. Where a key could be read both ways, the short one is meant.
   * - A field name that itself has dots is written as it is: `"a.b"`. If there are both a field `a.b` and a field `b` of
   *   `a`, put names in double quotes to tell them apart: `'"a.b"'`, `'"a"."b"'`; a double quote within is doubled.
   * - A key that names no field is a `TypeError`.
   */
  readonly columns?:
    | Readonly<Record<string, ColumnOptions>>
    | ReadonlyMap<string, ColumnOptions>;
  /** Most rows of a row group. Default 1 048 576. */
  readonly maxRowGroupRowCount?: number;
  /**
   * Encoded bytes that a row group may have: its compressed pages, as they are in the file, without page indexes and Bloom
   * filters. Default `null`: not limited.
   *
   * Rows are encoded by workers, whose results come later than a row group has to end, so its size is estimated: the first
   * 8 MiB of Arrow data of each row group, and an eighth of the rest, are also encoded on the caller's thread, and thrown away
   * (1 MiB where the codec is a slow one: gzip, brotli, zstd above level 3). Where a whole row group is as small as that, it
   * ends within a few percent of the limit; larger ones as closely as their rows are alike. A row group has at least one row,
   * however large. The same rows give the same row groups, however they are batched and whoever encodes them.
   *
   * Whatever this says, a row group ends when its rows have half the `memoryBudget` in Arrow bytes.
   */
  readonly maxRowGroupBytes?: number | null;
  /** `"1.0"`: data pages version 1, which every reader knows; `"2.0"`: version 2. Default `"1.0"`. */
  readonly writerVersion?: "1.0" | "2.0";
  /**
   * Columns by which the rows are sorted already, the first one first. This is noted in the file, and checked: a batch whose
   * rows are out of order is refused with an `InvalidBatchError` that names the row, and the writer stays open. Default none.
   *
   * The order holds from the first row to the last, across batches; after `flush()`, which ends a row group, it begins anew.
   * Values are in Parquet's order: numbers as such, text and bytes byte by byte, unsigned. NaNs count as equal to each other
   * and above all other numbers, −0 as equal to 0; with `ieee754TotalOrder`, floats are in that order instead. Nulls come
   * last unless `nullsFirst`, `descending` or not; a value within a null struct is null.
   *
   * A column that is repeated (within a list or a map), that has no order (intervals, geometries), or that is named twice is
   * a `TypeError`.
   */
  readonly sortingColumns?: readonly SortingColumnOption[];
  /** Key-value metadata of the file. A value may be `null`. Default none. */
  readonly keyValueMetadata?:
    | Readonly<Record<string, string | null>>
    | ReadonlyMap<string, string | null>;
  /**
   * What the file says it was written by. Default `"parquet-ext version …"`. With `profile: "compat"`, `"… version … (build …)"` is a
   * `TypeError`: parquet-mr before 1.9 (Hive 2) then throws a `NullPointerException` where a query filters by text.
   */
  readonly createdBy?: string;
  /** Write Arrow types that Parquet lacks as the nearest one that it has, though this loses something: Date64 as DATE, which has no time of day. Default `false`. */
  readonly coerceTypes?: boolean;
  /**
   * Leave out the Arrow schema (`ARROW:schema`), from which Arrow readers restore types that Parquet lacks. Default `false`, or `true`
   * with `profile: "compat"`.
   */
  readonly skipArrowMetadata?: boolean;
  /**
   * Whether pages end by content instead of by position, so that files of almost the same rows have almost the same pages
   * (storage that finds equal blocks keeps them once). `true`: pages of 256 KiB to 1 MiB of values. Default `false`.
   *
   * A row that is put in, taken out or changed changes a page or two of each column, so sizes have to suit the table: for one of
   * 100 000 rows, `{ minChunkSize: 8192, maxChunkSize: 32768 }` keeps 97 % of the page bytes as they were, `true` some 90 %. The
   * limits of pages hold too: rows count as so many bytes that a chunk has at most a quarter of `dataPageRowCountLimit`, and a
   * dictionary is no larger than `minChunkSize`.
   */
  readonly contentDefinedChunking?: boolean | ContentDefinedChunkingOptions;
  /**
   * Whether to write GeoParquet 1.1 metadata too: the key `geo`, with bounding boxes. Of the top-level columns, those of type
   * `geoarrow.wkb` count, and those of GeoArrow's types for one kind of geometry with positions that are structs of `x`, `y` and
   * perhaps `z`; without any it is a `TypeError`, and so is a key `geo` of one's own. Default `false`.
   *
   * - `true`: beside Parquet's own types GEOMETRY and GEOGRAPHY.
   * - `"only"`: geometries are plain BYTE_ARRAY, for readers that open no file with these types (polars), or none with measures
   *   (ClickHouse). Types and boxes of the geometries are in the key `geo` alone, for the whole file.
   *
   * A `crs` has to be PROJJSON, or stand for longitude and latitude (`OGC:CRS84`, `EPSG:4326`). Where GeoArrow has none, or `null`,
   * it is not known: `"crs": null` here, and `srid:0` in Parquet's own types; unless the edges are not planar, which makes them
   * longitudes and latitudes.
   */
  readonly geoParquet?: boolean | "only";
  /** Use only codecs that give the same bytes in every runtime; gzip and brotli are refused. Default `false`. */
  readonly reproducible?: boolean;
  /**
   * What the file is for. Default `"default"`.
   *
   * `"compat"`: keep to what Athena, Hive and old Spark read.
   *
   * - Data pages version 1, PLAIN and dictionary; PLAIN alone for FIXED_LEN_BYTE_ARRAY. Snappy, or gzip or no codec where that
   *   is asked for; the others are refused.
   * - Bounds of BOOLEAN, INT32, INT64, FLOAT and DOUBLE are written as the deprecated `min` and `max` too. Where a chunk of such a type
   *   has no bounds, because of NaNs, and values, it has no `null_count`.
   * - Unsigned integers become the signed type that holds them; for UInt64 that is INT64, and larger values are a `LimitError`.
   *   Float16 becomes FLOAT, FixedSizeBinary BYTE_ARRAY, every decimal FIXED_LEN_BYTE_ARRAY.
   * - Nanoseconds become microseconds; a timestamp that would lose something is a `LimitError`. `int96Timestamps` keeps them, and is
   *   what Hive before 4 asks for.
   * - UUID, VARIANT, GEOMETRY and GEOGRAPHY are not annotated. Times of day, intervals and decimals of more than 38 digits are a
   *   `SchemaError`, and so are names of one level that differ only in case.
   * - No Arrow schema, unless `skipArrowMetadata` is `false`.
   *
   * `"small"`: the smallest file that today's readers open, for more time and memory. Where the caller does not say otherwise:
   * `encoding: "auto"`, `dataPageSizeLimit` 16 MiB, `dataPageRowCountLimit` 1 048 576, `dictionaryPageSizeLimit` 8 MiB.
   * Large pages let a reader skip less within a column chunk. `newestEncodings` saves a little more where readers are new.
   */
  readonly profile?: "default" | "compat" | "small";
  /** Encoder workers to use at most, 0: none, encode on the caller's thread. Default `null`: by environment and runtime. */
  readonly parallelism?: number | null;
  /**
   * `"share"`: where there are workers, the caller's thread encodes a part too, in slices, and the event loop has a turn every 20 ms.
   * `"free"`: it only checks and copies what it is given, as a server wants it. The file is the same. Default `"share"`.
   */
  readonly callerThread?: "share" | "free";
  /** Bytes that input, workers and output may hold together, before `write` waits. Default 256 MiB. */
  readonly memoryBudget?: number;
  /**
   * Aborts the write, with an `AbortError` whose `cause` is the reason, from the first moment on: also before there is a batch, and
   * while the source or the sink is waited for. Default `null`.
   */
  readonly signal?: AbortSignal | null;
  /**
   * Milliseconds that one call of the sink may take, after which the write fails with a `SinkTimeoutError`; `null`: any time, except
   * that once the write was aborted nobody waits for the sink for more than three seconds. Default `null`.
   */
  readonly sinkTimeoutMs?: number | null;
  /**
   * What an input may cost: bytes that a batch may take, decompressed and spread out, and more. Default: far above what honest
   * inputs need; beyond a limit, a batch is a `LimitError`.
   */
  readonly limits?: InputLimits;
  /**
   * Called after each batch and each row group written. It may call the writer: its calls come after the one that is running. If it
   * throws, or gives a promise that rejects, the write fails with that error. Default `null`.
   */
  readonly onProgress?: ((progress: WriterProgress) => void) | null;
  /**
   * Told what a program may want to know although the file is written all the same: that there are no workers, that another codec
   * stands in for the default one. If it throws, the write fails with that error. Default `null`.
   */
  readonly onDiagnostic?: ((diagnostic: Diagnostic) => void) | null;
  /**
   * Where the script of the encoder workers is: a copy of the package's `dist/worker.js`, of the same version. For pages whose content
   * security policy allows no `blob:` workers. In a page it may be relative. Default `null`: the library carries the script along.
   */
  readonly workerUrl?: string | URL | null;
  /**
   * Says that the memory of batches is the writer's until the file has ended, and stays as it is. Arrow JS dictionaries that come with many
   * batches are read once then; without it, each entry that a batch uses is compared with what was read of it, since the caller may have
   * overwritten it. Nothing is detached. Where the caller overwrites a dictionary all the same, its entries may be those of before.
   * Default `false`.
   */
  readonly transfer?: boolean;
}

/** Something that a program may want to know about a write that goes on. */
export interface Diagnostic {
  /**
   * `"no-workers"`: encoder workers could not be started, and the caller's thread encodes everything; the file is the same.
   * `"no-zstd"`: zstd, the default codec, cannot be had here (WebAssembly is forbidden), and snappy takes its place.
   */
  readonly code: "no-workers" | "no-zstd";
  /** For people: what happened, and what to do about it. */
  readonly message: string;
  /** What went wrong, where something did. */
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
