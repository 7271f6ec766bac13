/**
 * Files that no commit names.
 *
 * @module
 */

import { openStore } from "../store/open_store.ts";
import { TableError } from "../util/errors.ts";
import type { TableTarget } from "./delta_options.ts";
import { tableState } from "./table_state.ts";

/** A file that no commit names. */
export interface UncommittedFile {
  /** Relative to the table. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, where the store says so. */
  readonly lastModified?: Date;
}

/**
 * Lists Parquet files of a dataset that no commit names: what writers left behind that failed before their commit, and what writers have
 * written that have not committed yet. So remove only what is older than any job of yours takes.
 * In a folder, a file that was not complete when its writer died is a temporary one (`.….parquet.….tmp`), which no reader looks at; such
 * files are not listed.
 *
 * @param target Where the dataset is. With a Delta log (`_delta_log`), files that it names, now or before, are committed.
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
  for await (const _ of store.list("_delta_log/")) {
    hasLog = true;
    break;
  }
  if (hasLog) {
    const { files, removed } = await tableState(store);
    for (const path of [...files.keys(), ...removed.keys()]) committed.add(decoded(path));
  }
  const before = Date.now() - (options.olderThanMs ?? 0);
  const found: UncommittedFile[] = [];
  for await (const { key, size, lastModified } of store.list()) {
    const isData = key.endsWith(".parquet") && !key.startsWith("_delta_log/");
    if (!isData || committed.has(key)) continue;
    if (lastModified !== undefined && lastModified.getTime() > before) continue;
    found.push({ path: key, size, ...(lastModified === undefined ? {} : { lastModified }) });
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
