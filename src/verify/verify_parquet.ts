/**
 * The strict verifier: reads a Parquet file from its first to its last byte, and holds everything that it says against what
 * the specification says and against what is there.
 *
 * The verifier itself is loaded by the first call: most programs only write.
 *
 * @module
 */

import type { ParquetSource } from "../format/parquet_source.ts";
import type { InputLimits } from "../util/input_limits.ts";
import type { Fault } from "./fault.ts";

/** How far a verification has come. */
export interface VerifyProgress {
  /** Rows of the row groups that are done. */
  readonly rows: number;
  /** Bytes of pages that were looked at; those of sorting columns are looked at twice. */
  readonly bytes: number;
  /** Bytes of the file. */
  readonly totalBytes: number;
}

/** How to verify. */
export interface VerifyOptions {
  /** Returns remarks too: what is legal, but known to trip readers. Default: `false`. */
  readonly remarks?: boolean;
  /** Ends the verification with an {@linkcode AbortError}. */
  readonly signal?: AbortSignal;
  /** Called some times a second, and at the end. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Most bytes that a footer may have, in place of `limits.maxFooterBytes`. */
  readonly maxFooterBytes?: number;
  /**
   * What the file may cost; what is beyond is a fault of the rule `limit`, which says what to raise. Defaults are far above what
   * honest files need.
   */
  readonly limits?: InputLimits;
}

/**
 * Verifies a Parquet file, every byte of it: structures, pages, values, and all that is claimed about them.
 *
 * Whatever is wrong with the bytes is returned, and nothing of it is thrown: an encrypted footer is a fault of the rule
 * `encrypted` (encrypted columns under a plain footer are a remark), and what is larger than `limits` allow (and Bloom filters of
 * 128 MiB, indexes of 64 MiB) one of the rule `limit`. Of each rule, the first 100 findings are told one by one. Memory does not
 * grow with the file, and work is cut into turns, so that `signal` can fire.
 *
 * @param source The file: its bytes, a Blob, a path, or a URL: `file:`, `s3:`, `az:`, `gs:`, or `https:`, of which ranges are read.
 * @param options How to verify.
 * @returns What is wrong, in the order in which it was found; nothing, where the file is right.
 * @throws {TypeError} where an argument is wrong.
 * @throws {AbortError} where `signal` fired.
 * @throws {FormatError} where the file is cut while it is read.
 * @throws What the operating system says where the file cannot be read.
 *
 * @example A file that is right, and the same without its last byte
 * ```ts
 * import { toParquet, verifyParquet } from "parquet-ext";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const bytes = await toParquet(tableFromArrays({ id: Int32Array.of(1, 2, 3) }));
 * console.assert((await verifyParquet(bytes)).length === 0);
 * const [fault] = await verifyParquet(bytes.subarray(0, -1));
 * console.assert(fault?.rule === "magic");
 * ```
 */
export async function verifyParquet(
  source: ParquetSource,
  options: VerifyOptions = {},
): Promise<Fault[]> {
  const { verifyFile } = await import("./verification.ts");
  return await verifyFile(source, options, "all");
}

/**
 * Verifies what can be verified without a look at pages: the footer, the schema, row groups, and that everything lies where it may.
 *
 * @returns As {@linkcode verifyParquet}, for the rules about these.
 */
export async function verifyFrame(source: ParquetSource, options: VerifyOptions): Promise<Fault[]> {
  const { verifyFile } = await import("./verification.ts");
  return await verifyFile(source, options, "frame");
}
