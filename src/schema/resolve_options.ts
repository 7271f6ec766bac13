/**
 * From what a caller says to options with every value checked and every default filled in.
 *
 * @module
 */

import { nearestNames } from "../util/nearest_names.ts";
import type { ColumnProperties, CompressionName } from "./column_properties.ts";
import { defaultCodec, unavailableCodec } from "./codec_availability.ts";
import { compressionLevel, REPRODUCIBLE_CODECS } from "./compression_levels.ts";
import { describeValue, entriesOf } from "./option_checks.ts";
import { OptionMemory } from "./option_memory.ts";
import { COLUMN_OPTIONS, FILE_OPTIONS, type OptionSpec, RUN_OPTIONS } from "./option_table.ts";
import type {
  ColumnOptionValues,
  ColumnOverride,
  ColumnOverrideValues,
  FileOptionValues,
  ResolvedOptions,
  RunOptionValues,
  WriterOptions,
} from "./writer_options.ts";

type AnyTable = Readonly<Record<string, OptionSpec<unknown>>>;

const COLUMN_TABLE: AnyTable = COLUMN_OPTIONS;
const WRITER_TABLE: AnyTable = { ...COLUMN_OPTIONS, ...FILE_OPTIONS, ...RUN_OPTIONS };

/** Most keys that `columns` may have. */
const MAX_COLUMN_KEYS = 100_000;

/** Checks every entry by the table. Names that are absent or `undefined` are absent from the result. */
function checkEntries(
  entries: readonly (readonly [unknown, unknown])[],
  table: AnyTable,
  where: string,
  otherNames: readonly string[],
): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [name, value] of entries) {
    if (typeof name === "string" && otherNames.includes(name)) continue;
    if (typeof name !== "string" || !Object.hasOwn(table, name)) {
      const valid = [...Object.keys(table), ...otherNames];
      const [near] = typeof name === "string" ? nearestNames(name, valid, 1) : [];
      const hint = near === undefined ? "" : `did you mean "${near}"? `;
      const elsewhere =
        where !== "" && typeof name === "string" && Object.hasOwn(WRITER_TABLE, name)
          ? "it holds for the whole file; "
          : "";
      throw new TypeError(
        `Cannot use option ${describeValue(name)}${where}: ` +
          `${elsewhere === "" ? "unknown; " : elsewhere}${hint}valid: ${valid.join(", ")}`,
      );
    }
    if (value === undefined) continue;
    const checked = table[name]!.check.parse(`option "${name}"${where}`, value);
    values.set(name, checked);
  }
  return values;
}

function checkColumns(value: unknown): ColumnOverride[] {
  if (value === undefined) return [];
  const entries = entriesOf(value);
  if (entries === null) {
    throw new TypeError(
      `Cannot set option "columns" to ${describeValue(value)}: ` +
        "expected an object or a Map from column paths to options",
    );
  }
  if (entries.length > MAX_COLUMN_KEYS) {
    throw new RangeError(
      `Cannot use ${entries.length} keys of option "columns": the most is ${MAX_COLUMN_KEYS}`,
    );
  }
  return entries.map(([key, columnOptions]) => {
    if (typeof key !== "string") {
      throw new TypeError(`Cannot use ${describeValue(key)} as a key of option "columns"`);
    }
    const columnEntries = entriesOf(columnOptions);
    if (columnEntries === null) {
      throw new TypeError(
        `Cannot set columns[${JSON.stringify(key)}] to ${describeValue(columnOptions)}: ` +
          "expected an object of options",
      );
    }
    const where = ` of columns[${JSON.stringify(key)}]`;
    const checked = checkEntries(columnEntries, COLUMN_TABLE, where, []);
    return { key, options: Object.fromEntries(checked) as ColumnOverrideValues };
  });
}

/** Codecs that Athena, Hive and old Spark have without anything installed beside them. */
const COMPAT_CODECS: readonly CompressionName[] = ["uncompressed", "snappy", "gzip"];

/** Options of columns that the profile has switched off. */
const COMPAT_OFF = [
  ["ieee754TotalOrder", 'profile "compat" keeps to what old readers know'],
  ["nanBounds", 'profile "compat" leaves out the bounds by which readers lose rows'],
  ["newestEncodings", 'profile "compat" keeps to PLAIN and dictionary'],
] as const;

/**
 * How parquet-mr names itself. A file that says this of its writer has its statistics of byte arrays believed by parquet-mr before 1.9,
 * which then knows no bounds and fails with a NullPointerException.
 */
const PARQUET_MR_VERSION = /^(.+) version ((.*) )?\(build ?(.*)\)$/;

/** What `profile: "small"` chooses where the caller does not. */
const SMALL: Partial<ColumnOptionValues> = {
  encoding: "auto",
  dataPageSizeLimit: 16 * 1024 * 1024,
  dataPageRowCountLimit: 1024 * 1024,
  dictionaryPageSizeLimit: 8 * 1024 * 1024,
};

