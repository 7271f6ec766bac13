/**
 * A folder of the file system as a store.
 *
 * @module
 */

import {
  absolutePath,
  fileFacts,
  fileUrlOf,
  makeFolder,
  readFolder,
  removeFile,
} from "../runtime/directory.ts";
import { joinPath, splitPath } from "../runtime/file_system.ts";
import { openFileForReading } from "../runtime/files.ts";
import { systemErrorCode, systemErrorText } from "../runtime/system_error.ts";
import { ExistingFileError } from "../sink/file_replacement.ts";
import { FileSink } from "../sink/file_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { ObjectNotFoundError, outcomeOf, PreconditionError, StoreError } from "../util/errors.ts";
import {
  type ByteRange,
  checkKey,
  checkRange,
  compareKeys,
  type GetOptions,
  isTemporary,
  type ListOptions,
  type ObjectInfo,
  type PutOptions,
  type RequestOptions,
  type Store,
  type StoreSinkOptions,
} from "./store.ts";

/**
 * Objects are files below a folder, which is made with the first one. Each is written to a temporary file, synced, and renamed; with
 * `ifAbsent` linked, so that of several writers exactly one succeeds, also across processes. User metadata and media types are not kept.
 */
export class FileStore implements Store {
  /** {@linkcode Store.url} */
  readonly url: string;
  readonly #folder: string;

  /**
   * Nothing is touched yet.
   *
   * @param folder A path, or a `file:` URL.
   */
  constructor(folder: string | URL) {
    this.#folder = absolutePath(folder).replace(/(?<=.)[/\\]+$/, "");
    this.url = fileUrlOf(this.#folder).replace(/\/+$/, "");
  }

  /** {@linkcode Store.head} */
  async head(key: string, { signal }: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    signal?.throwIfAborted();
    const path = this.#pathOf(key);
    const facts = await this.#named("read", key, () => fileFacts(path));
    return facts === null ? undefined : info(key, facts);
  }

  /** {@linkcode Store.get} */
  async get(
    key: string,
    range?: ByteRange,
    { ifMatch, signal }: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    if (range !== undefined) checkRange(range);
    const path = this.#pathOf(key);
    return await this.#named("read", key, async () => {
      if (ifMatch !== undefined && (await fileFacts(path))?.version !== ifMatch) {
        throw new PreconditionError(
          `Cannot read ${this.#name(key)}: it is not the requested version`,
        );
      }
      const file = await openFileForReading(path);
      try {
        const { start, end } = bounds(range, file.byteLength);
        return await file.read(start, end - start);
      } finally {
        await file.close();
      }
    });
  }

  /** {@linkcode Store.put} */
  async put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    { ifAbsent = false, ifMatch, signal }: PutOptions = {},
  ): Promise<ObjectInfo> {
    signal?.throwIfAborted();
    if (ifMatch !== undefined) {
      throw new TypeError(
        `Cannot write ${this.#name(key)} with ifMatch: file systems cannot compare and replace`,
      );
    }
    const path = this.#pathOf(key);
    return await this.#named("write", key, async () => {
      const sink = new FolderSink(path, !ifAbsent);
      try {
        if (bytes.length > 0) await sink.write(bytes);
      } catch (error) {
        await sink.abort(error);
        throw error;
      }
      await sink.close(signal);
      const facts = await fileFacts(path);
      // Replaced by others, or removed, in the meantime.
      return facts === null ? { key, size: bytes.length, version: "" } : info(key, facts);
    });
  }

  /** {@linkcode Store.list} */
  async *list(
    prefix = "",
    options: ListOptions = {},
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const slash = prefix.lastIndexOf("/");
    const folder = prefix.slice(0, slash + 1);
    if (folder !== "") checkKey(folder);
    yield* this.#walk(folder, prefix, options);
  }

  /** {@linkcode Store.delete} */
  async delete(key: string, { signal }: RequestOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const path = this.#pathOf(key);
    await this.#named("delete", key, () => removeFile(path));
  }

  /** {@linkcode Store.sink} */
  sink(key: string, { overwrite = true }: StoreSinkOptions = {}): Sink {
    return new FolderSink(this.#pathOf(key), overwrite);
  }

  /** Keys below `folder` (`""` or ending in `/`), a folder at a time: a folder sorts as its name with a slash. */
  async *#walk(
    folder: string,
    prefix: string,
    options: ListOptions,
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const { startAfter, temporary = false, signal } = options;
    signal?.throwIfAborted();
    const entries = await this.#named(
      "list",
      folder,
      () => readFolder(joinPath(this.#folder, folder)),
    );
    const keys = entries
      .filter(({ name, isFolder }) => isFolder || temporary || !isTemporary(name))
      .map(({ name, isFolder }) => `${folder}${name}${isFolder ? "/" : ""}`)
      .filter((key) => key.startsWith(prefix) || prefix.startsWith(key))
      .sort(compareKeys);
    for (const key of keys) {
      if (key.endsWith("/")) {
        // A folder all of whose keys come before is not looked into.
        const isBefore = startAfter !== undefined && !startAfter.startsWith(key) &&
          compareKeys(key, startAfter) < 0;
        if (!isBefore) yield* this.#walk(key, prefix, options);
        continue;
      }
      if (startAfter !== undefined && compareKeys(key, startAfter) <= 0) continue;
      const found = await this.head(key, { signal });
      // Removed since the folder was read.
      if (found !== undefined && key.startsWith(prefix)) yield found;
    }
  }

  #pathOf(key: string): string {
    checkKey(key);
    if (key.startsWith("/") || key.includes("//") || key.includes("\\")) {
      throw new TypeError(`Cannot use the key ${JSON.stringify(key)}: a folder has no empty names`);
    }
    return joinPath(this.#folder, key);
  }

  #name(key: string): string {
    return joinPath(this.#folder, key);
  }

  async #named<T>(verb: string, key: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (cause instanceof StoreError) throw cause;
      const code = systemErrorCode(error);
      const text = systemErrorText(error);
      if (text === null) throw error;
      const message = `Cannot ${verb} ${this.#name(key)}: ${text}`;
      const details = { code, cause: error, outcome: outcomeOf(error) };
      throw code === "ENOENT" && verb === "read"
        ? new ObjectNotFoundError(message, details)
        : new StoreError(message, details);
    }
  }
}

