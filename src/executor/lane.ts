/**
 * A lane: a thread that encodes column chunks of one writer.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import type { FINISH_CHUNK, OPEN_CHUNK } from "./control_record.ts";
import type { RecordChunk } from "./record_packer.ts";

/** One of the threads that a writer's column chunks are encoded on. */
export interface Lane {
  /** Milliseconds that it is expected to take to encode what was appended and is not encoded yet. */
  readonly milliseconds: number;
  /** Appends rows [from, to) to a chunk of this lane; returns the bytes of their records. */
  append(chunk: RecordChunk, array: ColumnArray, from: number, to: number): number;
  /** Begins or ends a chunk. */
  control(kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK, chunk: RecordChunk): void;
}
