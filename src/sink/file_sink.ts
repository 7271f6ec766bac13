/** @module A sink that writes a file, so that the target is untouched or complete at any moment. */

import { type FileSystem, fileSystem, namesFolder, splitPath } from "../runtime/file_system.ts";
import { toPath } from "../runtime/files.ts";
import {
  type MissingPermission,
  missingPermission,
  permissionFlag,
  systemErrorCode,
  systemErrorText,
} from "../runtime/system_error.ts";
import { AbortError, SinkError, type SinkOutcome, WriterStateError } from "../util/errors.ts";
import { FileReplacement, StepError } from "./file_replacement.ts";
import type { Sink } from "./sink.ts";

/** Options of a {@linkcode FileSink}. */
export interface FileSinkOptions {
  /** Whether an existing file may be replaced. Default: `true`. */
  readonly overwrite?: boolean;
}

/**
 * Writes a temporary file next to the target; `close` syncs it to disk and renames it, `abort` removes it.
 *
 * The temporary file, `.NAME.….tmp`, is created with the first byte. After a failure or an abort the target is unchanged. It is the
 * complete new file if and only if `close` resolves (or rejects with `outcome: "unknown"`). No temporary file and no open handle is left. A
 * killed process leaves the temporary file, and the target unchanged.
 *
 * A new file gets the permissions that the umask leaves. A replaced file keeps its permissions and, if the process may set them, its owner
 * and group, but not its access control lists and hard links. Symbolic links are followed, even if their target does not exist yet. The
 * process needs to create files in the folder. Under a permission model it needs read and write access to the folder (Node:
 * `--allow-fs-read=FOLDER --allow-fs-write=FOLDER`, Deno: `--allow-read=FOLDER --allow-write=FOLDER`). Node's permission model does not
 * allow `fsync`, so the file is then written synchronously.
 */
export class FileSink implements Sink {
  /** {@linkcode Sink.borrowsBytes} */
  readonly borrowsBytes = true;
  /** {@linkcode Sink.awaitAbort} */
  readonly awaitAbort = true;
  readonly #location: string;
  readonly #overwrite: boolean;
  readonly #files: FileSystem;
  #replacement: FileReplacement | null = null;
  #bytesAccepted = 0;
  #closed = false;
  #abort: AbortError | null = null;
  #failure: unknown = null;
  #committed = false;
  /** The call under way: the next one, an abort too, comes after it. */
  #pending: Promise<unknown> = Promise.resolve();

