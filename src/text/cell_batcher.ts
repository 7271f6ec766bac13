/**
 * Cells into record batches, column by column.
 *
 * @module
 */

import { RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import { typeName } from "../arrow/same_type.ts";
import { builtField } from "../rows/create_builder.ts";
import { Misfit, Overfull } from "../rows/misfit.ts";
import { LimitError } from "../util/errors.ts";
import { betterType } from "./better_type.ts";
import { type CellBuilder, createCellBuilder, createNullBuilder } from "./cell_builder.ts";
import { refuseCodes } from "./cell_numbers.ts";
import { refuseWithoutOffset } from "./cell_times.ts";
import type { Cells } from "./cells.ts";
import type { SkippedRecord } from "./text_options.ts";
import { TextError } from "./text_error.ts";

/** Rows and bytes at which a batch is full. */
const BATCH_ROWS = 65_536, BATCH_BYTES = 2 ** 20;

/** A column of a batch under construction. */
interface Column {
  readonly field: ArrowField;
  /** Cell of a record that it is made of. */
  readonly cell: number;
  readonly builder: CellBuilder;
  /** Refuses cells that its type would not have been found out from; `null`: the type was given, or is of all cells. */
  readonly refuse: Refusal | null;
}

/** Throws a misfit. */
type Refusal = (cells: Cells, from: number, to: number, type: string) => void;

function refusalOf(type: ArrowType): Refusal | null {
  switch (type.kind) {
    case "int":
    case "float":
    case "decimal":
      return refuseCodes;
    case "timestamp":
      return type.timezone === null ? null : refuseWithoutOffset;
    default:
      return null;
  }
}

/** Builds record batches of one schema from cells. */
export class CellBatcher {
  /** The schema of the batches. */
  readonly schema: ArrowSchema;
  /** Rows of batches that were taken. */
  rowsTaken = 0;
  readonly #columns: readonly Column[];
  readonly #fresh: boolean;
  readonly #onSkip: ((record: SkippedRecord) => void) | null;
  #rows = 0;
  #taken = false;
  /** Records that are appended together: few after one that did not fit, so that others are not read again and again. */
  #block = Infinity;

  /**
   * Creates the builders.
   *
   * @param cells For each field the cell of a record that it is made of; −1: there is none.
   * @param onSkip Called for records that do not fit; `null`: they are errors.
   * @param foundOut Names of the fields whose types nobody gave.
   */
  constructor(
    schema: ArrowSchema,
    cells: readonly number[],
    fresh: boolean,
    onSkip: ((record: SkippedRecord) => void) | null,
    foundOut: ReadonlySet<string>,
  ) {
    const fields = schema.fields.map((field) => builtField(field));
    this.schema = { ...schema, fields };
    this.#fresh = fresh;
    this.#onSkip = onSkip;
    this.#columns = fields.map((field, i) => ({
      field,
      cell: Math.max(0, cells[i]!),
      builder: cells[i] === -1 ? createNullBuilder(field) : createCellBuilder(field),
      refuse: foundOut.has(field.name) ? refusalOf(field.type) : null,
    }));
  }

  /** Rows that are not in a batch yet. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether these make a batch. */
  get full(): boolean {
    if (this.#rows === 0 || this.#taken) return false;
    if (this.#rows >= BATCH_ROWS) return true;
    let bytes = 0;
    for (const { builder } of this.#columns) bytes += builder.byteLength;
    return bytes >= BATCH_BYTES;
  }

  /**
   * Appends records from `from` on.
   *
   * @returns The first that was not looked at; `from` where a batch has to be taken first.
   * @throws {TextError} For a record that does not fit, unless these are left out.
   */
  append(cells: Cells, from: number): number {
    if (this.#taken) {
      this.#taken = false;
      for (const { builder } of this.#columns) builder.restart(this.#fresh);
    }
    const start = this.#rows;
    const to = Math.min(cells.rows, from + this.#block);
    let at = 0;
    try {
      for (; at < this.#columns.length; at++) {
        const { cell, builder, field, refuse } = this.#columns[at]!;
        cells.column = cell;
        refuse?.(cells, from, to, typeName(field.type));
        builder.append(cells, from, to);
      }
    } catch (error) {
      for (const { builder } of this.#columns) {
        if (builder.length > start) builder.truncate(start);
      }
      if (error instanceof Misfit) {
        return this.#leaveOut(error, this.#columns[at]!.field, cells, from, to);
      }
      if (!(error instanceof Overfull)) throw error;
      if (start > 0) return from;
      if (to - from === 1) {
        throw new LimitError(
          "",
          -1,
          `Cannot write the record of line ${
            cells.lines[from]
          }: it has more than ${error.bytes} bytes`,
        );
      }
      this.#block = Math.ceil((to - from) / 8);
      return this.append(cells, from);
    }
    this.#rows = start + to - from;
    this.#block *= 2;
    return to;
  }

  #leaveOut(misfit: Misfit, field: ArrowField, cells: Cells, from: number, to: number): number {
    const row = misfit.index, line = cells.lines[row]!;
    const column = [field.name, ...misfit.path].join(".");
    const reason = misfit.message.replace(/^Cannot write /, "Cannot read ");
    if (this.#onSkip === null) {
      throw new TextError(reason, { line, column }, betterType(field, reason, "utf8"), {
        cause: misfit,
      });
    }
    this.#block = 1;
    if (row === from) {
      this.#onSkip({ line, column, reason, text: cells.recordText(row) });
      return row + 1;
    }
    // Those before it, which fit this column, may still not fit a later one.
    const all = cells.rows;
    cells.rows = Math.min(row, to);
    this.#block = Infinity;
    try {
      return this.append(cells, from);
    } finally {
      cells.rows = all;
      this.#block = 1;
    }
  }

  /** The rows so far as a batch, which has to be used before the next ones are appended, unless batches are fresh. */
  take(): RawRecordBatch {
    const arrays = this.#columns.map(({ builder }) => builder.array());
    const batch = new RawRecordBatch(this.schema, this.#rows, arrays, undefined, this.rowsTaken);
    this.#taken = true;
    this.rowsTaken += this.#rows;
    this.#rows = 0;
    return batch;
  }
}
