/**
 * Replacing a file in one step: a temporary file beside it, which gets its name at the end.
 *
 * @module
 */

import { type FileSystem, joinPath, splitPath } from "../runtime/file_system.ts";
import type { WritableFile } from "../runtime/files.ts";
import { systemErrorCode, systemErrorText } from "../runtime/system_error.ts";
import { temporaryName } from "./temporary_name.ts";

/** Attempts to find a free name for the temporary file. */
const ATTEMPTS = 16;
/** Bytes of one call of the system: an abort waits for no more. */
const CALL_BYTES = 8 * 1024 * 1024;
/** Permissions of a new file, from which the umask takes. */
const NEW_MODE = 0o666;
/** Until it has those of the file that it replaces, a temporary file is its owner's alone. */
const PRIVATE_MODE = 0o600;

/** Temporary files that are there, or are about to be. */
const temporaries = new Set<string>();

/** Temporary files of this process that were not given their name or removed yet. */
export function pendingTemporaries(): readonly string[] {
  return [...temporaries];
}

/** A step that failed, where the system's own words would not say which. `cause` is what the system said. */
export class StepError extends Error {}

/** There is a file, and it must not be replaced. */
export class ExistingFileError extends TypeError {}

/** What is written, and how. */
export interface ReplacementOptions {
  /** The path as the caller gave it. */
  readonly location: string;
  /** Whether a file that is there may be replaced. */
  readonly overwrite: boolean;
  readonly files: FileSystem;
  /** Throws when nothing more is to be done. Called before each step. */
  readonly checkpoint: () => void;
}

/** A file that is being written. After any failure it has been discarded. */
export class FileReplacement {
  readonly #options: ReplacementOptions;
  readonly #target: string;
  readonly #temporary: string;
  readonly #identity: string;
  readonly #file: WritableFile;

  private constructor(
    options: ReplacementOptions,
    target: string,
    temporary: string,
    identity: string,
    file: WritableFile,
  ) {
    this.#options = options;
    this.#target = target;
    this.#temporary = temporary;
    this.#identity = identity;
    this.#file = file;
  }

  /** Looks at the target, and creates the temporary file. */
  static async create(options: ReplacementOptions): Promise<FileReplacement> {
    const { location, overwrite, files, checkpoint } = options;
    checkpoint();
    const target = await files.resolveLinks(location);
    checkpoint();
    const old = await files.facts(target);
    if (old !== null && old.kind !== "file") {
      const what = old.kind === "directory"
        ? "a directory; name a file in it"
        : "not a regular file";
      throw new TypeError(`Cannot write ${location}: it is ${what}`);
    }
    if (old !== null && !overwrite) throw existing(location);
    const { folder, name } = splitPath(target);
    for (let attempt = 1;; attempt++) {
      checkpoint();
      const id = Math.floor(Math.random() * 2 ** 48).toString(36);
      const temporary = joinPath(folder, temporaryName(name, id));
      temporaries.add(temporary);
      let file: WritableFile;
      try {
        file = await files.create(temporary, old === null ? NEW_MODE : PRIVATE_MODE);
      } catch (error) {
        temporaries.delete(temporary);
        if (systemErrorCode(error) === "EEXIST" && attempt < ATTEMPTS) continue;
        throw cannotCreate(folder, error);
      }
      try {
        checkpoint();
        // Also tells early whether the permission model will allow the renaming.
        const own = await files.facts(temporary);
        if (own === null) throw gone(temporary);
        checkpoint();
        if (old !== null) await files.adopt(temporary, own, old);
        return new FileReplacement(options, target, temporary, own.identity, file);
      } catch (error) {
        await discard(files, temporary, file).catch(() => {});
        throw error;
      }
    }
  }

  /** Writes all of `bytes` after those that were written before. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        this.#options.checkpoint();
        done += await this.#file.write(bytes.subarray(done, done + CALL_BYTES));
      }
      this.#options.checkpoint();
    } catch (error) {
      await this.discard().catch(() => {});
      throw error;
    }
  }

  /**
   * Puts the file on the disk and gives it its name.
   *
   * @returns What failed after the rename: a power failure may then undo it.
   * `null`: nothing.
   */
  async commit(): Promise<unknown> {
    const { files, checkpoint } = this.#options;
    try {
      checkpoint();
      await this.#file.sync();
      checkpoint();
      await this.#file.close();
      checkpoint();
      await this.#rename();
    } catch (error) {
      await this.discard().catch(() => {});
      throw error;
    }
    temporaries.delete(this.#temporary);
    try {
      await files.syncFolder(this.#target);
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Closes and removes the temporary file. */
  discard(): Promise<void> {
    return discard(this.#options.files, this.#temporary, this.#file);
  }

  async #rename(): Promise<void> {
    const { files, location, overwrite } = this.#options;
    try {
      if (overwrite) await files.rename(this.#temporary, this.#target);
      else await files.renameToFree(this.#temporary, this.#target);
    } catch (error) {
      // A network file system may lose the answer rather than the request: then the file has its name all the same.
      const now = await files.facts(this.#target).catch(() => null);
      if (now?.identity === this.#identity) {
        return await files.remove(this.#temporary).catch(() => {});
      }
      throw systemErrorCode(error) === "EEXIST" && !overwrite ? existing(location) : error;
    }
  }
}

async function discard(files: FileSystem, temporary: string, file: WritableFile): Promise<void> {
  // The bytes are dropped, so an error of closing does not matter.
  await file.close().catch(() => {});
  await files.remove(temporary);
  temporaries.delete(temporary);
}

function cannotCreate(folder: string, cause: unknown): unknown {
  const text = systemErrorText(cause);
  if (text === null) return cause;
  const isMissing = systemErrorCode(cause) === "ENOENT";
  return new StepError(
    isMissing
      ? `there is no folder ${folder}`
      : `cannot create a temporary file in the folder ${folder}: ${text}`,
    { cause },
  );
}

function existing(location: string): TypeError {
  return new ExistingFileError(`Cannot write ${location}: the file already exists`);
}

function gone(temporary: string): Error {
  return Object.assign(new Error(`ENOENT: the temporary file was removed: ${temporary}`), {
    code: "ENOENT",
  });
}
