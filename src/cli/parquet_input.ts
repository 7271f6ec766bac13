/**
 * Parquet files that are looked at: paths, and standard input.
 *
 * @module
 */

import { openParquetSource, type ParquetSource } from "../format/parquet_source.ts";
import { UsageError } from "./failure.ts";
import { STANDARD_STREAM } from "./paths.ts";
import { formatBytes } from "./quantities.ts";
import type { Terminal } from "./terminal.ts";

/** A file to be looked at. */
export interface ParquetInput {
  /** For messages. */
  readonly name: string;
  readonly byteLength: number;
  readonly source: ParquetSource;
}

/** Bytes of standard input that are held in memory: a Parquet file is read from its end. */
export const MAX_STANDARD_INPUT_BYTES = 2 ** 30;

/** The name of what is at a path, or of standard input, for messages. */
export function inputName(path: string): string {
  return path === STANDARD_STREAM ? "standard input" : path;
}

/**
 * Opens a file, or reads standard input to its end.
 *
 * @param path A path, or `-`.
 * @throws {UsageError} When standard input is a terminal, or larger than `limit` bytes.
 * @throws What the operating system says.
 */
export async function openParquetInput(
  path: string,
  terminal: Terminal,
  limit = MAX_STANDARD_INPUT_BYTES,
): Promise<ParquetInput> {
  const name = inputName(path);
  if (path !== STANDARD_STREAM) {
    const file = await openParquetSource(path);
    const { byteLength } = file;
    await file.close();
    return { name, byteLength, source: path };
  }
  if (terminal.inputIsTerminal) {
    throw new UsageError("Cannot read standard input: it is a terminal");
  }
  const bytes = await readAll(terminal.input(), name, limit);
  return { name, byteLength: bytes.length, source: bytes };
}

/** All bytes of an input that comes front to back, at most `limit`. */
export async function readAll(
  input: AsyncIterable<Uint8Array>,
  name: string,
  limit = MAX_STANDARD_INPUT_BYTES,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of input) {
    byteLength += chunk.length;
    if (byteLength > limit) {
      throw new UsageError(
        `Cannot read ${name}: it is larger than ${formatBytes(limit)}; give the path of a file`,
      );
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
