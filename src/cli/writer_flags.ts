/**
 * Writer options on the command line: the JSON of `--options`, and the flags that override it.
 *
 * @module
 */

import { resolveOptions } from "../schema/resolve_options.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import { UsageError } from "./failure.ts";
import { parseBytes, parseInteger } from "./quantities.ts";

/** A flag for an option of the library. */
export interface WriterFlag {
  /** As commander wants it. */
  readonly flags: string;
  /** One line of help. */
  readonly help: string;
  /** Name of the option. */
  readonly option: keyof WriterOptions;
  /** Its value, from the flag's text (`true` for a flag without a value). */
  readonly parse: (text: string | true) => unknown;
}

type TextParser = (flag: string, text: string) => unknown;

function valued(
  flag: string,
  placeholder: string,
  option: keyof WriterOptions,
  help: string,
  parse: TextParser = (_flag, text) => text,
): WriterFlag {
  return {
    flags: `${flag} <${placeholder}>`,
    help,
    option,
    parse: (text) => parse(flag, String(text)),
  };
}

function fixed(
  flag: string,
  option: keyof WriterOptions,
  value: boolean,
  help: string,
): WriterFlag {
  return { flags: flag, help, option, parse: () => value };
}

/** The flags, in the order of the help text. */
export const WRITER_FLAGS: readonly WriterFlag[] = [
  valued(
    "-c, --compression",
    "codec",
    "compression",
    "zstd, snappy, gzip, brotli, lz4, none",
    (_flag, text) => codecName(text),
  ),
  valued("--compression-level", "n", "compressionLevel", "level of the codec", parseInteger),
  valued(
    "--max-row-group-row-count",
    "n",
    "maxRowGroupRowCount",
    "maximum rows per row group",
    parseInteger,
  ),
  valued(
    "--max-row-group-bytes",
    "size",
    "maxRowGroupBytes",
    "target size of a row group, encoded",
    parseBytes,
  ),
  valued(
    "--data-page-size-limit",
    "size",
    "dataPageSizeLimit",
    "maximum size of a data page",
    parseBytes,
  ),
  valued(
    "--data-page-row-count-limit",
    "n",
    "dataPageRowCountLimit",
    "maximum rows per data page",
    parseInteger,
  ),
  fixed("--dictionary-enabled", "dictionaryEnabled", true, "allow dictionaries (default)"),
  fixed("--no-dictionary", "dictionaryEnabled", false, "never use dictionaries"),
  valued(
    "--dictionary-page-size-limit",
    "size",
    "dictionaryPageSizeLimit",
    "maximum size of a dictionary",
    parseBytes,
  ),
  valued("--encoding", "name", "encoding", "encoding of values outside a dictionary"),
  valued("--writer-version", "v", "writerVersion", "data pages: 1.0 (default) or 2.0"),
  valued("--statistics-enabled", "level", "statisticsEnabled", "none, chunk or page (default)"),
  fixed("--no-page-checksum", "pageChecksum", false, "leave out the CRC-32 of pages"),
  fixed("--coerce-types", "coerceTypes", true, "nearest type if Parquet lacks one"),
  fixed("--skip-arrow-metadata", "skipArrowMetadata", true, "leave out the Arrow schema"),
  fixed("--reproducible", "reproducible", true, "same bytes on every runtime"),
  valued("--profile", "name", "profile", "default, small, or compat (Athena, Hive)"),
  valued("--parallelism", "n", "parallelism", "maximum number of workers, 0: none", parseInteger),
  valued("--memory-budget", "size", "memoryBudget", "maximum bytes in flight (256MiB)", parseBytes),
];

/** A codec in any case, and by the names that other programs have for it. */
function codecName(text: string): string {
  const name = text.toLowerCase();
  return name === "lz4" ? "lz4_raw" : name === "none" ? "uncompressed" : name;
}

/** Options that are functions or objects of a program. */
const NOT_IN_JSON = ["signal", "onProgress", "onDiagnostic"];

/**
 * Options of a conversion, checked.
 *
 * @param json The text of `--options`, `undefined` without it.
 * @param given What the flags say, by option name.
 * @throws {UsageError} When the JSON is not an object, or an option or a value is not valid.
 */
export function writerOptions(
  json: string | undefined,
  given: ReadonlyMap<keyof WriterOptions, unknown>,
): WriterOptions {
  const options: Record<string, unknown> = json === undefined ? {} : parseOptions(json);
  const codec = given.get("compression");
  if (codec !== undefined && codec !== options["compression"]) {
    // The level in the JSON was meant for the codec in the JSON.
    delete options["compressionLevel"];
  }
  for (const [option, value] of given) options[option] = value;
  try {
    resolveOptions(options);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
  return options;
}

function parseOptions(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UsageError(`Cannot read --options: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(
      'Cannot read --options: expected a JSON object, such as {"compressionLevel":3}',
    );
  }
  for (const name of NOT_IN_JSON) {
    if (Object.hasOwn(value, name)) {
      throw new UsageError(`Cannot use option "${name}" in --options: it cannot be said in JSON`);
    }
  }
  // No prototype: "__proto__" is a name like any other, and refused as an unknown one.
  return Object.assign(Object.create(null), value) as Record<string, unknown>;
}
