/** @module A sink that writes a file, so that the target is untouched or complete at any moment. */

import {
  createFile,
  fileKind,
  removeFile,
  renameFile,
  renameFileToFree,
  resolveLink,
  syncDirectory,
  toPath,
  type WritableFile,
} from "../runtime/files.ts";
import type { Sink } from "./sink.ts";

/** How a {@linkcode FileSink} treats its target. */
export interface FileSinkOptions {
  /** Whether a file at the target may be replaced. Default: `true`. */
  readonly overwrite?: boolean;
}

/** Attempts to find a free name for the temporary file. */
const ATTEMPTS = 16;

/**
 * Writes a temporary file beside the target; `close` syncs it to the disk and renames it, `abort` removes it.
 *
 * The file is created with the first byte. A process that is killed leaves the temporary file, and the target as it was.
 */
export class FileSink implements Sink {
  readonly #location: string;
  readonly #overwrite: boolean;
  #target = "";
  #temporary = "";
  #file: WritableFile | null = null;
  /** The call under way: an abort has to wait for it, or it would leave what that call is about to create. */
  #pending: Promise<void> = Promise.resolve();

  /**
   * Nothing is touched yet.
   *
   * @param location A path, or a `file:` URL.
   * @throws {TypeError} When the URL does not name a file, or the path is empty.
   */
  constructor(location: string | URL, options: FileSinkOptions = {}) {
    this.#location = toPath(location);
    if (this.#location === "") throw new TypeError("Cannot write a file: the path is empty");
    this.#overwrite = options.overwrite ?? true;
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#pending = this.#write(bytes);
  }

  /** {@linkcode Sink.close} */
  close(): Promise<void> {
    return this.#pending = this.#commit();
  }

  /** {@linkcode Sink.abort} */
  async abort(): Promise<void> {
    await this.#pending.catch(() => {});
    await this.#discard();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const file = this.#file ?? await this.#create();
    await file.write(bytes);
  }

  async #commit(): Promise<void> {
    const file = this.#file ?? await this.#create();
    try {
      await file.sync();
      await file.close();
      await this.#rename();
    } catch (error) {
      await this.#discard().catch(() => {});
      throw error;
    }
    this.#file = null;
    await syncDirectory(this.#target);
  }

  async #rename(): Promise<void> {
    if (this.#overwrite) return await renameFile(this.#temporary, this.#target);
    try {
      await renameFileToFree(this.#temporary, this.#target);
    } catch (error) {
      throw (error as { code?: string }).code === "EEXIST" ? this.#existing() : error;
    }
  }

  async #discard(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    try {
      await file.close();
    } finally {
      await removeFile(this.#temporary);
    }
  }

  async #create(): Promise<WritableFile> {
    this.#target = await resolveLink(this.#location);
    if (await fileKind(this.#target) === "other") {
      throw new TypeError(`Cannot write ${this.#location}: it is not a regular file`);
    }
    if (!this.#overwrite) await this.#refuseExisting();
    for (let attempt = 1;; attempt++) {
      const id = Math.floor(Math.random() * 2 ** 48).toString(36);
      this.#temporary = `${this.#target}.${id}.tmp`;
      try {
        return this.#file = await createFile(this.#temporary);
      } catch (error) {
        if ((error as { code?: string }).code !== "EEXIST" || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #refuseExisting(): Promise<void> {
    if (await fileKind(this.#target) !== null) throw this.#existing();
  }

  #existing(): TypeError {
    return new TypeError(`Cannot write ${this.#location}: there is a file already`);
  }
}
