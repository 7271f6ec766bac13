/**
 * Cuts inputs into parts, the work of one job each: files, or ranges of big ones.
 *
 * @module
 */

import type { Store } from "../../src/store/mod.ts";
import { openArrowFile } from "./arrow_file.ts";
import { isCompressed } from "./byte_source.ts";
import { openParquetFile } from "./parquet_file.ts";

/** What an input is. */
export type InputKind = "csv" | "ndjson" | "json" | "arrow" | "parquet";

/** The input of one job. */
export interface Part {
  /** Name of the file below the folder or bucket of the inputs. */
  readonly key: string;
  readonly kind: InputKind;
  /**
   * A range of the file: [from, to) of the bytes where lines begin (NDJSON), of the record batches (Arrow) or of the row groups (Parquet).
   * The whole file where it is missing.
   */
  readonly range?: readonly [from: number, to: number];
}

const ENDINGS: Readonly<Record<string, InputKind>> = {
  csv: "csv",
  tsv: "csv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  json: "json",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  parquet: "parquet",
};

/** What a file is by its ending, `.gz` and `.zst` apart; `null`: none of the inputs. */
export function kindOf(key: string): InputKind | null {
  const name = key.replace(/\.(?:gz|zst)$/i, "");
  return ENDINGS[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? null;
}

/** Lists the inputs and cuts those above `partBytes`. */
export async function* listParts(inputs: Store, partBytes: number): AsyncIterable<Part> {
  for await (const { key, size } of inputs.list()) {
    const kind = kindOf(key);
    if (kind === null) continue;
    const whole = { key, kind };
    if (size <= partBytes || isCompressed(key)) yield whole;
    else if (kind === "ndjson") yield* ranges(whole, size, partBytes);
    else if (kind === "arrow") yield* recordBatches(inputs, whole, size, partBytes);
    else if (kind === "parquet") yield* rowGroups(inputs, whole, partBytes);
    // A line break may stand within quotes: where a row of CSV begins is known from the start of the file only.
    else yield whole;
  }
}

function* ranges(whole: Part, count: number, step: number): Iterable<Part> {
  for (let from = 0; from < count; from += step) {
    yield { ...whole, range: [from, Math.min(from + step, count)] };
  }
}

async function* recordBatches(
  inputs: Store,
  whole: Part,
  size: number,
  partBytes: number,
): AsyncIterable<Part> {
  const file = await openArrowFile(inputs, whole.key, size);
  // A stream has no index of its batches.
  if (file === null) return yield whole;
  const batches = file.numRecordBatches;
  yield* ranges(whole, batches, Math.max(1, Math.floor(batches * partBytes / size)));
}

async function* rowGroups(inputs: Store, whole: Part, partBytes: number): AsyncIterable<Part> {
  const { metadata } = await openParquetFile(inputs, whole.key);
  const { length } = metadata.rowGroups;
  let from = 0, bytes = 0;
  for (const [i, { columns }] of metadata.rowGroups.entries()) {
    bytes += columns.reduce((sum, { metaData }) => sum + metaData.totalCompressedSize, 0);
    if (bytes < partBytes && i + 1 < length) continue;
    yield { ...whole, range: [from, i + 1] };
    from = i + 1;
    bytes = 0;
  }
}
