/**
 * Rows and columns into record batches, straight into buffers that are used again and again.
 *
 * @module
 */

import { RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { InvalidBatchError, LimitError, SchemaError } from "../util/errors.ts";
import type { ColumnBuilder } from "./column_builder.ts";
import { builtField, createBuilder } from "./create_builder.ts";
import { KeyCheck } from "./key_check.ts";
import { elementsOf, isRecord } from "./nested_values.ts";
import { memberReader } from "./struct_builder.ts";
import { className, Misfit, misfit, Overfull } from "./misfit.ts";

/** Rows and bytes at which a batch is full. */
const BATCH_ROWS = 65_536, BATCH_BYTES = 2 ** 20;
/** Rows that are taken column by column, while they are in cache: as many as have so many bytes, within bounds. */
const BLOCK_BYTES = 2 ** 17, MIN_BLOCK_ROWS = 1, FIRST_BLOCK_ROWS = 64, MAX_BLOCK_ROWS = 2048;

/** A column of a batch under construction. */
interface Column {
  readonly name: string;
  readonly builder: ColumnBuilder;
  readonly read: (row: Record<string, unknown>) => unknown;
}

/** Columns by name. */
export type ColumnValues = Readonly<Record<string, ArrayLike<unknown>>>;

/** Builds record batches of one schema. */
export class RowBatcher {
  /** The schema of the batches: large types, views and dictionaries are built as the plain types of the same values. */
  readonly schema: ArrowSchema;
  /** Rows of the source that are in batches that were taken. */
  rowsTaken = 0;
  /** The row that errors call 0. */
  firstRow = 0;
  readonly #columns: readonly Column[];
  readonly #keys: KeyCheck;
  readonly #fresh: boolean;
  #rows = 0;
  #blockRows = FIRST_BLOCK_ROWS;
  /** Rows at which the size is looked at next. */
  #lookAt = 1;
  #values: unknown[] = [];
  readonly #one: unknown[] = [undefined];
  /** Whether the builders hold a batch that was taken, and are to begin again with the next row. */
  #taken = false;

  /**
   * Creates the builders.
   *
   * @param fresh Whether each batch is in memory of its own; else it is in that of the one before.
   * @param inferred Whether the schema was inferred from the first rows: later ones have to be like them.
   * @throws {SchemaError} When two fields have the same name, or a field a type that cannot be built.
   */
  constructor(schema: ArrowSchema, fresh = false, inferred = false) {
    const fields = schema.fields.map((field) => builtField(field));
    this.schema = { ...schema, fields };
    this.#fresh = fresh;
    const names = fields.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new SchemaError(twice, "Cannot write rows: two fields have the same name");
    }
    this.#keys = new KeyCheck(names);
    this.#columns = fields.map((field) => ({
      name: field.name,
      builder: createBuilder(field, inferred),
      read: memberReader(field.name),
    }));
  }

  /** Rows that are not in a batch yet. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of these rows. */
  get byteLength(): number {
    if (this.#taken) return 0;
    let sum = 0;
    for (const { builder } of this.#columns) sum += builder.byteLength;
    return sum;
  }

  /** Whether the rows so far make a batch. */
  get full(): boolean {
    return this.#rows >= BATCH_ROWS || (this.#rows > 0 && this.byteLength >= BATCH_BYTES);
  }

  /** As {@linkcode RowBatcher.full}, asked after each row: it looks only now and then, since that costs more than a row. */
  get fullNow(): boolean {
    if (this.#rows < this.#lookAt) return false;
    if (this.full) return true;
    const left = BATCH_BYTES / Math.max(1, this.byteLength) - 1;
    this.#lookAt = this.#rows + Math.max(1, Math.min(this.#rows, 256, this.#rows * left / 2));
    return false;
  }

  /**
   * Appends one row.
   *
   * @returns Whether it was appended; false where a batch has to be taken first.
   * @throws {InvalidBatchError} For the first column that does not fit; nothing of the row was appended.
   */
  appendRow(row: unknown): boolean {
    this.#begin();
    const start = this.#rows, one = this.#one;
    one[0] = row;
    try {
      this.#checkRows(one, 0, 1);
      for (const { name, builder, read } of this.#columns) {
        one[0] = read(row as Record<string, unknown>);
        this.#appendTo(builder, name, one, 0, 1);
      }
    } catch (error) {
      this.truncate(start);
      if (!(error instanceof Overfull)) throw error;
      if (start > 0) return false;
      throw this.#tooLarge(error);
    }
    this.#rows = start + 1;
    return true;
  }

  /** Begins the next batch, unless it was begun. */
  #begin(): void {
    if (!this.#taken) return;
    this.#taken = false;
    for (const { builder } of this.#columns) builder.restart(this.#fresh);
  }

  /** What errors call the row that comes next. */
  get #at(): number {
    return this.rowsTaken + this.#rows - this.firstRow;
  }

  #tooLarge({ bytes }: Overfull): LimitError {
    return new LimitError("", this.#at, `Cannot write a row of more than ${bytes} bytes`);
  }

  /**
   * Appends rows from `from` on, up to `to` or the end of a block: so few that their batch does not grow too large.
   *
   * @returns The first row that was not appended; `from` where a batch has to be taken first.
   * @throws {InvalidBatchError} For the first column with a row that does not fit. None of the rows of this call were appended.
   */
  appendRows(rows: ArrayLike<unknown>, from: number, to: number): number {
    return this.#append(from, to, (end) => {
      this.#checkRows(rows, from, end);
      const values = this.#values, count = end - from;
      if (values.length < count) this.#values.length = count;
      for (const { name, builder, read } of this.#columns) {
        if (name in Object.prototype) {
          for (let i = 0; i < count; i++) {
            values[i] = read(rows[from + i] as Record<string, unknown>);
          }
        } else {
          for (let i = 0; i < count; i++) {
            values[i] = (rows[from + i] as Record<string, unknown>)[name];
          }
        }
        this.#appendTo(builder, name, values, 0, count);
      }
    });
  }

  /**
   * Appends rows of columns from `from` on, as {@linkcode RowBatcher.appendRows} does.
   *
   * @param columns A column of more than `to` values for each field, in order; `null`: it is not there.
   */
  appendColumns(
    columns: readonly (ArrayLike<unknown> | null)[],
    from: number,
    to: number,
  ): number {
    return this.#append(from, to, (end) => {
      this.#columns.forEach(({ name, builder }, i) => {
        const values = columns[i]!;
        if (values !== null) this.#appendTo(builder, name, values, from, end);
        else this.#appendTo(builder, name, new Array(end - from), 0, end - from);
      });
    });
  }

  #append(from: number, to: number, append: (end: number) => void): number {
    this.#begin();
    const start = this.#rows;
    for (;;) {
      const end = Math.min(to, from + Math.max(1, Math.min(this.#blockRows, BATCH_ROWS - start)));
      if (end <= from) return from;
      const before = this.byteLength;
      try {
        append(end);
      } catch (error) {
        for (const { builder } of this.#columns) {
          if (builder.length > start) builder.truncate(start);
        }
        if (!(error instanceof Overfull)) throw error;
        if (start > 0) return from;
        if (end - from === 1) {
          throw this.#tooLarge(error);
        }
        this.#blockRows = Math.max(MIN_BLOCK_ROWS, Math.floor((end - from) / 8));
        continue;
      }
      this.#rows = start + end - from;
      this.#adapt(end - from, this.byteLength - before);
      return end;
    }
  }

  #adapt(rows: number, bytes: number): void {
    if (bytes > 2 * BLOCK_BYTES) {
      this.#blockRows = Math.max(MIN_BLOCK_ROWS, Math.floor(rows * BLOCK_BYTES / bytes));
    } else if (rows === this.#blockRows && bytes < BLOCK_BYTES / 2) {
      this.#blockRows = Math.min(MAX_BLOCK_ROWS, rows * 2);
    }
  }

  #appendTo(
    builder: ColumnBuilder,
    name: string,
    values: ArrayLike<unknown>,
    from: number,
    to: number,
  ): void {
    try {
      builder.append(values, from, to);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw error.toError(name, this.#at - from);
    }
  }

  #checkRows(rows: ArrayLike<unknown>, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const base = this.#at - from;
      if (!isRecord(row)) {
        throw misfit(i, row, "a row", "an object with a member for each column").toError("", base);
      }
      const unknown = this.#keys.unknownKey(row);
      if (unknown !== null) {
        throw new Misfit(i, this.#keys.refusal(unknown, "row")).toError(unknown, base);
      }
    }
  }

  /**
   * The columns of an object, in the order of the fields.
   *
   * @throws {InvalidBatchError} When they have not as many values each, or there are others.
   */
  columnsOf(object: object): { columns: (ArrayLike<unknown> | null)[]; length: number } {
    const values = object as Record<string, unknown>;
    const unknown = this.#keys.unknownKey(values);
    const at = this.#at;
    if (unknown !== null) {
      throw new InvalidBatchError(unknown, -1, this.#keys.refusal(unknown, "object of columns"));
    }
    let length = -1, first = "";
    const columns = this.#columns.map(({ name, read }) => {
      const column = read(values);
      if (column === undefined || column === null) return null;
      const elements = elementsOf(column);
      if (elements === null) {
        throw new InvalidBatchError(
          name,
          -1,
          `Cannot read a column: expected an array or a typed array, got ${
            typeof column === "object" ? className(column) : `a ${typeof column}`
          }`,
        );
      }
      if (length >= 0 && elements.length !== length) {
        throw new InvalidBatchError(
          name,
          at + Math.min(length, elements.length),
          `Cannot read a column of ${elements.length} values: column ${
            JSON.stringify(first)
          } has ${length}`,
        );
      }
      if (length < 0) first = name;
      length = elements.length;
      return elements;
    });
    return { columns, length: Math.max(0, length) };
  }

  /** Takes back all rows from `rows` on; batches that were taken stay. */
  truncate(rows: number): void {
    this.#begin();
    for (const { builder } of this.#columns) {
      if (builder.length > rows) builder.truncate(rows);
    }
    this.#rows = rows;
  }

  /** The rows so far as a batch, which has to be used before the next rows are appended, unless batches are fresh. */
  take(): RawRecordBatch {
    this.#begin();
    const batch = new RawRecordBatch(
      this.schema,
      this.#rows,
      this.#columns.map(({ builder }) => builder.array()),
      undefined,
      Math.max(0, this.rowsTaken - this.firstRow),
    );
    this.#taken = true;
    this.rowsTaken += this.#rows;
    this.#rows = 0;
    this.#lookAt = 1;
    return batch;
  }
}
