/**
 * A sink over a file handle of a browser: of the origin private file system (OPFS), or one that the user picked.
 *
 * @see https://fs.spec.whatwg.org/
 * @module
 */

import { SinkError, type SinkOutcome } from "../util/errors.ts";
import type { Sink } from "./sink.ts";

/** The members of a `FileSystemFileHandle` that are used. At least one of the methods must exist. */
export interface FileHandleLike {
  /** What the handle is of. */
  readonly kind: "file";
  /** Name of the file. */
  readonly name: string;
  /** The file is replaced when the stream is closed. */
  createWritable?(): Promise<FileWritableLike>;
  /** In dedicated workers, for files of the OPFS. */
  createSyncAccessHandle?(): Promise<SyncAccessHandleLike>;
}

/** The members of a `FileSystemWritableFileStream` that are used. */
export interface FileWritableLike {
  /** Takes the next bytes. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Replaces the file by what was written. */
  close(): Promise<void>;
  /** Leaves the file unchanged. */
  abort(reason?: unknown): Promise<void>;
}

/** The members of a `FileSystemSyncAccessHandle` that are used. */
export interface SyncAccessHandleLike {
  /** Writes bytes at an offset; returns how many. */
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  /** Makes the file so long. */
  truncate(byteLength: number): void;
  /** Flushes what was written to disk. */
  flush(): void;
  /** Closes the handle. */
  close(): void;
  /** Bytes of the file. */
  getSize(): number;
}

/** What errors of file handles mean, by their names. */
const WORDS: Readonly<Record<string, string>> = {
  InvalidStateError: "the handle is closed, or the file has changed",
  NoModificationAllowedError: "something else has it open for writing",
  NotAllowedError:
    'the user has not permitted it: call handle.requestPermission({ mode: "readwrite" }) on a click',
  NotFoundError: "the file is not there any more",
  QuotaExceededError: "no space is left, or the quota of the site is used up",
};

/** Whether something is a handle of a file. */
export function isFileHandle(value: object): value is FileHandleLike {
  const { kind, createWritable, createSyncAccessHandle } = value as Partial<FileHandleLike>;
  return kind === "file" &&
    (typeof createWritable === "function" || typeof createSyncAccessHandle === "function");
}

/** Whether something is an open handle with synchronous access. */
export function isSyncAccessHandle(value: object): value is SyncAccessHandleLike {
  const { write, truncate, flush, close, getSize } = value as Partial<SyncAccessHandleLike>;
  return [write, truncate, flush, close, getSize].every((method) => typeof method === "function");
}

/**
 * Writes to a file handle.
 *
 * With `createWritable` the file is unchanged until the new one is complete. If there is only synchronous access, as in some dedicated
 * workers, or for a `FileSystemSyncAccessHandle`, the file is overwritten in place, and is empty after a failed write. The access handle is
 * closed at the end.
 */
export class FileHandleSink implements Sink {
  /** {@linkcode Sink.awaitAbort} */
  readonly awaitAbort = true;
  readonly #name: string;
  readonly #open: () => Promise<FileWritableLike>;
  #writable: FileWritableLike | null = null;
  #bytesAccepted = 0;

  /**
   * Creates the sink; the file is not touched yet.
   *
   * @param handle A `FileSystemFileHandle`, or an open `FileSystemSyncAccessHandle`.
   * @throws {TypeError} If it is neither.
   */
  constructor(handle: FileHandleLike | SyncAccessHandleLike) {
    if (isFileHandle(handle)) {
      this.#name = handle.name;
      this.#open = async () =>
        typeof handle.createWritable === "function"
          ? await handle.createWritable()
          : new SyncAccess(await handle.createSyncAccessHandle!());
    } else if (isSyncAccessHandle(handle)) {
      this.#name = "the file";
      this.#open = () => Promise.resolve(new SyncAccess(handle));
    } else {
      throw new TypeError("Cannot write a file by its handle: it is not a FileSystemFileHandle");
    }
  }

  /**
   * {@linkcode Sink.write}
   *
   * @throws {SinkError} If the file cannot be opened or written.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      this.#writable ??= await this.#open();
      await this.#writable.write(bytes);
    } catch (error) {
      throw this.#error(error, "failed");
    }
    this.#bytesAccepted += bytes.length;
  }

  /**
   * {@linkcode Sink.close}
   *
   * @throws {SinkError} If the file cannot be completed.
   */
  async close(): Promise<void> {
    try {
      this.#writable ??= await this.#open();
      await this.#writable.close();
    } catch (error) {
      throw this.#error(error, "unknown");
    }
  }

  /** {@linkcode Sink.abort} */
  async abort(reason: unknown): Promise<void> {
    await this.#writable?.abort(reason);
  }

  #error(cause: unknown, outcome: SinkOutcome): SinkError {
    const { name, message } = cause as Partial<Error>;
    const text = WORDS[name ?? ""] ?? message ?? String(cause);
    return new SinkError(`Cannot write ${this.#name}: ${text}`, {
      bytesAccepted: this.#bytesAccepted,
      outcome,
      cause,
    });
  }
}

/** Synchronous access, front to back. */
class SyncAccess implements FileWritableLike {
  readonly #handle: SyncAccessHandleLike;
  #at = 0;

  constructor(handle: SyncAccessHandleLike) {
    this.#handle = handle;
    handle.truncate(0);
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const written = this.#handle.write(bytes.subarray(done), { at: this.#at });
      if (!(written > 0)) throw new Error("the file takes no more bytes");
      done += written;
      this.#at += written;
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#handle.flush();
    this.#handle.close();
    return Promise.resolve();
  }

  abort(): Promise<void> {
    try {
      this.#handle.truncate(0);
      this.#handle.flush();
    } finally {
      this.#handle.close();
    }
    return Promise.resolve();
  }
}
