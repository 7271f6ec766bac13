/**
 * Where a command writes its file to: a path, a device, standard output, or an object of a store.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { facts, namesFolder, type PathFacts, resolveLinks } from "../runtime/file_system.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import { FileSink } from "../sink/file_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { isObjectUrl, isRemoteUrl } from "../store/object_url.ts";
import { UploadSink } from "../store/upload_sink.ts";
import { DeviceSink } from "./device_sink.ts";
import { UsageError } from "./failure.ts";
import { STANDARD_STREAM } from "./paths.ts";
import type { Terminal } from "./terminal.ts";

/** Where a command writes to. */
export interface Target {
  readonly path: string;
  readonly sink: Sink;
  /** Bytes of the file, once it is written. */
  byteLength(): Promise<number>;
}

/** Endings of names that say that a file is Parquet, and any others: a dot, a letter and a few more characters. */
const PARQUET_ENDING = /\.(?:geo)?(?:parquet|parq|pqt?)$/i, ENDING = /\.[a-z][a-z0-9]{0,8}$/i;

/**
 * Checks that the name of an output does not say that it is something else, such as CSV.
 *
 * @throws {UsageError} When it does.
 */
export function checkEnding(path: string): void {
  if (!ENDING.test(path) || PARQUET_ENDING.test(path)) return;
  throw new UsageError(
    `Cannot write ${path}: it does not end in .parquet (use --force to write it)`,
  );
}

/** Whether the file is there already: it is too late for an interruption. */
export function isCommitted(sink: Sink): boolean {
  return (sink instanceof FileSink || sink instanceof UploadSink) && sink.committed;
}

/**
 * Opens the output.
 *
 * @param inputPaths What is read: none of it may be the output.
 * @param force Whether a file that is there is replaced.
 * @throws {UsageError} When nothing can be written there.
 */
export async function openTarget(
  inputPaths: readonly string[],
  target: string,
  force: boolean,
  terminal: Terminal,
): Promise<Target> {
  if (target === STANDARD_STREAM) {
    if (terminal.outputIsTerminal) {
      throw new UsageError("Cannot write Parquet to standard output: it is a terminal");
    }
    const sink = terminal.output();
    return { path: target, sink, byteLength: () => Promise.resolve(sink.byteLength) };
  }
  if (target === "") throw new UsageError("Cannot write the output: its path is empty");
  if (isRemoteUrl(target)) return await openRemoteTarget(inputPaths, target, force);
  const realTarget = await realPathOf(target);
  for (const inputPath of inputPaths) {
    if (inputPath === STANDARD_STREAM || isRemoteUrl(inputPath)) continue;
    if (await realPathOf(inputPath) === realTarget) {
      throw new UsageError(`Cannot convert ${inputPath} onto itself`);
    }
  }
  const kind = await kindOf(target);
  if (kind === "stream") {
    const sink = new DeviceSink(target);
    return { path: target, sink, byteLength: () => Promise.resolve(sink.byteLength) };
  }
  if (kind === "directory") {
    throw new UsageError(`Cannot write ${target}: it is a directory; name a file in it`);
  }
  if (kind !== null && kind !== "file") {
    throw new UsageError(`Cannot write ${target}: it is not a regular file`);
  }
  if (namesFolder(target)) {
    throw new UsageError(`Cannot write ${target}: there is no such directory`);
  }
  if (kind === "file" && !force) {
    throw new UsageError(`Cannot write ${target}: it exists already (--force replaces it)`);
  }
  const folder = dirname(realTarget);
  if (await kindOf(folder) === null) {
    throw new UsageError(`Cannot write ${target}: there is no directory ${dirname(target)}`);
  }
  return {
    path: target,
    sink: new FileSink(target, { overwrite: force }),
    byteLength: async () => (await stat(target)).size,
  };
}

async function openRemoteTarget(
  inputPaths: readonly string[],
  target: string,
  force: boolean,
): Promise<Target> {
  if (inputPaths.includes(target)) throw new UsageError(`Cannot convert ${target} onto itself`);
  if (!isObjectUrl(target)) {
    throw new UsageError(`Cannot write ${target}: only s3:, az: and gs: URLs can be written`);
  }
  const { openStoreOf } = await import("../store/open_store.ts");
  const { store, key } = await openStoreOf(target);
  if (!force && await store.head(key) !== undefined) {
    throw new UsageError(`Cannot write ${target}: it exists already (--force replaces it)`);
  }
  return {
    path: target,
    sink: store.sink(key, { overwrite: force }),
    byteLength: async () => (await store.head(key))?.size ?? 0,
  };
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await resolveLinks(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** What is at a path; `null`: nothing. */
export async function kindOf(path: string): Promise<PathFacts["kind"] | null> {
  try {
    return (await facts(path))?.kind ?? null;
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): unknown {
  const reason = systemErrorText(error);
  if (reason === null) return error;
  return new UsageError(`Cannot write ${path}: ${reason}`, { cause: error });
}