/** Makes the profile's choices where the caller made none, and refuses those against it. */
function applyProfile(values: Map<string, unknown>, columns: readonly ColumnOverride[]): void {
  const profile = values.get("profile");
  if (profile === "small") {
    for (const [name, value] of Object.entries(SMALL)) {
      if (!values.has(name)) values.set(name, value);
    }
  }
  if (profile !== "compat") return;
  if (!values.has("compression")) {
    // A level without a codec was meant for the default codec; snappy has none and says so itself.
    values.set("compression", "snappy");
  }
  if (values.get("writerVersion") === "2.0") {
    throw new TypeError(
      'Cannot set option "writerVersion" to "2.0": profile "compat" has data pages version 1 only; valid: "1.0"',
    );
  }
  const codecs = [values.get("compression"), ...columns.map(({ options }) => options.compression)];
  for (const codec of codecs) {
    if (codec !== undefined && !COMPAT_CODECS.includes(codec as CompressionName)) {
      throw new TypeError(
        `Cannot set option "compression" to "${codec}": profile "compat" keeps to what every reader has; ` +
          `valid: ${COMPAT_CODECS.map((name) => `"${name}"`).join(", ")}`,
      );
    }
  }
  for (const [name, reason] of COMPAT_OFF) {
    const given = [values.get(name), ...columns.map(({ options }) => options[name])];
    if (given.includes(true)) {
      throw new TypeError(`Cannot set option "${name}" to true: ${reason}; valid: false`);
    }
  }
  const createdBy = values.get("createdBy");
  if (typeof createdBy === "string" && PARQUET_MR_VERSION.test(createdBy)) {
    throw new TypeError(
      `Cannot set option "createdBy" to ${
        describeValue(createdBy)
      }: with profile "compat" it must not have the form ` +
        '"NAME version VERSION (build BUILD)", which makes Hive 2 fail where a query filters by text; leave out the build',
    );
  }
  if (!values.has("skipArrowMetadata")) values.set("skipArrowMetadata", true);
  const encodings = [values.get("encoding"), ...columns.map(({ options }) => options.encoding)];
  for (const encoding of encodings) {
    if (encoding !== undefined && encoding !== null && encoding !== "PLAIN") {
      throw new TypeError(
        `Cannot set option "encoding" to "${encoding}": ` +
          'profile "compat" keeps to PLAIN and dictionary; valid: "PLAIN"',
      );
    }
  }
}

/**
 * The properties of one column: defaults, overlaid by the options of the keys that name it.
 *
 * @param base Properties of a column that no key names.
 * @param overrides Options of the keys that name the column, the one that reaches deepest last.
 * @param path Dotted path of the column, `""` for the defaults themselves.
 * @returns The properties. The encoding is not yet compared with the column's type.
 * @throws {TypeError | RangeError} When codec, level and `reproducible` do not go together, or the codec cannot be had here.
 */
export function columnProperties(
  base: ColumnProperties,
  overrides: readonly ColumnOverrideValues[],
  path: string,
): ColumnProperties {
  if (overrides.length === 0) return base;
  let { compression, compressionLevel: level } = base;
  const merged: Record<string, unknown> = { ...base };
  for (const options of overrides) {
    // A level belongs to the codec that it was given for.
    if (options.compression !== undefined && options.compression !== compression) level = null;
    compression = options.compression ?? compression;
    if (options.compressionLevel !== undefined) level = options.compressionLevel;
    for (const [name, value] of Object.entries(options)) {
      if (Object.hasOwn(merged, name)) merged[name] = value;
    }
  }
  const where = path === "" ? "" : ` of column ${JSON.stringify(path)}`;
  merged["compression"] = compression;
  merged["compressionLevel"] = compressionLevel(compression, level, where);
  if (base.compat && merged["encoding"] === null) merged["encoding"] = "PLAIN";
  if (base.reproducible && !REPRODUCIBLE_CODECS.includes(compression)) {
    throw new TypeError(
      `Cannot set option "compression"${where} to "${compression}": its bytes differ from runtime to runtime, ` +
        `which "reproducible" rules out; valid: ${REPRODUCIBLE_CODECS.join(", ")}`,
    );
  }
  const reason = unavailableCodec(compression, base.reproducible);
  if (reason !== null) {
    throw new TypeError(`Cannot set option "compression"${where} to "${compression}": ${reason}`);
  }
  return merged as unknown as ColumnProperties;
}

/**
 * Checks options and fills in the defaults. Nothing of the caller's object is kept, except `signal` and the callbacks.
 *
 * What depends on the schema (whether a key of `columns` names a column, whether an encoding fits a type) is checked by
 * `planSchema`.
 *
 * @param options What the caller says.
 * @returns Checked options.
 * @throws {TypeError} For an unknown name, or a value of another kind than expected; the message lists what is valid.
 * @throws {RangeError} For a number out of range; the message names the range.
 */
export function resolveOptions(options: WriterOptions = {}): ResolvedOptions {
  const entries = entriesOf(options);
  if (entries === null || options as unknown instanceof Map) {
    throw new TypeError(`Cannot use ${describeValue(options)} as options: expected an object`);
  }
  let settled = remembered.find(entries);
  if (settled === null) {
    settled = resolveEntries(entries.filter(([name]) => !PASSED.includes(name as string)));
    if (remembered.keep(entries, settled)) settlements.set(settled, settled);
  }
  return withPassed(settled, entries);
}

