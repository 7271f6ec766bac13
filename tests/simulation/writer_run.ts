/** One writer of a simulation: its callers, what they were told, and what its sink saw. */

import type { Schema } from "apache-arrow";
import { ParquetEncoderStream } from "../../src/pipeline/parquet_encoder_stream.ts";
import { writeParquet } from "../../src/pipeline/write_parquet.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { FileSink } from "../../src/sink/file_sink.ts";
import type { SinkTarget } from "../../src/store/to_sink.ts";
import { type BatchSpec, byteLength, makeBatch, schemaOf, scribble } from "./batches.ts";
import { aborted, type Cause, refused, sinkFailed, sinkSilent, thrown } from "./causes.ts";
import { arrowWriter, type Handle, pipeline } from "./handles.ts";
import type { Call, Hook, Step, WriterScenario } from "./scenario.ts";
import type { Scheduler } from "./scheduler.ts";
import { TrackedSignal } from "./tracked_signal.ts";
import { TARGET, VirtualFiles } from "./virtual_files.ts";
import { VirtualSink, virtualStream } from "./virtual_sink.ts";
import { VirtualSource } from "./virtual_source.ts";

/** Values that an encoder's dictionary has room for at first, and bytes that it may hold until it grows, however few they are. */
const FIRST_VALUES = 256, FIRST_BYTES = 24 * 1024;
/** Bytes that it may hold when it has grown for the first time, fourfold at least. */
const GROWN_BYTES = 96 * 1024;
/** Bytes that it may hold for each of more values: it grows eightfold where they are distinct. */
const DICTIONARY_BYTES_A_VALUE = 8 * 24;

/** A call that was made, and what came of it. */
export interface MadeCall {
  readonly name: string;
  readonly call: Call["call"] | "result";
  /** Order among all calls of the writer. */
  readonly order: number;
  readonly batch: BatchSpec | null;
  /** Whether anybody looks at its promise. */
  readonly awaited: boolean;
  state: "pending" | "fulfilled" | "rejected";
  value: unknown;
}

/** A writer at work. */
export class WriterRun {
  readonly name: string;
  readonly scenario: WriterScenario;
  readonly schema: Schema;
  readonly sink: VirtualSink;
  /** Where the file is written, if it is; then the sink hears nothing. */
  readonly files: VirtualFiles | null;
  readonly source: VirtualSource;
  readonly signal: TrackedSignal | null;
  readonly calls: MadeCall[] = [];
  readonly causes: Cause[] = [];
  readonly problems: string[] = [];
  /** Whether the writer was aborted before the sink was told to commit. */
  abortedBeforeCommit = false;
  /** Whether a callback has thrown. */
  hookThrew = false;
  /** Whether the writer could not be made. */
  neverMade = false;
  /** Whether every call so far was waited for, one at a time: then the budget holds. */
  #patient = true;
  readonly #scheduler: Scheduler;
  readonly #kernelBytes: () => number;
  #handle: Handle | null = null;
  #callers = 0;
  #counts = { progress: 0 };

