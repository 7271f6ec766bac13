/**
 * Rows and columns among all the other sources: which values are rows, and what opens them.
 *
 * @module
 */

import type { OpenedPart, RowOpener } from "../arrow/source_parts.ts";
import { isAsyncIterable, isLate } from "../arrow/source_parts.ts";
import type { SourceGuard } from "../arrow/source_guard.ts";
import { openObject } from "../arrow/source_parts.ts";
import { otherLibrary } from "../arrow/source_refusal.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { BatchSource } from "./batch_source.ts";
import { elementsOf, isRecord } from "./nested_values.ts";
import {
  openColumnObject,
  openRowArray,
  openRowItems,
  openRowItemsAsync,
  type RowReading,
} from "./row_reader.ts";

/** Opens rows and columns of a schema, or of one that is inferred from so many rows where it is `null`. */
export function rowOpener(schema: ArrowSchema | null, inferRows: number): RowOpener {
  const reading: RowReading = { schema, inferred: schema === null, inferRows, fresh: false };
  return {
    open(value: object, guard: SourceGuard): OpenedPart | Promise<OpenedPart> | null {
      if (value instanceof BatchSource) return value.openFor(guard);
      return isColumns(value) ? openColumnObject(value, reading) : null;
    },
    isRows,
    openArray: (rows) => openRowArray(rows, reading),
    openItems: (items) => openRowItems(items, reading, false),
    openItemsAsync: (items) => openRowItemsAsync(items, reading, false),
  };
}

/** Whether an object, which is no table and no batch, is one of columns: all that it has is arrays. */
export function isColumns(value: unknown): value is object {
  if (!isRow(value)) return false;
  const members = Object.values(value).filter((member) => member !== undefined);
  return members.length > 0 && members.every((member) => elementsOf(member) !== null);
}

/** Whether a value is a row, or an array of rows, perhaps an empty one. */
export function isRows(value: unknown): boolean {
  if (!Array.isArray(value)) return isRow(value);
  return value.length === 0 || isRow(value[0]) && openObject(value[0]) === null;
}

/** Whether an object can be a row: it is none of the things that are sources of another kind, or parts of one. */
export function isRow(value: unknown): value is object {
  return isRecord(value) && !isLate(value) && !isAsyncIterable(value) &&
    !(Symbol.iterator in value) && !(value instanceof URL) && otherLibrary(value) === null &&
    openObject(value) === null;
}
