/**
 * The strict verifier: reads a Parquet file from its first to its last byte, and holds everything that it says against what
 * the specification says and against what is there.
 *
 * The verifier itself is loaded by the first call: most programs only write.
 *
 * @module
 */

import type { ParquetSource } from "../format/parquet_source.ts";
import type { Fault } from "./fault.ts";
import type { VerifyOptions } from "./verify_options.ts";

/**
 * Verifies every byte of a Parquet file: structures, pages, values, and all that the file claims about them.
 *
 * Whatever is wrong with the bytes is returned, not thrown. An encrypted footer is a fault of the rule `encrypted` (encrypted columns under
 * a plain footer are a remark). What is larger than `limits` allow, a Bloom filter of more than 128 MiB, or an index of more than 64 MiB is
 * a fault of the rule `limit`. The first 100 findings of each rule are listed one by one. Memory does not grow with the file, and the work
 * yields to the event loop, so that `signal` can fire.
 *
 * @param source The file: its bytes, a Blob, a path, or a URL: `file:`, `s3:`, `az:`, `gs:`, or `https:`, read by ranges.
 * @param options Options of the verification.
 * @returns The findings in the order in which they were made; none if the file is right.
 * @throws {TypeError} If an argument is invalid.
 * @throws {AbortError} If `signal` fired.
 * @throws {FormatError} If the file is truncated while it is read.
 * @throws The error of the operating system if the file cannot be read.
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
