/** @module Interface only for now: being written. */

import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { EncodedColumnChunk } from "./encoded_column_chunk.ts";

/** Encodes one column chunk: the one unit of work, inline or in a worker. */
export declare class ColumnChunkEncoder {
  constructor(kernels: Kernels, plan: ColumnPlan);
  /** Bytes of finished pages held, and of kernel memory held. */
  readonly memoryBytes: number;
  /** Encodes the segment record at `segment` in kernel memory; nothing of it is kept by reference. */
  append(segment: Pointer): void;
  /** Closes the chunk. The encoder's kernel memory is given back. */
  finish(): EncodedColumnChunk;
  /** Gives up: frees everything. Safe to call at any time, more than once. */
  dispose(): void;
}
