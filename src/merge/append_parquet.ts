/**
 * Rows behind those of a file.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import { openParquetSource } from "../format/parquet_source.ts";
import { readFileMetaData } from "../format/read_metadata.ts";
import { type DataSource, type WriteOptions, writeTo } from "../pipeline/write_parquet.ts";
import { fileSystem, joinPath, splitPath } from "../runtime/file_system.ts";
import { toPath } from "../runtime/files.ts";
import { systemErrorCode } from "../runtime/system_error.ts";
import { ARROW_SCHEMA_KEY, GEO_KEY } from "../schema/key_value_metadata.ts";
import { describeValue } from "../schema/option_checks.ts";
import type { Diagnostic } from "../schema/writer_options.ts";
import { FileSink } from "../sink/file_sink.ts";
import { temporaryName } from "../sink/temporary_name.ts";
import { appendedSchema } from "./appended_schema.ts";
import { type MergeNote, type MergeOptions, resolveMergeOptions } from "./merge_options.ts";
import { mergeParquet } from "./merge_parquet.ts";

/** Keys that tell of columns: those of old and new rows are merged. */
const FROM_ROWS: ReadonlySet<string> = new Set([ARROW_SCHEMA_KEY, GEO_KEY]);

/** Options of {@linkcode appendParquet}: those of the writer for the new row groups, and of the merge. */
export interface AppendOptions extends Omit<WriteOptions, "onDiagnostic"> {
  /** As for `mergeParquet`. */
  readonly verify?: MergeOptions["verify"];
  /** As for `writeParquet` and for `mergeParquet`. */
  readonly onDiagnostic?: ((note: Diagnostic | MergeNote) => void) | undefined;
}

/**
 * Appends rows to a Parquet file, in new row groups. A new file with the old row groups, copied as they are, and the new ones replaces the
 * old file, which is unchanged until then. If the file does not exist, it is created.
 *
 * The whole file is copied, so append many rows at a time. If two programs append at once, one of them wins: let one program do it, or
 * write separate files and merge them.
 *
 * @param file A path, or a `file:` URL.
 * @param rows As for `writeParquet`. Rows and columns have the schema of the file, unless `options.schema` says otherwise. Columns are
 * written as the file has them: times and dates in its unit, decimals in its physical type, nullable where it is; a value that would change
 * by that is a `LimitError` with column and row.
 * @param options As for `writeParquet`; `verify` and `onDiagnostic` as for `mergeParquet`.
 * @returns The metadata of the new file.
 * @throws {TypeError | RangeError} For wrong arguments or options.
 * @throws {SchemaError} If the columns of the rows are not those of the file.
 * @throws {ParquetError} As for `writeParquet` and `mergeParquet`; the file is unchanged.
 *
 * @example Rows of another day
 * ```ts
 * import { appendParquet, readParquetMetadata, writeParquet } from "@parquet-ext/parquet-ext";
 *
 * await writeParquet([{ day: 1, sold: 12 }, { day: 2, sold: 7 }], "sales.parquet");
 * await appendParquet("sales.parquet", [{ day: 3, sold: 9 }]);
 * console.assert((await readParquetMetadata("sales.parquet")).numRows === 3);
 * ```
 */
export async function appendParquet(
  file: string | URL,
  rows: DataSource,
  options: AppendOptions = {},
): Promise<ParquetMetaData> {
  if (typeof file !== "string" && !(file instanceof URL)) {
    throw new TypeError(`Cannot append to ${describeValue(file)}: expected a path or a file: URL`);
  }
  const { verify, onDiagnostic, ...others } = options;
  const writing: WriteOptions = { ...others, onDiagnostic: onDiagnostic ?? null };
  const before = await metadataOf(file, writing);
  if (before === null) return await writeTo(rows, new FileSink(file), writing);
  const { folder, name } = splitPath(await fileSystem.resolveLinks(toPath(file)));
  const id = Math.floor(Math.random() * 2 ** 48).toString(36);
  const part = joinPath(folder, temporaryName(name, `append-${id}`));
  const skipArrowMetadata = before.keyValueMetadata?.every(({ key }) => key !== ARROW_SCHEMA_KEY) ??
    true;
  try {
    await writeTo(
      rows,
      new FileSink(part),
      { ...writing, skipArrowMetadata },
      appendedSchema(before),
    );
    return await mergeParquet([file, part], file, {
      verify,
      onDiagnostic,
      keyValueMetadata: givenPairs(options),
      limits: writing.limits,
      createdBy: writing.createdBy,
      ...(writing.signal == null ? {} : { signal: writing.signal }),
      ...(writing.sinkTimeoutMs == null ? {} : { sinkTimeoutMs: writing.sinkTimeoutMs }),
    });
  } catch (error) {
    throw withoutPart(error, part, toPath(file));
  } finally {
    await fileSystem.remove(part);
  }
}

/** An error in words for somebody who knows nothing of the file that the rows went through. */
function withoutPart(error: unknown, part: string, path: string): unknown {
  if (error instanceof Error && error.message.includes(part)) {
    error.message = error.message
      .replace(`Cannot merge ${part}`, `Cannot append rows to ${path}`)
      .replaceAll(part, "the rows to append");
  }
  return error;
}

/** What is given for the new rows counts for the file, whatever it said before. */
function givenPairs({ keyValueMetadata }: AppendOptions): ReadonlyMap<string, string | null> {
  const { keyValueMetadata: pairs } = resolveMergeOptions({ keyValueMetadata });
  return new Map([...pairs].filter(([key]) => !FROM_ROWS.has(key)));
}

/** The metadata of the file; `null` where it is not there. */
async function metadataOf(
  file: string | URL,
  { limits }: WriteOptions,
): Promise<ParquetMetaData | null> {
  let opened;
  try {
    opened = await openParquetSource(file);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
  try {
    return await readFileMetaData(opened, limits === undefined ? {} : { limits });
  } finally {
    await opened.close();
  }
}
