/** Reads what became of a text. */

import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { type BatchSource, toParquet } from "../../mod.ts";

// deno-lint-ignore no-explicit-any
type Any = any;

/** The rows of the file that a source becomes. */
export async function rowsOf(source: BatchSource): Promise<Any[]> {
  const bytes = await toParquet(source, { parallelism: 0 });
  const { buffer, byteOffset, byteLength } = bytes;
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  return await parquetReadObjects({ file, compressors });
}

/** Columns and their types, as code. */
export async function typesOf(source: BatchSource): Promise<Record<string, string>> {
  const { shape } = await source.ready();
  source.cancel();
  return Object.fromEntries(
    Object.entries(shape).map((
      [name, type],
    ) => [name, String(type).replace(/\.nullable\(\)$/, "")]),
  );
}

/** Bytes in pieces that end where `cuts`, fractions of the whole, say. */
export function* pieces(bytes: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length]
    .sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    yield bytes.subarray(at, end);
    at = end;
  }
}