/** Options that come from outside as they are, and are nobody else's: those of each call. */
const PASSED = ["signal", "onProgress", "onDiagnostic"];

const remembered = new OptionMemory<ResolvedOptions>(PASSED);
const settlements = new WeakMap<ResolvedOptions, ResolvedOptions>();

/**
 * What options say beside the callbacks, as an object that is the same one for options that say the same; `null`: they were too
 * much to be remembered. By it, what is made of options can be made once.
 */
export function settlementOf(options: ResolvedOptions): object | null {
  return settlements.get(options) ?? null;
}

/** The options of a file that is a part of something else, which has the signal and tells the progress. */
export function optionsOfPart(options: ResolvedOptions): ResolvedOptions {
  const own = { ...options, signal: null, onProgress: null };
  const settlement = settlementOf(options);
  if (settlement !== null) settlements.set(own, settlement as ResolvedOptions);
  return own;
}

function withPassed(
  settled: ResolvedOptions,
  entries: readonly (readonly [unknown, unknown])[],
): ResolvedOptions {
  const passed = entries.filter(([name]) => PASSED.includes(name as string));
  if (passed.length === 0) return settled;
  const options = { ...settled, ...Object.fromEntries(checkEntries(passed, WRITER_TABLE, "", [])) };
  if (settlements.has(settled)) settlements.set(options, settled);
  return options;
}

/** Whether any codec will do. A level alone is one of zstd, and the same file everywhere is not to be had with another codec here. */
function leavesCodecOpen(given: ReadonlyMap<string, unknown>): boolean {
  return !given.has("compression") && given.get("compressionLevel") == null &&
    given.get("reproducible") !== true;
}

function resolveEntries(entries: readonly (readonly [unknown, unknown])[]): ResolvedOptions {
  const given = checkEntries(entries, WRITER_TABLE, "", ["columns"]);
  const columns = checkColumns(entries.find(([name]) => name === "columns")?.[1]);
  applyProfile(given, columns);
  const standIn = leavesCodecOpen(given) ? defaultCodec() : null;
  if (standIn !== null) given.set("compression", standIn);

  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(WRITER_TABLE)) {
    values[name] = given.has(name) ? given.get(name) : spec.default;
  }
  const file = values as unknown as FileOptionValues & RunOptionValues;
  const all = values as unknown as ColumnOptionValues;
  const base: ColumnProperties = {
    compression: all.compression,
    compressionLevel: all.compressionLevel,
    reproducible: file.reproducible,
    dataPageSizeLimit: all.dataPageSizeLimit,
    dataPageRowCountLimit: all.dataPageRowCountLimit,
    dictionaryEnabled: all.dictionaryEnabled,
    dictionaryPageSizeLimit: all.dictionaryPageSizeLimit,
    encoding: all.encoding,
    writerVersion: file.writerVersion,
    statisticsEnabled: all.statisticsEnabled,
    statisticsTruncateLength: all.statisticsTruncateLength,
    columnIndexTruncateLength: all.columnIndexTruncateLength,
    bloomFilterEnabled: all.bloomFilterEnabled,
    bloomFilterFpp: all.bloomFilterFpp,
    bloomFilterNdv: all.bloomFilterNdv,
    ieee754TotalOrder: all.ieee754TotalOrder,
    nanBounds: all.nanBounds,
    int96Timestamps: all.int96Timestamps,
    contentDefinedChunking: file.contentDefinedChunking,
    pageChecksum: all.pageChecksum,
    maxRowGroupRowCount: file.maxRowGroupRowCount,
    compat: file.profile === "compat",
    newestEncodings: all.newestEncodings,
  };
  return {
    column: columnProperties(base, [{}], ""),
    columns,
    leafType: null,
    maxRowGroupRowCount: file.maxRowGroupRowCount,
    maxRowGroupBytes: file.maxRowGroupBytes,
    writerVersion: file.writerVersion,
    sortingColumns: file.sortingColumns,
    keyValueMetadata: file.keyValueMetadata,
    createdBy: file.createdBy,
    coerceTypes: file.coerceTypes,
    skipArrowMetadata: file.skipArrowMetadata,
    reproducible: file.reproducible,
    contentDefinedChunking: file.contentDefinedChunking,
    geoParquet: file.geoParquet,
    profile: file.profile,
    parallelism: file.parallelism,
    callerThread: file.callerThread,
    isolated: file.isolated,
    memoryBudget: file.memoryBudget,
    signal: file.signal,
    sinkTimeoutMs: file.sinkTimeoutMs,
    limits: file.limits,
    onProgress: file.onProgress,
    onDiagnostic: file.onDiagnostic,
    workerUrl: file.workerUrl,
    standInCodec: standIn !== null && standIn !== WRITER_TABLE["compression"]!.default,
    transfer: file.transfer,
  };
}