  /**
   * Creates the sink; nothing is touched yet.
   *
   * @param location A path, or a `file:` URL.
   * @param files File system to use. Default: that of the machine.
   * @throws {TypeError} If the URL does not name a file, or the path is empty or that of a folder.
   */
  constructor(
    location: string | URL,
    options: FileSinkOptions = {},
    files: FileSystem = fileSystem,
  ) {
    this.#location = toPath(location);
    if (this.#location === "") throw new TypeError("Cannot write a file: the path is empty");
    if (namesFolder(this.#location)) {
      throw new TypeError(`Cannot write ${this.#location}: it names a folder`);
    }
    this.#overwrite = options.overwrite ?? true;
    this.#files = files;
  }

  /** Whether the file is complete and renamed. */
  get committed(): boolean {
    return this.#committed;
  }

  /**
   * {@linkcode Sink.write}
   *
   * @throws {TypeError} If the target exists and is not a regular file, or must not be replaced.
   * @throws {SinkError} If the file cannot be written. Nothing is left of it.
   * @throws {AbortError} If the sink was aborted in the meantime.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#enqueue(() => this.#write(bytes));
  }

  /**
   * {@linkcode Sink.close}
   *
   * @throws {TypeError} As {@linkcode FileSink.write}.
   * @throws {SinkError} If the file cannot be completed. With `outcome: "failed"` the target is unchanged.
   * @throws {AbortError} If the sink was aborted, or `signal` fired, before the rename: the target is unchanged.
   */
  close(signal?: AbortSignal): Promise<void> {
    const done = this.#enqueue(() => this.#commit());
    this.#closed = true;
    if (signal?.aborted) this.#stop(signal.reason);
    else signal?.addEventListener("abort", () => this.#stop(signal.reason), { once: true });
    return done;
  }

  /**
   * {@linkcode Sink.abort}. Ends the call in progress after its current step, and waits for that. If `close` has already renamed the file,
   * it resolves, and nothing is undone.
   */
  abort(reason?: unknown): Promise<void> {
    this.#stop(reason);
    return this.#pending.then(() => this.#discard());
  }

  #stop(reason: unknown): void {
    this.#abort ??= new AbortError(`Cannot write ${this.#location}: aborted`, { cause: reason });
  }

  /** Runs a call after those before it. */
  #enqueue(action: () => Promise<void>): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== null) return Promise.reject(refusal);
    const done = this.#pending.then(async () => {
      try {
        this.#checkpoint();
        await action();
      } catch (error) {
        // What fails by itself discards what it has; a call that was aborted before it began does not.
        await this.#discard().catch(() => {});
        this.#failure = this.#describe(error);
        throw this.#failure;
      }
    });
    this.#pending = done.catch(() => {});
    return done;
  }

  /** Why a call comes too late, `null` when it does not. */
  #refusal(): WriterStateError | null {
    const [state, cause] = this.#abort !== null
      ? ["aborted", this.#abort.cause]
      : this.#failure !== null
      ? ["failed", this.#failure]
      : this.#closed
      ? ["closed", undefined]
      : [null, undefined];
    if (state === null) return null;
    return new WriterStateError(`Cannot write ${this.#location}: it is ${state}`, { cause });
  }

  /** Throws when nothing more is to be done. */
  #checkpoint(): void {
    if (this.#abort !== null) throw this.#abort;
    if (this.#failure !== null) throw this.#refusal();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const replacement = this.#replacement ?? await this.#create();
    await replacement.write(bytes);
    this.#bytesAccepted += bytes.length;
  }

  async #commit(): Promise<void> {
    const replacement = this.#replacement ?? await this.#create();
    const doubt = await replacement.commit();
    this.#replacement = null;
    this.#committed = true;
    if (doubt !== null) throw this.#error(systemErrorText(doubt), "unknown", doubt);
  }

  async #create(): Promise<FileReplacement> {
    return this.#replacement = await FileReplacement.create({
      location: this.#location,
      overwrite: this.#overwrite,
      files: this.#files,
      checkpoint: () => this.#checkpoint(),
    });
  }

  async #discard(): Promise<void> {
    const replacement = this.#replacement;
    this.#replacement = null;
    try {
      await replacement?.discard();
    } catch (error) {
      throw this.#error(
        `cannot remove the temporary file: ${systemErrorText(error)}`,
        "failed",
        error,
      );
    }
  }

  /** Errors of the system and of permission models, as what they mean for the target. */
  #describe(error: unknown): unknown {
    const cause = error instanceof StepError ? error.cause : error;
    const missing = missingPermission(cause);
    if (missing !== null) return this.#error(this.#permissionText(missing), "failed", cause);
    // A commit in doubt has been described where that is known.
    if (error instanceof SinkError) return error;
    const text = error instanceof StepError ? error.message : systemErrorText(error);
    return text === null ? untouched(error) : this.#error(text, "failed", cause);
  }

  #permissionText(missing: MissingPermission): string {
    const { access, path, runtime } = missing;
    const { folder } = splitPath(path ?? this.#location);
    const flag = permissionFlag(missing, folder);
    return `the file is written to a temporary file next to it and renamed, and ${runtime} was not given ` +
      `permission to ${access} its folder (${flag})`;
  }

  #error(text: string | null, outcome: SinkOutcome, cause: unknown): SinkError {
    const message = `Cannot write ${this.#location}: ${text ?? String(cause)}`;
    const error = new SinkError(message, { bytesAccepted: this.#bytesAccepted, outcome, cause });
    const code = systemErrorCode(cause);
    return code === undefined ? error : Object.assign(error, { code });
  }
}

/** The error, which says that the target is what it was. */
function untouched(error: unknown): unknown {
  if (!(error instanceof Error) || "outcome" in error) return error;
  return Object.assign(error, { outcome: "failed" });
}
