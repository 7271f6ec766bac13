/**
 * Files: random access for reading, and the few primitives that safe writing needs.
 *
 * @module
 */

import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import * as nodePath from "node:path";
import { fileURLToPath } from "node:url";

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
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Returns when what was written is on the disk. */
  sync(): Promise<void>;
  /** Closes the file. May be called more than once. */
  close(): Promise<void>;
}

/**
 * The path that a string or a `file:` URL names.
 *
 * @throws {TypeError} When the URL is not a `file:` URL.
 */
export function toPath(location: string | URL): string {
  if (typeof location === "string") return location;
  if (location.protocol !== "file:") {
    throw new TypeError(`Cannot open ${location.href}: only file: URLs name a file`);
  }
  return fileURLToPath(location);
}

/**
 * Opens a file for reading.
 *
 * @param location A path, or a `file:` URL.
 */
export async function openFileForReading(location: string | URL): Promise<ReadableFile> {
  const handle = await fs.open(toPath(location), "r");
  try {
    return new OpenFile(handle, (await handle.stat()).size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Creates a file that must not exist, and opens it for writing.
 *
 * @param path Where.
 * @throws An error with `code` "EEXIST" when there is something at `path`, even a dangling link.
 */
export async function createFile(path: string): Promise<WritableFile> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  return new OpenFile(await fs.open(path, flags, 0o666), 0);
}

/** Renames a file; what was at `to` is replaced in one step. */
export function renameFile(from: string, to: string): Promise<void> {
  return fs.rename(from, to);
}

/**
 * Renames a file to a name that must be free, in one step where the file system has hard links.
 *
 * @throws An error with `code` "EEXIST" when there is something at `to`.
 */
export async function renameFileToFree(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") throw error;
    if (await fileKind(to) !== null) {
      throw Object.assign(new Error(`there is a file at ${to}`), { code: "EEXIST" });
    }
    return await fs.rename(from, to);
  }
  await fs.rm(from);
}

/** Removes a file; a file that is not there is fine. */
export function removeFile(path: string): Promise<void> {
  return fs.rm(path, { force: true });
}

/**
 * Makes a rename in the directory of `path` durable, where the platform allows it (Windows does not open directories).
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const handle = await fs.open(nodePath.dirname(path), "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The data itself was synced before; a directory that cannot be is the platform's own limit.
  }
}

/**
 * The path that a file is really at: a symbolic link is followed, so that replacing the file keeps the link.
 */
export async function resolveLink(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch {
    return nodePath.resolve(path);
  }
}

/** What is at a path: `"file"`, `"other"` (a directory, a pipe, a device), or `null` when there is nothing. */
export async function fileKind(path: string): Promise<"file" | "other" | null> {
  try {
    return (await fs.stat(path)).isFile() ? "file" : "other";
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}

class OpenFile implements ReadableFile, WritableFile {
  readonly byteLength: number;
  readonly #handle: fs.FileHandle;
  #closed: Promise<void> | null = null;

  constructor(handle: fs.FileHandle, byteLength: number) {
    this.#handle = handle;
    this.byteLength = byteLength;
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

  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done);
      done += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#closed ??= this.#handle.close();
  }
}
