/**
 * Records of JSON texts into batches.
 *
 * @module
 */

import type { RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowField } from "../arrow/types.ts";
import { Inference } from "../rows/infer.ts";
import { RowBatcher } from "../rows/row_batcher.ts";
import type { OpenedRows } from "../rows/row_reader.ts";
import { RowSchema } from "../rows/schema.ts";
import { FormatError, InvalidBatchError } from "../util/errors.ts";
import { betterType } from "./better_type.ts";
import { foundOutFields } from "./found_out.ts";
import type { RecordBlock, RecordReader } from "./json_records.ts";
import { JSON_TEXTS, jsonText, rowPreparation } from "./json_values.ts";
import { TextError } from "./text_error.ts";
import { type CheckedText, checkTypeNames, withTypes } from "./text_options.ts";
import type { TextWindow } from "./text_window.ts";

/** Opens the records of a text: infers their schema, unless there is one. */
export async function openRecords(
  records: RecordReader,
  window: TextWindow,
  options: CheckedText,
  fresh: boolean,
): Promise<OpenedRows> {
  const held: RecordBlock[] = [];
  const schema = options.schema === null
    ? await inferredSchema(records, held, window, options)
    : new RowSchema(withTypes(options.schema.fields, options), options.schema.metadata);
  return {
    schema,
    batches: new JsonBatches(schema, options, fresh).batches(records, held, window),
  };
}

async function inferredSchema(
  records: RecordReader,
  held: RecordBlock[],
  window: TextWindow,
  options: CheckedText,
): Promise<RowSchema> {
  const { inferRows, types } = options;
  const given = new Map([...types].map(([name, type]) => [name, type.toField(name)]));
  const lines: number[] = [];
  const inference = new Inference(JSON_TEXTS, given, (row) => `line ${lines[row]}`);
  while (inference.rows < inferRows) {
    const block = await records.next();
    if (block === null) break;
    held.push(block);
    for (const [i, row] of block.rows.entries()) {
      if (inference.rows >= inferRows) break;
      lines.push(block.lines[i]!);
      inference.addRow(row);
    }
  }
  if (inference.rows === 0) {
    throw new FormatError(`Cannot read ${window.name}: it has no records`);
  }
  const found = inference.schema();
  checkTypeNames(options, found.fields.map(({ name }) => name), window.name);
  return found;
}

class JsonBatches {
  readonly #batcher: RowBatcher;
  readonly #fields: readonly ArrowField[];
  readonly #prepare: ((row: object) => void) | null;
  readonly #options: CheckedText;

  constructor(schema: RowSchema, options: CheckedText, fresh: boolean) {
    this.#batcher = new RowBatcher(schema, fresh);
    this.#fields = schema.fields;
    const foundOut = foundOutFields(schema, options.schema, options.types);
    this.#prepare = rowPreparation(this.#batcher.schema.fields, (name) => foundOut.has(name));
    this.#options = options;
  }

  async *batches(
    records: RecordReader,
    held: RecordBlock[],
    window: TextWindow,
  ): AsyncGenerator<RawRecordBatch, void, undefined> {
    const batcher = this.#batcher;
    try {
      for (;;) {
        const block = held.shift() ?? await records.next();
        if (block === null) break;
        yield* this.#add(block);
      }
      // Without any rows, an empty batch says what the schema is.
      if (batcher.rows > 0 || batcher.rowsTaken === 0) yield this.#take();
    } finally {
      await window.giveBack();
    }
  }

  *#add(block: RecordBlock): Generator<RawRecordBatch, void, undefined> {
    const { rows } = block, batcher = this.#batcher;
    const texts = this.#ready(block);
    // One by one after a row that does not fit, so that others are not looked at again and again.
    let to = rows.length;
    for (let at = 0; at < rows.length;) {
      const rowsBefore = batcher.rows;
      // Errors then say the row of the block.
      batcher.firstRow = batcher.rowsTaken + rowsBefore - at;
      try {
        const next = batcher.appendRows(rows, at, to);
        if (next === at || batcher.full) yield this.#take();
        at = next;
        if (at === to) to = Math.min(rows.length, 2 * to - at + 1);
      } catch (error) {
        if (!(error instanceof InvalidBatchError) || error.row < at) throw error;
        if (error.row > at) {
          to = error.row;
          continue;
        }
        this.#leaveOut(error, block, texts);
        at++;
        to = Math.min(rows.length, at + 1);
      }
    }
  }

  /** Makes rows ready. Returns their texts as they were, where those that are left out are listed. */
  #ready({ rows, lines }: RecordBlock): readonly string[] | null {
    if (this.#prepare === null) return null;
    try {
      const texts = this.#options.skip ? rows.map(jsonText) : null;
      rows.forEach(this.#prepare);
      return texts;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new FormatError(
        `Cannot read a record: a value is nested too deeply (line ${lines[0]} or after)`,
        { cause: error },
      );
    }
  }

  #take(): RawRecordBatch {
    this.#batcher.firstRow = 0;
    return this.#batcher.take();
  }

  #leaveOut(error: InvalidBatchError, block: RecordBlock, texts: readonly string[] | null): void {
    const { row, path: column } = error;
    const line = block.lines[row]!;
    const reason = error.message.replace(` (column "${column}", row ${row})`, "")
      .replace(/^Cannot write /, "Cannot read ");
    const { skip, onSkip } = this.#options;
    if (skip) {
      return onSkip({ line, column, reason, text: texts?.[row] ?? jsonText(block.rows[row]) });
    }
    const field = this.#fields.find(({ name }) => name === column);
    const better = field === undefined ? null : betterType(field, reason, "json");
    throw new TextError(reason, { line, column }, better, { cause: error });
  }
}