  /** `kernelBytes`: of all threads, which count for each writer. */
  constructor(
    scheduler: Scheduler,
    ordinal: number,
    scenario: WriterScenario,
    kernelBytes: () => number,
  ) {
    this.#kernelBytes = kernelBytes;
    this.name = `writer ${ordinal}`;
    this.scenario = scenario;
    this.schema = schemaOf(scenario.columns, this.name);
    this.#scheduler = scheduler;
    this.sink = new VirtualSink(scheduler, `sink ${ordinal}`, scenario.sink);
    const { target, entry, fileFaults, replaces } = scenario;
    this.files = target === "file" && entry !== "ParquetEncoderStream"
      ? new VirtualFiles(scheduler, `files ${ordinal}`, fileFaults, replaces)
      : null;
    if (this.files !== null) this.files.during = (step) => this.#runHooks("file step", step);
    this.source = new VirtualSource(
      scheduler,
      `source ${ordinal}`,
      scenario.batches.map((batch) => () => makeBatch(this.schema, batch)),
      scenario.sourceFault,
    );
    const hooked = scenario.hooks.some(({ step }) => step.call === "signal");
    const needsSignal = scenario.signalAt !== null || hooked ||
      scenario.entry === "writeParquet" || scenario.entry === "ParquetEncoderStream";
    this.signal = needsSignal ? new TrackedSignal() : null;
    this.sink.during = (call, count) => {
      if (call !== "abort") this.#runHooks(call === "write" ? "sink write" : "sink close", count);
    };
    this.source.during = (count) => this.#runHooks("source", count);
    if (scenario.signalAt === -1) this.#fire();
    else if (scenario.signalAt !== null) scheduler.interrupt(scenario.signalAt, () => this.#fire());
  }

  /** Whether callers are still at it. */
  get busy(): boolean {
    return this.#callers > 0;
  }

  /** Whether something may keep this writer from ever ending. */
  get mayHang(): boolean | undefined {
    const { entry, sourceFault, options } = this.scenario;
    // `pipeTo` waits for a write that hangs, whatever becomes of its source.
    const limited = options.sinkTimeoutMs !== undefined && entry !== "ParquetEncoderStream";
    return ((this.sink.hangs || this.files?.hangs) && !limited) ||
      (sourceFault?.kind === "hangs" && this.source.asked > sourceFault.ordinal);
  }

  /** What the writer came to: the end of the file, or of the call. */
  get result(): MadeCall | undefined {
    return this.calls.find(({ call }) => call === "result");
  }

  /** Begins. What cannot even be made has that for its result, and its sink is still the caller's. */
  start(): void {
    try {
      this.#begin();
    } catch (error) {
      this.#scheduler.note(`${this.name} cannot be made: ${error}`);
      this.neverMade = true;
      Object.assign(this.#reserve("constructor", "result", null, true), {
        state: "rejected",
        value: error,
      });
    }
  }

  #begin(): void {
    const { entry } = this.scenario;
    if (entry === "writeParquet") return this.#writeParquet();
    if (entry === "ParquetEncoderStream") return this.#stream();
    this.#handle = entry === "Pipeline"
      ? pipeline(this.#target, this.schema, this.#options, this.scenario.channelCapacity)
      : arrowWriter(this.#target, this.schema, this.#options);
    this.scenario.scripts.forEach((script, i) => {
      this.#callers++;
      this.#runScript(`${this.name} caller ${i}`, script).finally(() => this.#callers--);
    });
  }

  /** Ends a writer that nothing else will end. */
  giveUp(): void {
    if (this.#handle !== null) this.#make({ call: "abort" }, true);
    else this.#fire();
  }

  /** Asks once more what came of the file. */
  finish(): void {
    if (this.#handle === null) return;
    this.#scheduler.note(`${this.name} is asked for its result`);
    this.#record("result", "result", null, this.#handle.close(), true);
  }

  /** Bytes that the writer says it holds. */
  get memorySize(): number | null {
    return this.#handle?.memorySize ?? null;
  }

  // --- entries -----------------------------------------------------------------------------------------------------

  get #options(): WriterOptions {
    const onProgress = () => this.#runHooks("progress", this.#counts.progress++);
    return {
      ...this.scenario.options,
      onProgress,
      ...(this.signal === null ? {} : { signal: this.signal.signal }),
    };
  }

  get #target(): SinkTarget {
    if (this.files !== null) return new FileSink(TARGET, {}, this.files);
    return this.scenario.target === "stream" ? virtualStream(this.sink) : this.sink;
  }

  #writeParquet(): void {
    const source = this.source.as(this.scenario.source);
    this.#noteSourceBatches();
    const result = writeParquet(source, this.#target, this.#options);
    this.#record("writeParquet", "result", null, result, true);
  }

  #stream(): void {
    this.#noteSourceBatches();
    const stream = new ParquetEncoderStream(this.schema as never, this.#options);
    const input = this.source.stream().pipeTo(stream.writable as never);
    input.catch(() => {});
    this.#callers++;
    input.then(() => this.#callers--, () => this.#callers--);
    const { cancelAfter } = this.scenario;
    const output = cancelAfter === null
      ? stream.readable.pipeTo(virtualStream(this.sink))
      : this.#readSome(stream.readable, cancelAfter);
    output.catch(() => {});
    this.#record(
      "ParquetEncoderStream",
      "result",
      null,
      Promise.all([stream.metadata, output]).then(([metadata]) => metadata),
      true,
    );
  }

  async #readSome(readable: ReadableStream<Uint8Array<ArrayBuffer>>, chunks: number) {
    const reader = readable.getReader();
    for (let i = 0; i < chunks; i++) {
      await this.#scheduler.point(`${this.name} reader`, "reads");
      const { done, value } = await reader.read();
      if (done) return void await this.sink.close();
      try {
        await this.sink.write(value);
      } catch (error) {
        this.sink.abort(error);
        await reader.cancel(error);
        throw error;
      }
    }
    await this.#scheduler.point(`${this.name} reader`, "cancels");
    const reason = new Error("the reader has read enough");
    this.#noteAbort(reason);
    this.sink.abort(reason);
    await reader.cancel(reason);
    throw reason;
  }

