/** From decoded pages to canonical values, with the help of the Dremel oracle; and back to levels. */

import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { assemble, type DremelColumn, shred } from "../oracle/dremel.ts";
import type { DecodedFile, DecodedPage } from "./page_decoder.ts";
import { fromPhysical, type Value } from "./values.ts";

/** Columns in the order of the file, which has to have as many as there are fields. */
export function assembleColumns(file: DecodedFile, fields: readonly ArrowField[]): Value[][] {
  const roots = file.schema.children;
  if (roots.length !== fields.length) {
    throw new Error(`${roots.length} columns instead of ${fields.length}`);
  }
  roots.forEach(({ name }, i) => {
    if (name !== fields[i]!.name) throw new Error(`Column "${name}" for "${fields[i]!.name}"`);
  });
  const columns: Value[][] = fields.map(() => []);
  for (const { chunks } of file.rowGroups) {
    const records = assemble(roots, chunks.map(({ pages }) => joined(pages)));
    for (const record of records) {
      fields.forEach(({ type }, i) => columns[i]!.push(fromRecord(type, record[i])));
    }
  }
  return columns;
}

/** All pages of a chunk as one Dremel column. */
export function joined(pages: readonly DecodedPage[]): DremelColumn {
  return {
    repetitionLevels: pages.flatMap((page) => page.repetitionLevels),
    definitionLevels: pages.flatMap((page) => page.definitionLevels),
    values: pages.flatMap((page) => page.values),
  };
}

/** Levels that Dremel gives to the values of `fields` under the schema of a file, leaf by leaf. */
export function levelsOf(
  file: DecodedFile,
  fields: readonly ArrowField[],
  columns: readonly (readonly Value[])[],
): DremelColumn[] {
  const rows = columns[0]?.length ?? 0;
  const records = Array.from(
    { length: rows },
    (_, row) => fields.map(({ type }, i) => toRecord(type, columns[i]![row]!)),
  );
  return shred(file.schema.children, records);
}

/** Lists are groups of one repeated group of one element; maps of a repeated group of key and value. */
function fromRecord(type: ArrowType, record: unknown): Value {
  if (record === null || record === undefined) return null;
  if (type.kind === "struct") {
    return (record as unknown[]).map((item, i) => fromRecord(type.children[i]!.type, item));
  }
  if (type.kind === "map") {
    const [entries] = record as [unknown[]];
    return entries.map((entry) => fromRecord(type.child.type, entry));
  }
  if ("child" in type) {
    const [items] = record as [[unknown][]];
    return items.map(([item]) => fromRecord(type.child.type, item));
  }
  return fromPhysical(type, record);
}

function toRecord(type: ArrowType, value: Value): unknown {
  if (value === null) return null;
  if (type.kind === "struct") {
    return (value as Value[]).map((item, i) => toRecord(type.children[i]!.type, item));
  }
  if (type.kind === "map") {
    return [(value as Value[]).map((entry) => toRecord(type.child.type, entry))];
  }
  if ("child" in type) {
    return [(value as Value[]).map((item) => [toRecord(type.child.type, item)])];
  }
  return value;
}
