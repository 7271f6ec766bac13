/** @module Options of a verification. */

import type { InputLimits } from "../util/input_limits.ts";

/** Progress of a verification. */
export interface VerifyProgress {
  /** Rows of the row groups checked so far. */
  readonly rows: number;
  /** Bytes of the pages checked so far; those of sorting columns are read twice. */
  readonly bytes: number;
  /** Bytes of the file. */
  readonly totalBytes: number;
}

/** How to verify. */
export interface VerifyOptions {
  /** Whether to return remarks too: what is legal, but known to trip readers. Default: `false`. */
  readonly remarks?: boolean;
  /** Aborts the verification with an {@linkcode AbortError}. */
  readonly signal?: AbortSignal;
  /** Called a few times a second, and at the end. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Maximum size of the footer in bytes, in place of `limits.maxFooterBytes`. */
  readonly maxFooterBytes?: number;
  /**
   * Limits of the file. Exceeding one is a fault of the rule `limit`, which names the limit to raise. The defaults are far above what
   * normal files need.
   */
  readonly limits?: InputLimits;
}
