/**
 * Writes rows to a file beside the one that they are for, and merges the two.
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
import { FileSink } from "../sink/file_sink.ts";
import { temporaryName } from "../sink/temporary_name.ts";
import { ignore } from "../util/thenable.ts";
import type { AppendOptions } from "./append_options.ts";
import { appendedSchema } from "./appended_schema.ts";
import { resolveMergeOptions } from "./merge_options.ts";
import { mergeParquet } from "./merge_parquet.ts";

/** Keys that tell of columns: those of old and new rows are merged. */
const FROM_ROWS: ReadonlySet<string> = new Set([ARROW_SCHEMA_KEY, GEO_KEY]);

/** Appends rows, as `appendParquet` does, whose arguments these are. */
export async function appendRows(
  file: string | URL,
  rows: DataSource,
  options: AppendOptions,
): Promise<ParquetMetaData> {
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
    // What cannot be removed was not written either, as a rule; in any case it has no say in what came of the file.
    await fileSystem.remove(part).catch(ignore);
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
