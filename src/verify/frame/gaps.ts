/**
 * Bytes of a file that nothing in the footer names: copies of the metadata of column chunks, as some writers leave them behind
 * each chunk, or anything else.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnChunk.file_offset)
 *
 * @module
 */

import type { ParquetMetaData } from "../../format/metadata.ts";
import type { RandomAccess } from "../../format/read_metadata.ts";
import { decodeColumnMetaData } from "../../format/structures.ts";
import type { Findings } from "../findings.ts";
import { readExactly } from "./byte_window.ts";
import type { Gap } from "./file_layout.ts";

/** A gap that is larger is no copy of metadata. */
const MAX_COPY_BYTES = 2 ** 20;

/** Reports gaps: one by one, but copies of metadata once for the file. `onGap` is waited for after each. */
export async function reportGaps(
  findings: Findings,
  file: RandomAccess,
  metadata: ParquetMetaData,
  gaps: readonly Gap[],
  onGap: () => Promise<void> | null,
): Promise<void> {
  const chunks = new Set<string>();
  // Nothing to compare with where there is no gap.
  if (gaps.length > 0) {
    for (const { columns } of metadata.rowGroups) {
      for (const { metaData } of columns) chunks.add(identityOf(metaData));
    }
  }
  let copies = 0, copyBytes = 0, first = -1;
  for (const { start, end } of gaps) {
    const count = end - start > MAX_COPY_BYTES
      ? 0
      : countCopies(await readExactly(file, start, end - start), chunks);
    await onGap();
    if (count === 0) {
      const message = `${end - start} bytes from ${start} to ${end} belong to no structure`;
      findings.add("gap", message, { offset: start });
      continue;
    }
    copies += count;
    copyBytes += end - start;
    if (first < 0) first = start;
  }
  if (copies === 0) return;
  const message = copies === 1
    ? `a copy of a chunk's ColumnMetaData stands outside of the footer, ${copyBytes} bytes that no reader uses`
    : `${copies} copies of chunks' ColumnMetaData stand outside of the footer, ${copyBytes} bytes that no reader uses`;
  findings.add("metadata-copies", message, { offset: first });
}

type ColumnMetaData = ParquetMetaData["rowGroups"][number]["columns"][number]["metaData"];

/** What tells a chunk from others, even where some members of its copy are older. */
function identityOf({ dataPageOffset, pathInSchema }: ColumnMetaData): string {
  return JSON.stringify([dataPageOffset, ...pathInSchema]);
}

/** Number of copies that bytes hold, one behind the other; 0: they hold something else. */
function countCopies(bytes: Uint8Array, chunks: ReadonlySet<string>): number {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    const copy = decodeColumnMetaData(bytes, at);
    if (copy === null || !chunks.has(identityOf(copy.value))) return 0;
    at += copy.byteLength;
  }
  return count;
}
