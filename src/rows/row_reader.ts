/**
 * Rows from wherever they come, into batches.
 *
 * @module
 */

import type { RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { Inference } from "./infer.ts";
import { RowBatcher } from "./row_batcher.ts";
import type { RowSchema } from "./schema.ts";

/** Rows and columns that were opened: their schema, and their batches, to be read once. */
export interface OpenedRows {
  readonly schema: ArrowSchema;
  readonly batches: Iterable<RawRecordBatch> | AsyncIterable<RawRecordBatch>;
}

/** How rows are read. */
export interface RowReading {
  /** `null`: it is inferred. */
  readonly schema: ArrowSchema | null;
  /** Whether it is, or was, inferred from the rows: later ones have to be like the first. */
  readonly inferred: boolean;
  /** Rows that it is inferred from. */
  readonly inferRows: number;
  /** Whether each batch is in memory of its own. */
  readonly fresh: boolean;
}

/** Gathers rows and columns into batches; each method yields the batches that are full. */
class BatchFeed {
  readonly #batcher: RowBatcher;

  constructor(schema: ArrowSchema, { fresh, inferred }: RowReading) {
    this.#batcher = new RowBatcher(schema, fresh, inferred);
  }

  /** Adds an item: a row, or an array of rows. */
  *item(item: unknown): Generator<RawRecordBatch, void, undefined> {
    if (Array.isArray(item)) return yield* this.rows(item);
    const batcher = this.#batcher;
    while (!batcher.appendRow(item)) yield batcher.take();
    if (batcher.fullNow) yield batcher.take();
  }

  *rows(rows: ArrayLike<unknown>): Generator<RawRecordBatch, void, undefined> {
    const batcher = this.#batcher;
    for (let at = 0; at < rows.length;) {
      const next = batcher.appendRows(rows, at, rows.length);
      if (next === at || batcher.full) yield batcher.take();
      at = next;
    }
  }

  *columns(object: object): Generator<RawRecordBatch, void, undefined> {
    const batcher = this.#batcher;
    const { columns, length } = batcher.columnsOf(object);
    for (let at = 0; at < length;) {
      const next = batcher.appendColumns(columns, at, length);
      if (next === at || batcher.full) yield batcher.take();
      at = next;
    }
  }

  /** Yields what is left; without any rows, an empty batch, which says what the schema is. */
  *end(): Generator<RawRecordBatch, void, undefined> {
    if (this.#batcher.rows > 0 || this.#batcher.rowsTaken === 0) yield this.#batcher.take();
  }
}

/** What is known before the first batch: the schema, and what was read to find it out. */
interface Start {
  readonly schema: ArrowSchema;
  readonly held: readonly unknown[];
}

/** Reads the schema off the first items; `done` once it has enough. */
class Sample {
  readonly held: unknown[] = [];
  readonly #inference = new Inference();
  readonly #limit: number;
  readonly #columns: boolean;

  constructor(limit: number, columns: boolean) {
    this.#limit = limit;
    this.#columns = columns;
  }

  get done(): boolean {
    return this.#inference.rows >= this.#limit;
  }

  /** Looks at an item, and holds it: a row as a copy, since a generator may use one object for all rows. */
  add(item: unknown): void {
    this.held.push(isPlainRow(item) && !this.#columns ? { ...item } : item);
    this.look(item);
  }

  /** Looks at an item. */
  look(item: unknown): void {
    if (this.#columns) {
      this.#inference.addColumns(item as object, this.#limit - this.#inference.rows);
    } else if (Array.isArray(item)) {
      for (let i = 0; i < item.length && !this.done; i++) this.#inference.addRow(item[i]);
    } else {
      this.#inference.addRow(item);
    }
  }

  start(): Start {
    if (this.#inference.isEmpty) {
      throw new TypeError("Cannot read a source: it is empty, and no schema was given");
    }
    return { schema: this.#inference.schema(), held: this.held };
  }
}

function isPlainRow(item: unknown): item is Record<string, unknown> {
  return typeof item === "object" && item !== null && !Array.isArray(item) &&
    (Object.getPrototypeOf(item) === Object.prototype || Object.getPrototypeOf(item) === null);
}

/**
 * The schema of rows.
 *
 * @throws {SchemaError} When it cannot be inferred.
 */
export function inferFrom(items: Iterable<unknown>, limit: number, columns: boolean): RowSchema {
  const sample = new Sample(limit, columns);
  for (const item of items) {
    sample.look(item);
    if (sample.done) break;
  }
  return sample.start().schema as RowSchema;
}

/** As {@linkcode inferFrom}, of items that are waited for. */
export async function inferFromAsync(
  items: AsyncIterable<unknown>,
  limit: number,
  columns: boolean,
): Promise<RowSchema> {
  const sample = new Sample(limit, columns);
  for await (const item of items) {
    sample.look(item);
    if (sample.done) break;
  }
  return sample.start().schema as RowSchema;
}

/** Opens an array of rows, or of arrays of rows, that stays as it is. */
export function openRowArray(rows: readonly unknown[], reading: RowReading): OpenedRows {
  let { schema } = reading;
  if (schema === null) {
    const sample = new Sample(reading.inferRows, false);
    // An item may be an array of rows.
    for (let i = 0; i < rows.length && !sample.done; i++) {
      sample.look(rows[i]);
    }
    schema = sample.start().schema;
  }
  return { schema, batches: arrayBatches(rows, schema, reading) };
}

function* arrayBatches(
  rows: readonly unknown[],
  schema: ArrowSchema,
  reading: RowReading,
): Generator<RawRecordBatch, void, undefined> {
  const feed = new BatchFeed(schema, reading);
  if (!rows.some(Array.isArray)) yield* feed.rows(rows);
  else for (const item of rows) yield* feed.item(item);
  yield* feed.end();
}

/** Opens an object of columns. */
export function openColumnObject(columns: object, reading: RowReading): OpenedRows {
  let { schema } = reading;
  if (schema === null) {
    const inference = new Inference();
    inference.addColumns(columns, reading.inferRows);
    schema = inference.schema();
  }
  return { schema, batches: columnBatches(columns, schema, reading) };
}

function* columnBatches(
  columns: object,
  schema: ArrowSchema,
  reading: RowReading,
): Generator<RawRecordBatch, void, undefined> {
  const feed = new BatchFeed(schema, reading);
  yield* feed.columns(columns);
  yield* feed.end();
}

/** Opens items, each a row, an array of rows, or, with `columns`, an object of columns. */
export function openRowItems(
  items: Iterator<unknown>,
  reading: RowReading,
  columns: boolean,
): OpenedRows {
  let start: Start;
  try {
    start = startOf(items, reading, columns);
  } catch (error) {
    items.return?.();
    throw error;
  }
  return { schema: start.schema, batches: itemBatches(items, start, reading, columns) };
}

function startOf(items: Iterator<unknown>, reading: RowReading, columns: boolean): Start {
  if (reading.schema !== null) return { schema: reading.schema, held: [] };
  const sample = new Sample(reading.inferRows, columns);
  while (!sample.done) {
    const { done, value } = items.next();
    if (done) break;
    sample.add(value);
  }
  return sample.start();
}

function* itemBatches(
  items: Iterator<unknown>,
  { schema, held }: Start,
  reading: RowReading,
  columns: boolean,
): Generator<RawRecordBatch, void, undefined> {
  const feed = new BatchFeed(schema, reading);
  let over = false;
  try {
    for (const item of held) yield* columns ? feed.columns(item as object) : feed.item(item);
    for (;;) {
      const next = items.next();
      over = next.done === true;
      if (over) break;
      yield* columns ? feed.columns(next.value as object) : feed.item(next.value);
    }
    yield* feed.end();
  } finally {
    if (!over) items.return?.();
  }
}

/** As {@linkcode openRowItems}, of items that are waited for. */
export async function openRowItemsAsync(
  items: AsyncIterator<unknown>,
  reading: RowReading,
  columns: boolean,
): Promise<OpenedRows> {
  let start: Start;
  try {
    start = await startOfAsync(items, reading, columns);
  } catch (error) {
    await items.return?.();
    throw error;
  }
  return { schema: start.schema, batches: itemBatchesAsync(items, start, reading, columns) };
}

async function startOfAsync(
  items: AsyncIterator<unknown>,
  reading: RowReading,
  columns: boolean,
): Promise<Start> {
  if (reading.schema !== null) return { schema: reading.schema, held: [] };
  const sample = new Sample(reading.inferRows, columns);
  while (!sample.done) {
    const { done, value } = await items.next();
    if (done) break;
    sample.add(value);
  }
  return sample.start();
}

async function* itemBatchesAsync(
  items: AsyncIterator<unknown>,
  { schema, held }: Start,
  reading: RowReading,
  columns: boolean,
): AsyncGenerator<RawRecordBatch, void, undefined> {
  const feed = new BatchFeed(schema, reading);
  let over = false;
  try {
    for (const item of held) yield* columns ? feed.columns(item as object) : feed.item(item);
    for (;;) {
      const next = await items.next();
      over = next.done === true;
      if (over) break;
      yield* columns ? feed.columns(next.value as object) : feed.item(next.value);
    }
    yield* feed.end();
  } finally {
    if (!over) await items.return?.();
  }
}
