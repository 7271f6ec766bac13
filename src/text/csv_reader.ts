/**
 * CSV texts into batches.
 *
 * @module
 */

import type { RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowField } from "../arrow/types.ts";
import type { SourceGuard } from "../arrow/source_guard.ts";
import type { OpenedRows } from "../rows/row_reader.ts";
import { RowSchema } from "../rows/schema.ts";
import { FormatError, SchemaError } from "../util/errors.ts";
import { CellBatcher } from "./cell_batcher.ts";
import { addCells, ColumnEvidence, inferredField } from "./cell_inference.ts";
import { Cells, NULL, PLAIN } from "./cells.ts";
import { type BadRecord, CsvScanner, type Dialect } from "./csv_scanner.ts";
import { recordWidth, SNIFF_BYTES, sniffDelimiter } from "./dialect.ts";
import { TextError } from "./text_error.ts";
import { type CheckedCsv, checkTypeNames, noColumn, withTypes } from "./text_options.ts";
import { openText, type TextSource } from "./text_source.ts";
import { foundOutFields } from "./found_out.ts";
import { TextWindow } from "./text_window.ts";

/** Bytes of text that types are found out from, at most. */
export const MAX_SAMPLE_BYTES = 2 ** 26;

/** Opens a CSV text: finds out how it is written, its columns and, where they are not given, their types. */
export async function openCsv(
  source: TextSource,
  options: CheckedCsv,
  guard: SourceGuard,
  fresh: boolean,
): Promise<OpenedRows> {
  const { name, chunks } = await openText(source, guard, /[\r\n]/, options.encoding);
  const window = new TextWindow(chunks, name);
  try {
    return await new CsvReader(window, options).open(fresh);
  } catch (error) {
    await window.giveBack();
    throw error;
  }
}

class CsvReader {
  readonly #window: TextWindow;
  readonly #options: CheckedCsv;
  readonly #nulls: readonly Uint8Array[];

  constructor(window: TextWindow, options: CheckedCsv) {
    this.#window = window;
    this.#options = options;
    this.#nulls = options.nullValues.map((text) => new TextEncoder().encode(text));
  }

  async open(fresh: boolean): Promise<OpenedRows> {
    const window = this.#window, { quote, header, skip, onSkip } = this.#options;
    await window.atLeast(SNIFF_BYTES);
    const delimiter = this.#options.delimiter ?? sniffDelimiter(window, quote);
    const dialect: Dialect = { delimiter, quote };
    const names = await this.#names(dialect);
    const given = this.#options.schema;
    const scanner = new CsvScanner(dialect, (bad) => {
      if (!skip) throw new TextError(`Cannot read a record: ${bad.reason}`, bad);
      onSkip({ line: bad.line, column: "", reason: bad.reason, text: textOf(bad, window) });
    });
    if (header) this.#skipHeader(scanner, names.length, quote);
    const fields = given === null
      ? await this.#inferredFields(dialect, names)
      : withTypes(given.fields, this.#options);
    const schema = new RowSchema(fields, given?.metadata ?? new Map());
    const foundOut = foundOutFields(schema, given, this.#options.types);
    const cells = new Cells(names.length, quote);
    const batcher = new CellBatcher(
      schema,
      header && given !== null ? cellsByName(fields, names, window.name) : fields.map((_, i) => i),
      fresh,
      skip ? onSkip : null,
      foundOut,
    );
    return { schema, batches: this.#batches(scanner, cells, batcher) };
  }

  /** The names of the columns; the window still begins with the first record. */
  async #names(dialect: Dialect): Promise<string[]> {
    const window = this.#window, { schema, header } = this.#options;
    for (;;) {
      const width = recordWidth(window, dialect.delimiter, dialect.quote);
      if (width > 0) {
        const cells = new Cells(width, dialect.quote, 1);
        const refuse = ({ line, reason }: BadRecord) => {
          throw new FormatError(`Cannot read ${window.name}: ${reason} (line ${line})`);
        };
        scanFirst(new CsvScanner(dialect, refuse), window, cells);
        if (cells.rows === 1) return this.#namesOf(cells);
      }
      if (window.atEnd) break;
      await window.more();
    }
    if (schema === null) throw new FormatError(`Cannot read ${window.name}: it is empty`);
    if (header) {
      throw new FormatError(`Cannot read ${window.name}: it is empty and has no header`);
    }
    return schema.fields.map(({ name }) => name);
  }

  #namesOf(cells: Cells): string[] {
    const { schema, header } = this.#options;
    const width = cells.stride;
    if (!header) {
      if (schema === null) return Array.from({ length: width }, (_, i) => `column${i}`);
      if (schema.fields.length === width) return schema.fields.map(({ name }) => name);
      throw new SchemaError(
        "",
        `Cannot read ${this.#window.name}: it has ${width} columns, the schema ${schema.fields.length}`,
      );
    }
    const names: string[] = [], seen = new Set<string>();
    for (let k = 0; k < width; k++) {
      const wanted = cells.text(k).trim() === "" ? `column${k}` : cells.text(k);
      let name = wanted;
      for (let i = 1; seen.has(name); i++) name = `${wanted}_${i}`;
      seen.add(name);
      names.push(name);
    }
    return names;
  }

  #skipHeader(scanner: CsvScanner, width: number, quote: number): void {
    const window = this.#window;
    window.start = scanFirst(scanner, window, new Cells(width, quote, 1));
  }

