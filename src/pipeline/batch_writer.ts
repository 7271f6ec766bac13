/**
 * A writer core with whatever batches, rows and columns come as in front: what every public writer is made of.
 *
 * @module
 */

import { type AnyRecordBatch, isRecordBatchLike } from "../arrow/arrow_objects.ts";
import { BatchMemory } from "../arrow/batch_memory.ts";
import { assertSameSchema } from "../arrow/batch_schema.ts";
import type { ColumnBatch } from "../arrow/column_array.ts";
import { type BatchCut, batchSlices, cutBatch } from "../arrow/batch_slices.ts";
import { allowanceOf, type ColumnBatchOptions } from "../arrow/column_batch.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { RawRecordBatch } from "../arrow/raw_array.ts";
import { recordBatchSteps, recordBatchToColumns, toRawBatch } from "../arrow/record_batch.ts";
import { SourceGuard } from "../arrow/source_guard.ts";
import { type BatchLike, type OpenedObject, openObject } from "../arrow/source_parts.ts";
import { notASource } from "../arrow/source_refusal.ts";
import { BatchSource } from "../rows/batch_source.ts";
import { RowIntake } from "../rows/row_intake.ts";
import { isRow, isRows } from "../rows/row_opener.ts";
import type { OpenedRows } from "../rows/row_reader.ts";
import { afterTurn, inTurns, now, TURN_MS } from "../runtime/clock.ts";
import { loadCodecs } from "../compression/codec_modules.ts";
import { encoderResources, type ExecutorResources } from "../executor/encoder_resources.ts";
import { kernelOffsetsCheck } from "../executor/offsets_check.ts";
import type { ResolvedOptions, WriterProgress } from "../schema/writer_options.ts";
import { WriterStateError } from "../util/errors.ts";
import { finished } from "../util/steps.ts";
import type { RowsLike } from "./rows_like.ts";
import type { WriteEnd } from "./write_end.ts";
import { WriterCore } from "./writer_core.ts";
import { planWriterSteps, type WriterPlan } from "./writer_plan.ts";

/** What a call resolves with that need not wait: one promise for all of them. */
const DONE: Promise<void> = Promise.resolve();

/** Row groups that a slice of a large batch has, at the most. */
const GROUPS_A_TURN = 32;

/** What takes the batches: one file, or many. */
export type BatchTarget =
  & Pick<
    WriterCore,
    | "abort"
    | "append"
    | "assertOpen"
    | "call"
    | "fail"
    | "flush"
    | "inProgressRows"
    | "memorySize"
    | "onFailure"
    | "progress"
    | "refuse"
    | "state"
  >
  & { close(): Promise<unknown> };

/** Writes record batches, rows and columns. */
export class BatchWriter<Core extends BatchTarget = WriterCore> {
  readonly core: Core;
  readonly #schema: ArrowSchema;
  /** How batches are checked. */
  readonly #check: ColumnBatchOptions;
  /** What was gathered from batches that are being appended. */
  readonly #memory = new BatchMemory();
  #lastTurn = now();
  /** Rows that are copied in one turn at the most, where row groups are so small that they are what takes time. */
  readonly #mostRows: number;
  /** Rows and columns that came, created with the first. */
  #intake: RowIntake | null = null;
  /** Whether rows go to the core with the call that they come with: what it checks is refused with that call then. */
  readonly #eager: boolean;
  /** Whether a source that has to be waited for is being written. */
  #reading = false;

  /** Puts the schema of `plan` in front of `core`, which works with `resources`. */
  constructor(
    core: Core,
    { arrowSchema, check, options, schema }: WriterPlan,
    { host }: ExecutorResources,
  ) {
    this.core = core;
    this.#schema = arrowSchema;
    this.#check = { ...check, ascending: kernelOffsetsCheck(host), memory: this.#memory };
    this.#mostRows = options.maxRowGroupRowCount * GROUPS_A_TURN;
    this.#eager = check.checks !== undefined || options.coerceTypes ||
      schema.sortingColumns.length > 0;
  }

  /**
   * Checks a batch, all batches of a table, rows or columns, and appends them; they are copied before this returns.
   *
   * @throws (as a rejection) {SchemaError | InvalidBatchError | LimitError} When it cannot be written; nothing of it
   * was, and the writer stays open. {WriterStateError} when the writer is not open.
   */
  write(batch: BatchLike | RowsLike): Promise<void> {
    try {
      this.#assertOpen();
      if (isRecordBatchLike(batch)) return this.#append([this.#toColumns(batch)]);
      const table = openObject(batch);
      if (table !== null) return this.#append(this.#tableToColumns(table));
      if (batch instanceof BatchSource) return this.#writeSource(batch);
      const intake = this.#intake ??= new RowIntake(this.#schema);
      if (!Array.isArray(batch) && isRow(batch) && intake.isColumns(batch)) {
        return this.#appendTaken(intake, intake.columns(batch));
      }
    } catch (error) {
      return this.core.refuse(error);
    }
    return this.writeRows(batch);
  }

