/**
 * Everything that an executor and an encoder worker say to each other.
 *
 * @module
 */

import type { EncodedColumnChunk } from "../column/encoded_column_chunk.ts";
import type { CodecModules } from "../compression/codec.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import type { ErrorRecord } from "./error_record.ts";
import type { SlabBuffer } from "./slab.ts";

/** A finished column chunk, and what it cost. */
export interface FinishedChunk {
  /** Ordinal of the row group in its writer. */
  readonly rowGroup: number;
  readonly chunk: EncodedColumnChunk;
  /** Milliseconds that encoding took. */
  readonly milliseconds: number;
  /** Bytes of segment records that it was made of. */
  readonly recordBytes: number;
}

/** From the executor to the worker. Each slab is answered once, those of one writer in order. */
export type WorkerRequest =
  /** Comes first: what the worker works with, and where it says which slabs it has answered ({@linkcode AnsweredSlabs.places}). */
  | {
    readonly type: "modules";
    readonly modules: EncoderModules;
    readonly answered: Int32Array | null;
  }
  /** A writer begins. `codecs` has only modules that this worker has not been given yet. */
  | {
    readonly type: "open";
    readonly writer: number;
    readonly plans: readonly ColumnPlan[];
    readonly codecs: CodecModules;
  }
  /** `byteLength` bytes of records at the start of `buffer`, which comes back with the answer unless it is shared. */
  | {
    readonly type: "slab";
    readonly writer: number;
    /** Ordinal among the slabs of this worker. */
    readonly slab: number;
    readonly buffer: SlabBuffer;
    readonly byteLength: number;
    /** Blocks for column chunks to come, as many as came with others at the most. */
    readonly blocks: readonly ArrayBuffer[];
  }
  /** A writer has ended; what is left of it is freed. Not answered. */
  | { readonly type: "close"; readonly writer: number };

/** From the worker to the executor. */
export type WorkerResponse =
  /** Comes first: the worker is there, with the modules that it was given. `version`: of the library that it is of. */
  | {
    readonly type: "ready";
    readonly writer: -1;
    readonly slab: null;
    readonly version: string;
  }
  /** A slab was encoded. */
  | {
    readonly type: "done";
    readonly writer: number;
    /** The slab's ordinal. */
    readonly slab: number;
    /** The slab's buffer, to be used again; `null`: the caller has it. */
    readonly buffer: ArrayBuffer | null;
    /** Bytes that the writer's unfinished column chunks hold in this worker now. */
    readonly memoryBytes: number;
    /** Bytes of the worker's kernel memory. */
    readonly kernelBytes: number;
    /** Milliseconds that the worker was busy since the last such answer, for whomever. */
    readonly milliseconds: number;
    readonly chunks: readonly FinishedChunk[];
  }
  /** The worker is busy with a slab that takes long, and its next step is about `bytes` bytes. */
  | { readonly type: "working"; readonly writer: -1; readonly slab: null; readonly bytes: number }
  /** Something could not be done: the writer has failed. */
  | {
    readonly type: "failed";
    readonly writer: number;
    readonly error: ErrorRecord;
    /** Ordinal of the slab that this answers, or `null`. */
    readonly slab: number | null;
  }
  /** The same, and the worker's memory cannot be trusted any more. */
  | {
    readonly type: "broken";
    readonly writer: number;
    readonly error: ErrorRecord;
    readonly slab: number | null;
  };