function info(
  key: string,
  { size, version, modified }: { size: number; version: string; modified: Date },
): ObjectInfo {
  return { key, size, version, lastModified: modified };
}

function bounds(range: ByteRange | undefined, size: number): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size };
  if ("suffix" in range) return { start: Math.max(0, size - range.suffix), end: size };
  const start = Math.min(range.start, size);
  return { start, end: Math.min(range.end ?? size, size) };
}

/** The store of a file's folder, and the file's name in it. */
export function fileStoreOf(location: string | URL): { store: FileStore; key: string } {
  const { folder, name } = splitPath(absolutePath(location));
  return { store: new FileStore(folder), key: name };
}

/** A file whose folder is made where it is missing: that is found out by the first call, since most of them are there. */
class FolderSink implements Sink {
  readonly awaitAbort = true;
  readonly borrowsBytes = true;
  readonly #path: string;
  readonly #overwrite: boolean;
  #sink: FileSink;
  #begun = false;

  constructor(path: string, overwrite: boolean) {
    this.#path = path;
    this.#overwrite = overwrite;
    this.#sink = this.#newSink();
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#typed(this.#inFolder((sink) => sink.write(bytes)));
  }

  close(signal?: AbortSignal): Promise<void> {
    return this.#typed(this.#inFolder((sink) => sink.close(signal)));
  }

  abort(reason?: unknown): Promise<void> {
    return this.#sink.abort(reason);
  }

  #newSink(): FileSink {
    return new FileSink(this.#path, { overwrite: this.#overwrite });
  }

  /** The first call again where its folder was not there. */
  async #inFolder(call: (sink: FileSink) => Promise<void>): Promise<void> {
    const isFirst = !this.#begun;
    this.#begun = true;
    try {
      return await call(this.#sink);
    } catch (error) {
      if (!isFirst || systemErrorCode(error) !== "ENOENT") throw error;
    }
    await makeFolder(splitPath(this.#path).folder);
    this.#sink = this.#newSink();
    await call(this.#sink);
  }

  async #typed(done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (!(error instanceof ExistingFileError)) throw error;
      throw new PreconditionError(error.message, { code: "EEXIST", cause: error });
    }
  }
}
