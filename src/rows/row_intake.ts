/**
 * Rows and columns that a writer is given bit by bit. They gather until they make a batch.
 *
 * @module
 */

import type { RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowSchema, ArrowType } from "../arrow/types.ts";
import { RowBatcher } from "./row_batcher.ts";
import { elementsOf } from "./nested_values.ts";

/** Rows of one call from which on they do not share a batch with those of other calls. */
const BULK_ROWS = 2048;

/** What one call gave, nothing of it or all of it. */
export class RowIntake {
  readonly #schema: ArrowSchema;
  /** Rows of several calls. */
  readonly #gathered: RowBatcher;
  /** Of a call with many rows; each batch in memory of its own, since they are used when all rows are known to be right. */
  #bulk: RowBatcher | null = null;
  /** Columns whose values are no arrays; an object whose members are arrays is one of columns if one of them is there. */
  readonly #scalars: readonly string[];

  /** Takes rows of a schema. */
  constructor(schema: ArrowSchema) {
    this.#schema = schema;
    this.#gathered = new RowBatcher(schema);
    this.#scalars = schema.fields.filter(({ type }) => !takesArrays(type)).map(({ name }) => name);
  }

  /** Rows that gather. */
  get rows(): number {
    return this.#gathered.rows;
  }

  /** Bytes of these. */
  get byteLength(): number {
    return this.#gathered.rows === 0 ? 0 : this.#gathered.byteLength;
  }

  /**
   * Whether an object is one of columns, and not a row with lists: all that it has is arrays, also where the schema has none.
   */
  isColumns(value: object): boolean {
    const members = Object.values(value).filter((member) => member !== undefined);
    return members.length > 0 && members.every((member) => elementsOf(member) !== null) &&
      this.#scalars.some((name) =>
        Object.hasOwn(value, name) && (value as Record<string, unknown>)[name] !== undefined
      );
  }

  /**
   * Takes one row.
   *
   * @returns The batches to be written before it can be answered; they are to be used at once. Usually none: `null`.
   * @throws {InvalidBatchError} When it does not fit.
   */
  row(row: unknown): readonly RawRecordBatch[] | null {
    const batcher = this.#gathered;
    batcher.firstRow = batcher.rowsTaken + batcher.rows;
    if (batcher.appendRow(row)) return batcher.fullNow ? [batcher.take()] : null;
    // Too large to share a batch, which is not used before the row is known to be right.
    const bulk = this.#startBulk();
    bulk.appendRow(row);
    return [batcher.take(), bulk.take()];
  }

  /**
   * Takes rows.
   *
   * @throws {InvalidBatchError} For the first that does not fit; none of them were taken.
   */
  many(rows: readonly unknown[]): readonly RawRecordBatch[] | null {
    const append = (batcher: RowBatcher, from: number) =>
      batcher.appendRows(rows, from, rows.length);
    return this.#take(rows.length, append);
  }

  /** Takes columns, as {@linkcode RowIntake.many} does rows. */
  columns(object: object): readonly RawRecordBatch[] | null {
    this.#gathered.firstRow = this.#gathered.rowsTaken + this.#gathered.rows;
    const { columns, length } = this.#gathered.columnsOf(object);
    return this.#take(
      length,
      (batcher, from) => batcher.appendColumns(columns, from, length),
    );
  }

  #take(
    length: number,
    append: (batcher: RowBatcher, from: number) => number,
  ): readonly RawRecordBatch[] | null {
    const gathered = this.#gathered, before = gathered.rows;
    if (length <= BULK_ROWS && !gathered.full) {
      gathered.firstRow = gathered.rowsTaken + before;
      let at = 0;
      try {
        while (at < length) {
          const next = append(gathered, at);
          if (next === at) break;
          at = next;
        }
      } catch (error) {
        gathered.truncate(before);
        throw error;
      }
      if (at === length) return gathered.full ? [gathered.take()] : null;
      gathered.truncate(before);
    }
    const bulk = this.#startBulk();
    const batches: RawRecordBatch[] = [];
    for (let at = 0; at < length;) {
      const next = append(bulk, at);
      if (next === at || bulk.full) batches.push(bulk.take());
      at = next;
    }
    if (bulk.rows > 0) batches.push(bulk.take());
    const rest = this.rest();
    return rest === null ? batches : [rest, ...batches];
  }

  #startBulk(): RowBatcher {
    const bulk = this.#bulk ??= new RowBatcher(this.#schema, true);
    bulk.truncate(0);
    bulk.firstRow = bulk.rowsTaken;
    return bulk;
  }

  /** What has gathered, as a batch to be used at once; `null`: nothing. */
  rest(): RawRecordBatch | null {
    return this.#gathered.rows === 0 ? null : this.#gathered.take();
  }
}

/** Whether values of a type may be arrays or typed arrays. */
function takesArrays(type: ArrowType): boolean {
  switch (type.kind) {
    case "dictionary":
      return takesArrays(type.value);
    case "runEndEncoded":
      return takesArrays(type.values.type);
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
    case "map":
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      return true;
    default:
      return false;
  }
}
