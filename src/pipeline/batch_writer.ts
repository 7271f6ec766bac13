/**
 * A writer core with Arrow objects in front: what every public writer is made of.
 *
 * @module
 */

import { isRecordBatchLike, type SchemaLike, toArrowSchema } from "../arrow/arrow_objects.ts";
import { assertSameSchema } from "../arrow/batch_schema.ts";
import type { ColumnBatch } from "../arrow/column_array.ts";
import type { ColumnBatchOptions } from "../arrow/column_batch.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { RawRecordBatch } from "../arrow/raw_array.ts";
import { recordBatchSteps, recordBatchToColumns } from "../arrow/record_batch.ts";
import { type BatchLike, openObject } from "../arrow/source_parts.ts";
import { notASource } from "../arrow/source_refusal.ts";
import { afterTurn, now, TURN_MS } from "../runtime/clock.ts";
import { encoderResources } from "../executor/encoder_resources.ts";
import { resolveOptions } from "../schema/resolve_options.ts";
import type { ResolvedOptions, WriterOptions } from "../schema/writer_options.ts";
import type { Sink } from "../sink/sink.ts";
import { WriteEnd } from "./write_end.ts";
import { WriterCore } from "./writer_core.ts";
import { planWriter, type WriterPlan } from "./writer_plan.ts";

/** Writes Arrow record batches. */
export class BatchWriter {
  readonly core: WriterCore;
  readonly #schema: ArrowSchema;
  /** How batches are checked. */
  readonly #check: ColumnBatchOptions;
  #lastTurn = now();

  /** Puts the schema of `plan` in front of `core`. */
  constructor(core: WriterCore, { arrowSchema, check }: WriterPlan) {
    this.core = core;
    this.#schema = arrowSchema;
    this.#check = check;
  }

  /**
   * Checks a batch, or all batches of a table, and appends them; they are copied before this returns.
   *
   * @throws (as a rejection) {SchemaError | InvalidBatchError | LimitError} When the batch cannot be written; nothing of it
   * was, and the writer stays open. {WriterStateError} when the writer is not open.
   */
  write(batch: BatchLike): Promise<void> {
    let batches: ColumnBatch[];
    try {
      this.core.assertOpen();
      batches = this.#convert(batch);
    } catch (error) {
      return this.core.refuse(error);
    }
    return this.core.append(...batches);
  }

  #convert(batch: BatchLike): ColumnBatch[] {
    if (isRecordBatchLike(batch)) return [recordBatchToColumns(batch, this.#schema, this.#check)];
    const table = openObject(batch);
    if (table === null) throw notASource(batch);
    assertSameSchema(this.#schema, table.schema);
    return Array.from(
      table.batches,
      (part) => recordBatchToColumns(part, this.#schema, this.#check),
    );
  }

  /**
   * The same for batches of a source that nobody else writes, with turns for others: a few bytes of IPC can stand for very many
   * slots, so a batch of them may be checked and copied only after this has returned.
   */
  async writeInTurns(batch: BatchLike): Promise<void> {
    if (!(batch instanceof RawRecordBatch)) return await this.write(batch);
    if (now() - this.#lastTurn >= TURN_MS) await this.#turn();
    let steps = recordBatchSteps(batch, this.#schema, this.#check);
    let ours = false;
    for (let step = steps.next();; step = steps.next()) {
      if (step.done) return await this.core.append(step.value);
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

  /** Says whether the memory of all batches to come stays as it is: then dictionaries that were copied need no look any more. */
  expectSteadyMemory(steady: boolean): void {
    if (this.#check.kept !== undefined) this.#check.kept.steady = steady;
  }

  /** Aborts a writer that was neither closed nor aborted. */
  async dispose(): Promise<void> {
    if (this.core.state === "closed") return;
    await this.core.abort("it was disposed of before it was closed").catch(() => {});
  }
}

/**
 * Creates a writer.
 *
 * @param sink Makes the sink; called when everything else was found in order, since a sink may lock its stream.
 */
export function createBatchWriter(
  sink: () => Sink,
  schema: SchemaLike,
  options: WriterOptions = {},
  depth?: number,
): BatchWriter {
  const resolved = resolveOptions(options);
  const end = () => new WriteEnd(sink(), resolved);
  return createColumnWriter(end, toArrowSchema(schema), resolved, depth);
}

/** {@linkcode createBatchWriter} for a schema that is plain data already, options that are checked, and a write that was begun. */
export function createColumnWriter(
  end: () => WriteEnd,
  schema: ArrowSchema,
  options: ResolvedOptions,
  depth?: number,
): BatchWriter {
  const plan = planWriter(schema, options);
  const resources = encoderResources(plan.schema.columns, options, depth);
  return new BatchWriter(new WriterCore(end(), plan, resources), plan);
}
