/**
 * Open files: random access for reading, and writing front to back.
 *
 * @module
 */

import type { FileHandle } from "node:fs/promises";
import { builtinModule, processGlobal, requiredModule } from "./builtin_modules.ts";
import { missingPermission, systemErrorCode } from "./system_error.ts";

/** A file open for reading. */
export interface ReadableFile {
  /** Size in bytes, when it was opened. */
  readonly byteLength: number;
  /**
   * Reads bytes at an offset; fewer than asked for only at the end of the file.
   *
   * @param offset Byte offset from the file's start.
   * @param length Number of bytes.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Reads bytes at an offset into memory that is there already.
   *
   * @returns Bytes read, fewer than `target` has room for only at the end of the file.
   */
  readInto(offset: number, target: Uint8Array): Promise<number>;
  /** Closes the file. May be called more than once. */
  close(): Promise<void>;
}

/** A file open for writing, front to back. */
export interface WritableFile {
  /** Writes the first bytes of `bytes`, at least one. Returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Returns when what was written is on the disk, as far as the file system lets a program ask for it. */
  sync(): Promise<void>;
  /** Closes the file. May be called more than once. */
  close(): Promise<void>;
}

/**
 * The path that a string or a `file:` URL names.
 *
 * @throws {TypeError} When the URL is not a `file:` URL, or the runtime has no files with paths.
 */
export function toPath(location: string | URL): string {
  if (builtinModule("node:fs/promises") === null) {
    throw new TypeError(
      `Cannot open ${location}: this runtime has no files with paths; ` +
        "use a FileSystemFileHandle, a stream, a Blob or bytes",
    );
  }
  if (typeof location === "string") return location;
  if (location.protocol !== "file:") {
    throw new TypeError(`Cannot open ${location.href}: only file: URLs name a file`);
  }
  return requiredModule("node:url", `Cannot open ${location.href}`).fileURLToPath(location);
}

/**
 * Opens a file for reading.
 *
 * @param location A path, or a `file:` URL.
 */
export async function openFileForReading(location: string | URL): Promise<ReadableFile> {
  const handle = await openPath(toPath(location), "r");
  try {
    return new OpenFile(handle, (await handle.stat()).size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Node's permission model refuses `fsync`, whatever was granted. There every write goes to the disk before it returns, so
 * that a file is on the disk when it gets its name.
 */
function synchronousFlag(): number {
  if (processGlobal()?.permission === undefined) return 0;
  return requiredModule("node:fs", NO_FILES).constants.O_DSYNC ?? 0;
}

/** How a message begins that says that there are no files. */
export const NO_FILES = "Cannot use a path";

function openPath(path: string, flags: string | number, mode?: number): Promise<FileHandle> {
  return requiredModule("node:fs/promises", NO_FILES).open(path, flags, mode);
}

/**
 * Creates a file that must not exist, and opens it for writing.
 *
 * @param path Where.
 * @param mode Its permissions, from which the umask takes.
 * @throws An error with `code` "EEXIST" when there is something at `path`, even a dangling link.
 */
export async function createFile(path: string, mode: number): Promise<WritableFile> {
  const { O_WRONLY, O_CREAT, O_EXCL } = requiredModule("node:fs", NO_FILES).constants;
  const flags = O_WRONLY | O_CREAT | O_EXCL | synchronousFlag();
  return new OpenFile(await openPath(path, flags, mode), 0);
}

/** Opens a pipe or a device for writing: what is written there is gone. */
export async function openForStreaming(path: string): Promise<WritableFile> {
  const { O_WRONLY } = requiredModule("node:fs", NO_FILES).constants;
  return new OpenFile(await openPath(path, O_WRONLY), 0);
}

/** What file systems answer that have no `fsync`. */
const CANNOT_SYNC = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

/** Whether an error of `fsync` says that there is no such thing here, rather than that it failed. */
export function isSyncUnsupported(error: unknown): boolean {
  return missingPermission(error) !== null || CANNOT_SYNC.has(systemErrorCode(error) ?? "");
}

/**
 * Handles that are open. Node ends a process in which an open handle is collected as garbage; one that a program forgets, with
 * the writer that it belongs to, stays open instead.
 */
const OPEN = new Set<FileHandle>();

class OpenFile implements ReadableFile, WritableFile {
  readonly byteLength: number;
  readonly #handle: FileHandle;
  #closed: Promise<void> | null = null;

  constructor(handle: FileHandle, byteLength: number) {
    this.#handle = handle;
    this.byteLength = byteLength;
    OPEN.add(handle);
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await this.readInto(offset, bytes));
  }

  async readInto(offset: number, target: Uint8Array): Promise<number> {
    const { length } = target;
    let have = 0;
    while (have < length) {
      const { bytesRead } = await this.#handle.read(target, have, length - have, offset + have);
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    return have;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const { bytesWritten } = await this.#handle.write(bytes, 0, bytes.length);
    if (bytesWritten > 0) return bytesWritten;
    throw Object.assign(new Error("EIO: the device takes no bytes"), { code: "EIO" });
  }

  async sync(): Promise<void> {
    try {
      await this.#handle.sync();
    } catch (error) {
      if (!isSyncUnsupported(error)) throw error;
    }
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#handle.close();
    } finally {
      OPEN.delete(this.#handle);
    }
  }
}
