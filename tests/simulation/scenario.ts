/** What happens in one simulation. */

import type { WriterOptions } from "../../src/schema/writer_options.ts";
import type { BatchSpec, ColumnKind } from "./batches.ts";
import type { FileFault } from "./virtual_files.ts";
import type { SinkBehavior } from "./virtual_sink.ts";
import type { ThreadFault } from "./virtual_threads.ts";

/** One call of a writer. */
export type Call =
  | { readonly call: "write"; readonly batch: BatchSpec }
  | { readonly call: "flush" | "close" | "abort" | "dispose" | "signal" };

/** A call of a script. */
export type Step = Call & {
  /** Whether the caller waits for it; if not, nobody ever looks at its promise. */
  readonly awaited: boolean;
};

/** Where calls are made from inside the library. */
export interface Hook {
  readonly site: "progress" | "sink write" | "sink close" | "source" | "file step";
  /** Ordinal of the callback. */
  readonly ordinal: number;
  /** What is called; "throw": the callback throws. */
  readonly step: Step | { readonly call: "throw" };
}

/** What one writer does. */
export interface WriterScenario {
  readonly entry: "AsyncArrowWriter" | "Pipeline" | "writeParquet" | "ParquetEncoderStream";
  readonly columns: readonly ColumnKind[];
  readonly options: WriterOptions;
  /** For a pipeline. */
  readonly channelCapacity: number;
  readonly sink: SinkBehavior;
  readonly target: "sink" | "stream" | "file";
  /** For a file: whether there is one already. */
  readonly replaces: boolean;
  readonly fileFaults: readonly FileFault[];
  /** Callers, each with a script of its own; the first closes the writer. */
  readonly scripts: readonly (readonly Step[])[];
  readonly hooks: readonly Hook[];
  /** After how many actions the signal fires; `null`: there is no signal, -1: it has fired before. */
  readonly signalAt: number | null;
  /** For `writeParquet` and streams: where batches come from. */
  readonly source: "iterable" | "async iterable" | "stream" | "ipc";
  readonly batches: readonly BatchSpec[];
  readonly sourceFault: {
    readonly ordinal: number;
    readonly kind: "throws" | "hangs" | "is late" | "return rejects";
  } | null;
  /** For `ParquetEncoderStream`: after how many chunks the reader cancels. */
  readonly cancelAfter: number | null;
}

/** Everything that a simulation does. */
export interface Scenario {
  readonly seed: number;
  readonly writers: readonly WriterScenario[];
  readonly threadFaults: readonly ThreadFault[];
  /** A thread that is gone between two actions, whatever it is doing. */
  readonly threadDeath: { readonly action: number; readonly thread: number } | null;
  /** Whether kernel memory moves at each allocation. */
  readonly movingMemory: boolean;
  /** Threads that can be had. */
  readonly mostThreads: number;
  /** The n-th allocation of kernel memory on the caller's thread fails. */
  readonly hostFault: number | null;
  /** The n-th buffer that the library makes, on whatever thread, is not to be had. */
  readonly bufferFault: number | null;
}
