/**
 * Statistics of a file, as `add` has them.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
 *
 * @module
 */

import type { DataFile, DataFileBound, DataFileColumn } from "../dataset/data_file.ts";
import { decodeBase64 } from "../runtime/base64.ts";
import type { DeltaStruct, DeltaType } from "./delta_schema.ts";

/** Leaf columns that have statistics; `delta.dataSkippingNumIndexedCols` says otherwise. */
export const INDEXED_COLUMNS = 32;
/** Characters of a text's bound. */
const MAX_CHARACTERS = 32;
/** No character of a text comes after it. */
const LAST_CHARACTER = "\u{10ffff}";

/** JSON text, as it is put into objects. */
type Tree = { [name: string]: Tree | string };

/**
 * The statistics of a file as JSON text.
 *
 * @param schema Of the table.
 * @param most Leaf columns that have statistics at most; −1: all.
 */
export function statsOf(file: DataFile, schema: DeltaStruct, most: number): string {
  const byPath = new Map(file.columns.map((column) => [JSON.stringify(column.path), column]));
  const trees: [Tree, Tree, Tree] = [{}, {}, {}];
  let count = 0;
  const visit = (struct: DeltaStruct, path: readonly string[], into: [Tree, Tree, Tree]): void => {
    for (const { name, type } of struct.fields) {
      const here = [...path, name];
      if (typeof type !== "string") {
        if (type.type !== "struct") continue;
        const below: [Tree, Tree, Tree] = [{}, {}, {}];
        visit(type, here, below);
        below.forEach((tree, i) => {
          if (Object.keys(tree).length > 0) into[i]![name] = tree;
        });
        continue;
      }
      const column = byPath.get(JSON.stringify(here));
      if (column === undefined || (most >= 0 && count >= most)) continue;
      count++;
      addColumn(column, type, name, into);
    }
  };
  visit(schema, [], trees);
  const [minValues, maxValues, nullCount] = trees;
  return textOf({ numRecords: String(file.rows), minValues, maxValues, nullCount });
}

function addColumn(
  { lower, upper, nullCount, nanCount = 0 }: DataFileColumn,
  type: string,
  name: string,
  [mins, maxs, nulls]: [Tree, Tree, Tree],
): void {
  if (nullCount !== undefined) nulls[name] = String(nullCount);
  // To Delta's readers, NaN is greater than all other numbers: a file with one is not to be passed over.
  if (lower === undefined || upper === undefined || nanCount > 0) return;
  const min = boundText(lower, type, false), max = boundText(upper, type, true);
  if (min === null || max === null) return;
  mins[name] = min;
  maxs[name] = max;
}

function textOf(tree: Tree): string {
  return `{${
    Object.entries(tree).map(([name, part]) =>
      `${JSON.stringify(name)}:${typeof part === "string" ? part : textOf(part)}`
    ).join(",")
  }}`;
}

/** A bound as JSON text; `null`: there is none. */
function boundText({ text, bytes }: DataFileBound, type: DeltaType, isMax: boolean): string | null {
  switch (type) {
    case "byte":
    case "short":
    case "integer":
    case "long":
      return /^-?\d+$/.test(text) ? text : null;
    case "float":
    case "double":
      return /^-?\d/.test(text) && Number.isFinite(Number(text)) ? text : null;
    case "date":
      return /^\d{4}-\d\d-\d\d$/.test(text) ? JSON.stringify(text) : null;
    case "string": {
      // A bound that was cut within a character is shown as bytes.
      if (!isText(bytes)) return null;
      const shown = isMax ? upperText(text) : Array.from(text).slice(0, MAX_CHARACTERS).join("");
      return shown === null ? null : JSON.stringify(shown);
    }
    case "timestamp":
    case "timestamp_ntz":
      return timestampText(text, type === "timestamp", isMax);
  }
  if (typeof type === "string" && type.startsWith("decimal(")) {
    return /^-?\d+(\.\d+)?$/.test(text) && bytes !== "" ? text : null;
  }
  return null;
}

/** A text that is no less than another one, and short. */
function upperText(text: string): string | null {
  const characters = Array.from(text);
  if (characters.length <= MAX_CHARACTERS) return text;
  const kept = characters.slice(0, MAX_CHARACTERS);
  // Whatever was cut off begins with a character that is no later than the last one there is.
  if (characters[MAX_CHARACTERS] === LAST_CHARACTER) return null;
  return kept.join("") + LAST_CHARACTER;
}

/** In milliseconds, as Spark has them: rounded down, and up for a maximum. */
function timestampText(text: string, isInstant: boolean, isMax: boolean): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z?$/.exec(text);
  if (match === null) return null;
  const fraction = (match[2] ?? "").padEnd(3, "0");
  let milliseconds = Date.parse(`${match[1]}Z`) + Number(fraction.slice(0, 3));
  if (isMax && /[1-9]/.test(fraction.slice(3))) milliseconds++;
  return millisecondsText(milliseconds, isInstant);
}

/** A timestamp as JSON text; `null`: its year has not four digits. */
export function millisecondsText(milliseconds: number, isInstant: boolean): string | null {
  // Of Date, the ends are farther away than such years.
  const shown = Math.abs(milliseconds) > 8.64e15 ? "" : new Date(milliseconds).toISOString();
  if (shown.length !== 24) return null;
  return JSON.stringify(isInstant ? shown : shown.slice(0, -1));
}

/** Whether the bytes of a bound are UTF-8. */
function isText(bytes: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(bytes));
    return true;
  } catch {
    return false;
  }
}