  async #inferredFields(dialect: Dialect, names: readonly string[]): Promise<ArrowField[]> {
    const window = this.#window, { inferRows } = this.#options;
    checkTypeNames(this.#options, names, window.name);
    const evidence = names.map(() => new ColumnEvidence());
    const cells = new Cells(names.length, dialect.quote);
    // What does not fit is told when it is read.
    const scanner = new CsvScanner(dialect, () => {});
    let rows = 0;
    for (let done = 0; rows < inferRows && done < MAX_SAMPLE_BYTES;) {
      const at = window.start + done;
      const next = scanner.scan(window, at, cells);
      if (next === at) {
        if (window.atEnd) break;
        await window.more();
        continue;
      }
      cells.rows = Math.min(cells.rows, inferRows - rows);
      rows += cells.rows;
      this.#markNulls(cells);
      addCells(evidence, cells);
      done = next - window.start;
    }
    return names.map((name, i) =>
      this.#options.types.get(name)?.toField(name) ?? inferredField(name, evidence[i]!)
    );
  }

  async *#batches(
    scanner: CsvScanner,
    cells: Cells,
    batcher: CellBatcher,
  ): AsyncGenerator<RawRecordBatch, void, undefined> {
    const window = this.#window;
    try {
      for (;;) {
        const next = scanner.scan(window, window.start, cells);
        if (next === window.start) {
          if (window.atEnd) break;
          await window.more();
          continue;
        }
        this.#markNulls(cells);
        for (let row = 0; row < cells.rows;) {
          const done = batcher.append(cells, row);
          if (done === row || batcher.full) yield batcher.take();
          row = done;
        }
        window.start = next;
      }
      // Without any rows, an empty batch says what the schema is.
      if (batcher.rows > 0 || batcher.rowsTaken === 0) yield batcher.take();
    } finally {
      await window.giveBack();
    }
  }

  /** Makes nulls of the texts that stand for them. */
  #markNulls(cells: Cells): void {
    if (this.#nulls.length === 0) return;
    const { bytes, starts, ends, kinds, stride, rows } = cells;
    for (let k = 0; k < rows * stride; k++) {
      if (kinds[k] !== PLAIN) continue;
      const start = starts[k]!, length = ends[k]! - start;
      for (const text of this.#nulls) {
        if (text.length !== length) continue;
        let i = 0;
        while (i < length && text[i] === bytes[start + i]) i++;
        if (i === length) kinds[k] = NULL;
      }
    }
  }
}

/** Finds the first record that has anything. Returns where the next one begins. */
function scanFirst(scanner: CsvScanner, window: TextWindow, cells: Cells): number {
  let next = window.start;
  do next = scanner.scan(window, next, cells); while (
    cells.rows === 1 && cells.recordStarts[0] === cells.recordEnds[0]
  );
  return next;
}

function textOf({ start, end }: BadRecord, { bytes }: TextWindow): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/** For each field the cell of its name; −1 where there is none and the field may be null. */
function cellsByName(
  fields: readonly ArrowField[],
  names: readonly string[],
  what: string,
): number[] {
  const extra = names.find((name) => !fields.some((field) => field.name === name));
  if (extra !== undefined) {
    throw new SchemaError(extra, `Cannot read ${what}: it has a column that the schema lacks`);
  }
  return fields.map(({ name, nullable }) => {
    const cell = names.indexOf(name);
    if (cell < 0 && !nullable) throw new SchemaError(name, noColumn(names, name, what));
    return cell;
  });
}
