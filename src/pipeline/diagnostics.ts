/** @module What `onDiagnostic` is told. */

import type { Diagnostic } from "../schema/writer_options.ts";
import { promiseOf } from "../util/thenable.ts";

/** Calls `onDiagnostic`, which may fail, or give a promise that rejects. */
export class Diagnostics {
  readonly #onDiagnostic: ((diagnostic: Diagnostic) => unknown) | null;
  readonly #failed: (error: unknown) => void;

  /** `failed` hears of what `onDiagnostic` throws. */
  constructor(
    onDiagnostic: ((diagnostic: Diagnostic) => unknown) | null,
    failed: (error: unknown) => void,
  ) {
    this.#onDiagnostic = onDiagnostic;
    this.#failed = failed;
  }

  /** Workers were wanted and could not be started. */
  noWorkers(cause: Error | null): void {
    const reason = cause === null ? "" : ` (${cause.message})`;
    this.#tell({
      code: "no-workers",
      message:
        `Encoder workers cannot be started${reason}: the caller's thread encodes everything. Where a content ` +
        "security policy is the reason, allow worker-src blob:, or set workerUrl",
      cause,
    });
  }

  /** Snappy stands in for zstd. */
  noZstd(): void {
    this.#tell({
      code: "no-zstd",
      message:
        "zstd is not available where WebAssembly is forbidden: pages are compressed with snappy. " +
        "Allow script-src 'wasm-unsafe-eval', or say compression: \"snappy\"",
    });
  }

  #tell(diagnostic: Diagnostic): void {
    if (this.#onDiagnostic === null) return;
    try {
      promiseOf(this.#onDiagnostic(diagnostic))?.catch(this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }
}
