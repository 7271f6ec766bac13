/**
 * What builds a column from cells.
 *
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import type { RawArray } from "../arrow/raw_array.ts";
import type { ColumnBuilder } from "../rows/column_builder.ts";
import { createBuilder } from "../rows/create_builder.ts";
import { Misfit, misfit } from "../rows/misfit.ts";
import { type Cells, NULL } from "./cells.ts";
import {
  CellFloatBuilder,
  CellInt64Builder,
  CellSmallIntBuilder,
  textToNumber,
} from "./cell_numbers.ts";
import { CellTextBuilder } from "./cell_text.ts";
import { cellDate, cellTimestamp } from "./cell_times.ts";
import { exactJson } from "./exact_json.ts";

/** Builds one column from cells. */
export type CellBuilder = ColumnBuilder<Cells>;

/** Creates the builder of a field as `builtField` gives it. */
export function createCellBuilder(field: ArrowField): CellBuilder {
  const { type, nullable, metadata } = field;
  switch (type.kind) {
    case "int":
      return type.bitWidth === 64
        ? new CellInt64Builder(nullable, type.signed)
        : new CellSmallIntBuilder(nullable, type.bitWidth, type.signed);
    case "float":
      if (type.bitWidth !== 16) return new CellFloatBuilder(nullable, type.bitWidth);
      break;
    case "utf8":
      if (metadata.get("ARROW:extension:name") !== "arrow.json") {
        return new CellTextBuilder(nullable);
      }
      break;
    case "binary":
      return new CellTextBuilder(nullable);
  }
  return new ConvertedCells(createBuilder(field), conversion(type));
}

/** Creates the builder of a field for which there are no cells: all is null. */
export function createNullBuilder(field: ArrowField): CellBuilder {
  return new ConvertedCells(createBuilder(field), () => null);
}

type Conversion = (cells: Cells, k: number, row: number) => unknown;

/** What makes a value of JavaScript of a cell, for a builder that takes these. */
function conversion(type: ArrowType): Conversion {
  switch (type.kind) {
    case "bool":
      return cellBoolean;
    case "float":
      return (cells, k) => textToNumber(cells.text(k)) ?? cells.text(k);
    case "date":
      if (type.unit === "day") return cellDate;
      break;
    case "timestamp":
      return cellTimestamp(type.unit, type.timezone !== null && type.timezone !== "");
    case "duration":
      return (cells, k) => cellCount(cells.text(k).trim());
    case "list":
    case "fixedSizeList":
    case "struct":
    case "map":
    case "interval":
      return cellJson;
    case "fixedSizeBinary":
      // UUIDs are texts.
      return type.byteWidth === 16
        ? (cells, k) =>
          cells.ends[k]! - cells.starts[k]! === 16 ? cellBytes(cells, k) : cells.text(k)
        : cellBytes;
  }
  return (cells, k) => cells.text(k).trim();
}

function cellBytes(cells: Cells, k: number): Uint8Array {
  return new TextEncoder().encode(cells.text(k));
}

function cellCount(text: string): unknown {
  return /^[+-]?\d{1,32}$/.test(text) ? BigInt(text) : text;
}

function cellJson(cells: Cells, k: number, row: number): unknown {
  const text = cells.text(k);
  try {
    return exactJson(text);
  } catch {
    throw misfit(row, text, "a list, a struct or a map", "JSON");
  }
}

const TRUE = ["true", "t", "yes", "y", "1"], FALSE = ["false", "f", "no", "n", "0"];

function cellBoolean(cells: Cells, k: number): unknown {
  const { bytes, starts, ends } = cells;
  const start = starts[k]!, length = ends[k]! - start;
  // The two usual ones in lower case, by their letters.
  if (
    length === 4 && bytes[start] === 116 && bytes[start + 1] === 114 && bytes[start + 2] === 117 &&
    bytes[start + 3] === 101
  ) {
    return true;
  }
  const text = cells.text(k).trim(), lower = text.toLowerCase();
  return TRUE.includes(lower) ? true : FALSE.includes(lower) ? false : text;
}

/** A builder of values of JavaScript. */
class ConvertedCells implements CellBuilder {
  readonly #builder: ColumnBuilder;
  readonly #convert: Conversion;
  #values: unknown[] = [];

  constructor(builder: ColumnBuilder, convert: Conversion) {
    this.#builder = builder;
    this.#convert = convert;
  }

  get length(): number {
    return this.#builder.length;
  }

  get byteLength(): number {
    return this.#builder.byteLength;
  }

  append(cells: Cells, from: number, to: number): void {
    const { kinds, stride, column } = cells;
    const values = this.#values, convert = this.#convert;
    if (values.length < to - from) values.length = to - from;
    for (let row = from, k = from * stride + column; row < to; row++, k += stride) {
      values[row - from] = kinds[k]! >= NULL ? null : convert(cells, k, row);
    }
    try {
      this.#builder.append(values, 0, to - from);
    } catch (error) {
      if (error instanceof Misfit) error.index += from;
      throw error;
    }
  }

  truncate(length: number): void {
    this.#builder.truncate(length);
  }

  array(): RawArray {
    return this.#builder.array();
  }

  restart(fresh: boolean): void {
    this.#builder.restart(fresh);
  }
}
