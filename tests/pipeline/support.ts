/** Batches of two columns, writers over them, and sinks that misbehave. */

import type { ColumnBatch } from "../../src/arrow/column_array.ts";
import type { ArrowSchema } from "../../src/arrow/types.ts";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { ENCODER_WORKER_SOURCE } from "../../src/executor/encoder_worker.generated.ts";
import type { ExecutorResources } from "../../src/executor/encoder_resources.ts";
import { CostMemory } from "../../src/executor/placement.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import type { Sink } from "../../src/sink/sink.ts";

const none: ReadonlyMap<string, string> = new Map();

/** An Int64 `n` and a Utf8 `s`, neither nullable. */
export const schema: ArrowSchema = {
  fields: [
    {
      name: "n",
      type: { kind: "int", bitWidth: 64, signed: true },
      nullable: false,
      metadata: none,
    },
    { name: "s", type: { kind: "utf8" }, nullable: false, metadata: none },
  ],
  metadata: none,
};

/** Rows `from` to `from + rows` of an endless table: `n` is a scrambled row number, `s` a text of 1 to 13 characters. */
export function batch(from: number, rows: number): ColumnBatch {
  const numbers = new BigInt64Array(rows);
  const offsets = new Int32Array(rows + 1);
  const text: number[] = [];
  for (let i = 0; i < rows; i++) {
    const row = from + i;
    numbers[i] = BigInt(Math.imul(row, 2654435761));
    const digits = String(Math.imul(row, 40503) >>> (row % 19));
    for (let k = 0; k < digits.length; k++) text.push(digits.charCodeAt(k));
    offsets[i + 1] = text.length;
  }
  const data = Uint8Array.from(text);
  return {
    numRows: rows,
    columns: [
      {
        shape: "fixed",
        length: rows,
        validity: null,
        width: 8,
        values: new Uint8Array(numbers.buffer),
      },
      { shape: "bytes", length: rows, validity: null, offsets, data },
    ],
    byteLength: numbers.byteLength + offsets.byteLength + data.byteLength,
  };
}

/** Overwrites everything that a batch holds. */
export function scribble({ columns }: ColumnBatch): void {
  for (const column of columns) {
    if (column.shape === "fixed") column.values.fill(0xee);
    if (column.shape === "bytes") {
      column.data.fill(0xee);
      column.offsets.fill(0 as never);
    }
  }
}

/** One pool for a test file. */
export function testPool(): WorkerPool {
  return new WorkerPool(() => ENCODER_WORKER_SOURCE);
}

let host: EncoderHost | null = null;

/** Resources of a writer; workers are used from the first byte on, and they alone, unless said otherwise. */
export function resources(
  pool: WorkerPool,
  parallelism: number,
  inlineBytes = 1,
  callerShares = false,
): ExecutorResources {
  return {
    parallelism,
    callerShares,
    inlineBytes,
    inlineMilliseconds: 0,
    waitingBytes: 1 << 24,
    gatheredBytes: 1 << 22,
    depth: 4,
    pool,
    costs: new CostMemory(),
    host: () => host ??= new EncoderHost(createKernels()),
    modules: () => ({ kernels: null }),
  };
}

/** A writer core for {@linkcode schema}, uncompressed. */
export function core(
  sink: Sink,
  resources: ExecutorResources,
  options: WriterOptions = {},
): WriterCore {
  const resolved = resolveOptions({ compression: "uncompressed", ...options });
  const plan = planWriter(schema, resolved);
  return new WriterCore(new WriteEnd(sink, resolved), plan, resources);
}

/** What a {@linkcode FaultySink} does at a call: an error to reject with, or `"never"`. */
export type Fault = Error | "never";

/** Takes bytes and notes calls; does wrong as told. */
export class FaultySink implements Sink {
  readonly calls: string[] = [];
  byteLength = 0;
  /** Faults by call; writes by their ordinal from 0: `"write 2"`. */
  readonly faults: Readonly<Record<string, Fault>>;
  #writes = 0;

  constructor(faults: Readonly<Record<string, Fault>> = {}) {
    this.faults = faults;
  }
  /** Terminal calls. */
  get terminal(): string[] {
    return this.calls.filter((call) => !call.startsWith("write"));
  }
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#call(`write ${this.#writes++}`);
    this.byteLength += bytes.length;
  }
  close(): Promise<void> {
    return this.#call("close");
  }
  abort(): Promise<void> {
    return this.#call("abort");
  }
  #call(call: string): Promise<void> {
    this.calls.push(call);
    const fault = this.faults[call];
    if (fault === undefined) return Promise.resolve();
    return fault === "never" ? new Promise(() => {}) : Promise.reject(fault);
  }
}

/** Lets everything that is ready happen. */
export function settle(milliseconds = 20): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
