/**
 * Files that no commit names.
 *
 * @module
 */

import { openStore } from "../store/open_store.ts";
import { isTemporary } from "../store/store.ts";
import { TableError } from "../util/errors.ts";
import type { TableTarget } from "./delta_options.ts";
import { LOG } from "./log_files.ts";
import { tableState } from "./table_state.ts";

/** A file that no commit names. */
export interface UncommittedFile {
  /** Relative to the table. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, if the store says so. */
  readonly lastModified?: Date;
  /** `true`: an incomplete temporary file of a writer, in a folder. */
  readonly temporary?: true;
}

/**
 * Lists files of a dataset that no commit names: Parquet files of writers that failed before their commit or have not committed yet, and in
 * folders the temporary files of writers (`.….tmp`), which readers ignore and a killed process leaves behind. Delete only files that are
 * older than any of your jobs takes: `olderThanMs` filters by age.
 *
 * Object stores do not list incomplete files. A rule of the bucket removes their parts (S3's `AbortIncompleteMultipartUpload`), or the
 * store does so after a week (Azure, GCS).
 *
 * @param target Where the dataset is. With a Delta log (`_delta_log`), files that it names are committed, and those that it
 * named before and remembers as removed (`delta.deletedFileRetentionDuration`, a week by default).
 * @param options `committed`: paths of files that are committed by other means, `DataFile.path`; `olderThanMs`: only files that were
 * written so many milliseconds ago, or before.
 * @throws {TableError} When the log cannot be read.
 */
export async function listUncommitted(
  target: TableTarget,
  options: { readonly committed?: Iterable<string>; readonly olderThanMs?: number } = {},
): Promise<UncommittedFile[]> {
  const store = await openStore(target);
  const committed = new Set(options.committed ?? []);
  let hasLog = false;
  for await (const _ of store.list(LOG)) {
    hasLog = true;
    break;
  }
  if (hasLog) {
    const { files, removed } = await tableState(store);
    for (const path of [...files.keys(), ...removed.keys()]) committed.add(decoded(path));
  }
  const before = Date.now() - (options.olderThanMs ?? 0);
  const found: UncommittedFile[] = [];
  for await (const { key, size, lastModified } of store.list("", { temporary: true })) {
    const temporary = isTemporary(key);
    const isData = key.endsWith(".parquet") && !key.startsWith(LOG);
    if (!temporary && (!isData || committed.has(key))) continue;
    if (lastModified !== undefined && lastModified.getTime() > before) continue;
    found.push({
      path: key,
      size,
      ...(lastModified === undefined ? {} : { lastModified }),
      ...(temporary ? { temporary } : {}),
    });
  }
  return found;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new TableError(`Cannot read the path ${path} of the log: it is not encoded as a URL`, {
      cause: error,
    });
  }
}