  /** Batches of a source are written as they are given; a wrong one ends the file. */
  #noteSourceBatches(): void {
    for (const batch of this.scenario.batches) {
      this.calls.push({
        name: "batch of the source",
        call: "write",
        order: this.calls.length,
        batch,
        awaited: false,
        state: "pending",
        value: undefined,
      });
      if (batch.fault !== "none") this.causes.push(refused());
    }
  }

  // --- calls -------------------------------------------------------------------------------------------------------

  async #runScript(name: string, script: readonly Step[]): Promise<void> {
    for (const step of script) {
      await this.#scheduler.point(name, `${step.awaited ? "awaits " : ""}${describe(step)}`);
      const made = this.#make(step, step.awaited);
      if (made === null) continue;
      await made;
    }
  }

  /** Makes a call; returns what to wait for, which never rejects, or `null`. */
  #make(step: Call, awaited: boolean): Promise<void> | null {
    const handle = this.#handle!;
    switch (step.call) {
      case "signal":
        this.#fire();
        return null;
      case "write": {
        const batch = makeBatch(this.schema, step.batch);
        const made = this.#reserve(describe(step), "write", step.batch, awaited);
        if (!awaited || this.scenario.scripts.length > 1 || this.scenario.hooks.length > 0) {
          this.#patient = false;
        }
        if (!awaited && step.batch.fault !== "none") this.causes.push(refused());
        const bytes = byteLength(batch);
        const promise = handle.write(batch);
        scribble(batch);
        if (!awaited) return null;
        return this.#watch(made, promise, () => this.#checkBudget(bytes));
      }
      case "abort": {
        const reason = new Error(`${this.name} was given up`);
        const made = this.#reserve("abort", "abort", null, awaited);
        this.#noteAbort(reason);
        const promise = handle.abort(reason);
        return awaited ? this.#watch(made, promise) : null;
      }
      case "dispose": {
        const made = this.#reserve("dispose", "dispose", null, awaited);
        this.#noteAbort("it was disposed of before it was closed");
        const promise = handle.dispose();
        return awaited ? this.#watch(made, promise) : null;
      }
      case "flush":
      case "close": {
        const made = this.#reserve(step.call, step.call, null, awaited);
        const promise = handle[step.call]();
        if (awaited) {
          return this.#watch(made, promise, () => {
            if (step.call === "flush") this.#checkFlushed(made);
          });
        }
        // The last call to tell of a failure: where nobody listens to it, the process is told.
        if (step.call === "close") promise.catch(() => {});
        return null;
      }
    }
  }

  #record(
    name: string,
    call: MadeCall["call"],
    batch: BatchSpec | null,
    promise: PromiseLike<unknown>,
    awaited: boolean,
  ): void {
    void this.#watch(this.#reserve(name, call, batch, awaited), promise);
  }

  #reserve(
    name: string,
    call: MadeCall["call"],
    batch: BatchSpec | null,
    awaited: boolean,
  ): MadeCall {
    const made: MadeCall = {
      name,
      call,
      order: this.calls.length,
      batch,
      awaited,
      state: "pending",
      value: undefined,
    };
    this.calls.push(made);
    return made;
  }

  async #watch(
    made: MadeCall,
    promise: PromiseLike<unknown>,
    then: () => void = () => {},
  ): Promise<void> {
    try {
      made.value = await promise;
      made.state = "fulfilled";
      this.#scheduler.note(`${this.name} ${made.name} is fulfilled`);
      then();
    } catch (error) {
      made.value = error;
      made.state = "rejected";
      this.#scheduler.note(`${this.name} ${made.name} is rejected: ${error}`);
    }
  }

  /**
   * A row group in progress is always let go on, and its encoders hold up to three times what it has in Arrow, and some kilobytes for
   * each dictionary; all else has to wait.
   */
  #checkBudget(batchBytes: number): void {
    const { memorySize } = this.#handle!;
    if (memorySize === null || !this.#patient) return;
    // It may count for less than all of it.
    const held = memorySize - this.#kernelBytes();
    const leaves = this.scenario.columns.reduce(
      (sum, kind) => sum + (kind === "struct" ? 2 : 1),
      0,
    );
    const rows = this.scenario.batches.reduce((sum, batch) => sum + batch.rows, 0);
    const dictionaryBytes = rows > FIRST_VALUES
      ? Math.max(GROWN_BYTES, rows * DICTIONARY_BYTES_A_VALUE)
      : FIRST_BYTES;
    const most = 3 * this.scenario.options.memoryBudget! + batchBytes + leaves * dictionaryBytes;
    if (held > most) this.problems.push(`${held} bytes are held instead of at most ${most}`);
  }

  /** What was flushed is at the sink, if nothing was called in between. */
  #checkFlushed(flush: MadeCall): void {
    const written = this.#handle!.bytesWritten;
    if (written === null || this.scenario.target !== "sink" || this.calls.at(-1) !== flush) return;
    const taken = this.sink.calls.reduce(
      (sum, { bytes, state }) => sum + (state === "fulfilled" ? bytes?.length ?? 0 : 0),
      0,
    );
    if (taken < written) this.problems.push(`${taken} of ${written} bytes were flushed`);
  }

  #fire(): void {
    if (this.signal === null || this.signal.signal.aborted) return;
    this.#scheduler.note(`${this.name}: the signal fires`);
    const reason = new Error(`the signal of ${this.name}`);
    this.#noteAbort(reason);
    this.signal.abort(reason);
  }

  #noteAbort(reason: unknown): void {
    if (this.result !== undefined && this.result.state !== "pending") return;
    const committing = this.files?.renamed ?? this.sink.last("close") !== undefined;
    // A stream may have ended, and what comes after it not heard of that.
    if (!committing && this.scenario.entry !== "ParquetEncoderStream") {
      this.abortedBeforeCommit = true;
    }
    this.causes.push(aborted(reason));
  }

  #runHooks(site: Hook["site"], ordinal: number): void {
    for (const hook of this.scenario.hooks) {
      if (hook.site !== site || hook.ordinal !== ordinal) continue;
      this.#scheduler.note(`${this.name} during ${site} ${ordinal}: ${describe(hook.step)}`);
      if (hook.step.call === "throw") {
        const error = new Error(`${site} ${ordinal} of ${this.name} throws`);
        this.causes.push(thrown(error));
        this.hookThrew = true;
        throw error;
      }
      if (this.#handle === null && hook.step.call !== "signal") continue;
      this.#make(hook.step, hook.step.awaited);
    }
  }

  /** Causes, with those that the sink and the source know of. */
  get allCauses(): Cause[] {
    const { options, sink, fileFaults } = this.scenario;
    const silent = options.sinkTimeoutMs !== undefined &&
      [...sink.faults, ...fileFaults].some(({ kind }) => kind === "hangs" || kind === "is late");
    return [
      ...this.causes,
      ...(this.files?.raised ?? []).map(sinkFailed),
      ...this.sink.raised.map((error) =>
        this.scenario.entry === "ParquetEncoderStream" ? thrown(error) : sinkFailed(error)
      ),
      ...(silent ? [sinkSilent] : []),
      ...this.source.raised.map(thrown),
    ];
  }
}

function describe(step: Call | { readonly call: "throw" }): string {
  if (step.call !== "write") return step.call;
  const { rows, fault } = step.batch;
  return `write ${rows} rows${fault === "none" ? "" : ` with ${fault}`}`;
}