  /** Checks a row, or rows in an array or another iterable, and appends them, as {@linkcode BatchWriter.write} does. */
  writeRows(rows: RowsLike): Promise<void> {
    try {
      this.#assertOpen();
      const intake = this.#intake ??= new RowIntake(this.#schema);
      if (Array.isArray(rows)) {
        if (!isRows(rows)) throw notASource(rows);
        return this.#appendTaken(intake, intake.many(rows));
      }
      const value: unknown = rows;
      if (isRow(value)) return this.#appendTaken(intake, intake.row(value));
      if (isIterable(value)) {
        return this.#appendTaken(intake, intake.many([...value]));
      }
      throw notASource(rows);
    } catch (error) {
      return this.core.refuse(error);
    }
  }

  /** How far the writer has come, rows that wait to be enough for a batch included. */
  get progress(): WriterProgress {
    const { progress } = this.core;
    return { ...progress, bufferedRows: progress.bufferedRows + (this.#intake?.rows ?? 0) };
  }

  /** {@linkcode WriterCore.memorySize}, with these rows. */
  get memorySize(): number {
    return this.core.memorySize + (this.#intake?.byteLength ?? 0);
  }

  /** {@linkcode WriterCore.inProgressRows}, with these rows. */
  get inProgressRows(): number {
    return this.core.inProgressRows + (this.#intake?.rows ?? 0);
  }

  /** Ends the row group in progress, as {@linkcode WriterCore.flush} does. */
  flush(): Promise<void> {
    if (this.#reading) return this.core.refuse(stillReading("flush"));
    this.appendGathered();
    return this.core.flush();
  }

  /** Ends the file, as {@linkcode WriterCore.close} does. */
  close(): ReturnType<Core["close"]> {
    if (this.#reading) this.core.fail(stillReading("close"));
    this.appendGathered();
    return this.core.close() as ReturnType<Core["close"]>;
  }

  #assertOpen(): void {
    this.core.assertOpen();
    if (this.#reading) throw stillReading("write");
  }

  #toColumns(batch: AnyRecordBatch): ColumnBatch {
    return recordBatchToColumns(batch, this.#schema, this.#check);
  }

  #tableToColumns({ schema, batches }: OpenedObject): ColumnBatch[] {
    assertSameSchema(this.#schema, schema);
    return Array.from(batches, (part) => this.#toColumns(part));
  }

  /** Appends batches after what has gathered. */
  #append(batches: readonly ColumnBatch[]): Promise<void> {
    this.appendGathered();
    return this.#handOver(...batches);
  }

  /** Appends batches, after which nothing refers to them. */
  #handOver(...batches: readonly ColumnBatch[]): Promise<void> {
    const done = this.core.append(...batches);
    this.#memory.release();
    return done;
  }

  #appendTaken(
    intake: RowIntake,
    taken: readonly RawRecordBatch[] | null,
  ): Promise<void> {
    let batches = taken;
    if (batches === null && this.#eager) {
      const rest = intake.rest();
      batches = rest === null ? [] : [rest];
    }
    if (batches === null) return DONE;
    let columns: ColumnBatch[];
    try {
      columns = batches.map((batch) => this.#toColumns(batch));
    } catch (error) {
      // Rows of other calls may be among them, which were accepted before.
      if (!this.#eager) this.core.fail(error);
      throw error;
    }
    return this.#handOver(...columns);
  }

  /** Appends the batches and rows that have gathered, though they are few. */
  appendGathered(): void {
    if (this.core.state !== "open") return;
    // They were accepted before: there is no way back.
    const fail = (error: unknown) => this.core.fail(error);
    const rest = this.#intake?.rest() ?? null;
    if (rest === null) return;
    try {
      this.core.append(this.#toColumns(rest)).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #writeSource(source: BatchSource): Promise<void> {
    assertSameSchema(this.#schema, source.schema);
    const guard = new SourceGuard();
    const opened = source.openFor(guard, true);
    if (!("then" in opened) && Symbol.iterator in opened.batches) {
      return this.#append(Array.from(opened.batches, (batch) => this.#toColumns(batch)));
    }
    this.#reading = true;
    return this.core.call(this.#writeAsync(Promise.resolve(opened), guard));
  }

  async #writeAsync(opening: Promise<OpenedRows>, guard: SourceGuard): Promise<void> {
    this.core.onFailure((error) => guard.end(error, error));
    let written = false;
    try {
      for await (const batch of (await opening).batches) {
        const columns = this.#toColumns(batch);
        written = true;
        await this.#append([columns]);
      }
    } catch (error) {
      // Part of the source may be in the file: there is no way back.
      if (written) this.core.fail(error);
      throw error;
    } finally {
      this.#reading = false;
    }
  }

  /**
   * The same for batches of a source that nobody else writes, with turns for others, so that a batch may be checked and copied only
   * after this has returned: large ones come in slices of their rows, and a few bytes of IPC can stand for very many slots.
   */
  writeInTurns(batch: AnyRecordBatch): Promise<void> {
    if (now() - this.#lastTurn >= TURN_MS) {
      return this.#turn().then(() => this.#writeSliced(batch));
    }
    return this.#writeSliced(batch);
  }

  #writeSliced(batch: AnyRecordBatch): Promise<void> {
    const raw = toRawBatch(batch, this.#schema);
    const isRaw = batch instanceof RawRecordBatch;
    // Of very many columns that takes as long as what follows. Nothing of it was checked yet.
    if (now() - this.#lastTurn >= TURN_MS) {
      return this.#turn().then(() => this.#writeRaw(raw, isRaw));
    }
    return this.#writeRaw(raw, isRaw);
  }

  #writeRaw(raw: RawRecordBatch, inSteps: boolean): Promise<void> {
    const cut = cutBatch(raw, this.#mostRows);
    if (cut !== null) return this.#writeSlices(raw, cut);
    // As a rule there is nothing to wait for.
    return inSteps ? this.#writeInSteps(raw) : this.#handOver(this.#toColumns(raw));
  }

  async #writeSlices(raw: RawRecordBatch, cut: BatchCut): Promise<void> {
    const check = { ...this.#check, allowance: allowanceOf(raw, this.#check) };
    for (const slice of batchSlices(cut)) {
      await this.#handOver(recordBatchToColumns(slice, this.#schema, check));
      if (now() - this.#lastTurn >= TURN_MS) await this.#turn();
    }
  }

  async #writeInSteps(batch: RawRecordBatch): Promise<void> {
    let steps = recordBatchSteps(batch, this.#schema, this.#check);
    let ours = false;
    for (let step = steps.next();; step = steps.next()) {
      if (step.done) return await this.#handOver(step.value);
      if (now() - this.#lastTurn < TURN_MS) continue;
      if (!ours) {
        // What was checked must not change before it is copied, and from here on the caller's code may run: it begins again.
        steps = recordBatchSteps(batch.copy(), this.#schema, this.#check);
        ours = true;
      }
      await this.#turn();
    }
  }

  async #turn(): Promise<void> {
    await new Promise<void>(afterTurn);
    this.#lastTurn = now();
  }

  /** The memory of all batches to come stays as it is: dictionaries that were copied need no look any more. */
  expectSteadyMemory(): void {
    if (this.#check.kept !== undefined) this.#check.kept.steady = true;
  }

  /** Aborts a writer that was neither closed nor aborted. */
  async dispose(): Promise<void> {
    if (this.core.state === "closed") return;
    await this.core.abort("it was disposed of before it was closed").catch(() => {});
  }
}

/** Whether a value may be rows one after the other. */
function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value &&
    !ArrayBuffer.isView(value);
}

function stillReading(what: string): WriterStateError {
  return new WriterStateError(
    `Cannot ${what}: a source is still being written; await that call of write before`,
  );
}

/** Fields of a schema that is planned in turns. */
const MANY_FIELDS = 1000;

/**
 * Opens a writer for a schema that is plain data already, options that are checked, and a write that was begun.
 *
 * @returns The writer; a promise of it where something has to be loaded first, or the schema takes its time.
 */
export function openColumnWriter(
  end: WriteEnd,
  schema: ArrowSchema,
  options: ResolvedOptions,
): BatchWriter | Promise<BatchWriter> {
  const steps = planWriterSteps(schema, options);
  if (schema.fields.length < MANY_FIELDS) return openPlanned(end, finished(steps));
  return inTurns(steps).then((plan) => openPlanned(end, plan!));
}

function openPlanned(end: WriteEnd, plan: WriterPlan): BatchWriter | Promise<BatchWriter> {
  const loading = loadCodecs(plan.schema.columns.map(({ properties }) => properties));
  const create = () => createColumnWriter(() => end, plan);
  return loading === null ? create() : loading.then(create);
}

/**
 * Creates the writer of a plan; what codecs need is there.
 *
 * @param depth Slabs that each worker may have in hand before the writer waits.
 */
export function createColumnWriter(
  end: () => WriteEnd,
  plan: WriterPlan,
  depth?: number,
): BatchWriter {
  const resources = encoderResources(plan.schema.columns, plan.options, depth);
  return new BatchWriter(new WriterCore(end(), plan, resources), plan, resources);
}
