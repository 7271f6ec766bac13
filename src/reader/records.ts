/**
 * Rows as objects, put together from the levels and values of their columns: for files of actions and settings, whose rows are few kinds
 * of structs, lists, maps, texts, booleans and whole numbers.
 *
 * @see https://github.com/apache/parquet-format#nested-encoding
 *
 * @module
 */

import { logicalTypeOf } from "../file/describe_schema.ts";
import { listElement, type SchemaNode } from "../format/schema_tree.ts";
import { FormatError } from "../util/errors.ts";
import type { DecodedPage, DecodedValues } from "../verify/decoded_page.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";
import type { ChunkReader } from "./chunk_reader.ts";

/** A value of a row: an object of a struct or of a map with text keys, an array of a list. */
export type RecordValue =
  | null
  | boolean
  | number
  | string
  | RecordValue[]
  | { [name: string]: RecordValue };

/** Rows that are put together at a time. */
const BLOCK_ROWS = 4096;

/**
 * The rows of a file, some at a time. What is in memory is bounded by the largest row group's chosen columns.
 *
 * @param chosen Whether a column or a field of it is wanted, by its path; what is not is not read. Structs without any are left out.
 * @throws {FormatError} When the file is damaged, or a chosen column is neither text, boolean nor a whole number that doubles hold.
 */
export async function* readRecords(
  reader: ChunkReader,
  chosen: (path: readonly string[]) => boolean,
): AsyncGenerator<{ [name: string]: RecordValue }[], void, undefined> {
  const { rowGroups } = reader.metadata;
  for (const [g, { numRows }] of rowGroups.entries()) {
    const assembly = new Assembly(reader, chosen);
    for (const leaf of assembly.leaves) await leaf.read(reader, g);
    for (let row = 0; row < numRows; row += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, numRows - row);
      yield Array.from({ length: count }, () => assembly.next());
    }
    if (!assembly.leaves.every(({ isAtEnd }) => isAtEnd)) {
      throw new FormatError(`Cannot read row group ${g}: its columns disagree about its rows`);
    }
  }
}

/** Reads the next value of a node, which is there as far as `level` goes. */
type Next = () => RecordValue;

class Assembly {
  readonly leaves: LeafEntries[] = [];
  readonly #reader: ChunkReader;
  readonly #chosen: (path: readonly string[]) => boolean;
  readonly #members: readonly Member[];

  constructor(reader: ChunkReader, chosen: (path: readonly string[]) => boolean) {
    this.#reader = reader;
    this.#chosen = chosen;
    this.#members = this.#membersOf(reader.tree.root);
  }

  /** The next row. */
  next(): { [name: string]: RecordValue } {
    return recordOf(this.#members);
  }

  #membersOf(group: SchemaNode): Member[] {
    const members: Member[] = [];
    for (const child of group.children) {
      if (!this.#chosen(child.path)) continue;
      const next = this.#build(child);
      if (next !== null) members.push({ name: child.element.name, next });
    }
    return members;
  }

  /** `null`: nothing of it is chosen. */
  #build(node: SchemaNode): Next | null {
    const first = this.leaves.length;
    const inner = this.#innerOf(node);
    const leaves = this.leaves.slice(first);
    if (inner === null || leaves.length === 0) return null;
    const { repetitionType } = node.element;
    if (repetitionType === "REPEATED") return itemsOf(node, inner, leaves);
    return repetitionType === "OPTIONAL" ? presentOnly(node, inner, leaves) : inner;
  }

  #innerOf(node: SchemaNode): Next | null {
    const { element, children } = node;
    if (element.type !== undefined) {
      const index = this.#reader.tree.leaves.indexOf(node);
      const leaf = new LeafEntries(this.#reader.columns[index]!);
      this.leaves.push(leaf);
      return () => leaf.take();
    }
    const [only] = children;
    switch (logicalTypeOf(element)?.type) {
      case "LIST": {
        const item = listElement(node);
        if (item === null) break;
        const read = this.#build(only!);
        if (read === null || item === only) return read;
        const { name } = item.element;
        return () => (read() as { [name: string]: RecordValue }[]).map((one) => one[name]!);
      }
      case "MAP": {
        if (only?.children.length !== 2) break;
        const read = this.#build(only);
        const [key, value] = only.children.map(({ element }) => element.name);
        return read && (() =>
          Object.fromEntries(
            (read() as { [name: string]: RecordValue }[]).map((entry) => [
              String(entry[key!]),
              entry[value!]!,
            ]),
          ));
      }
    }
    const members = this.#membersOf(node);
    return members.length === 0 ? null : () => recordOf(members);
  }
}

interface Member {
  readonly name: string;
  readonly next: Next;
}

function recordOf(members: readonly Member[]): { [name: string]: RecordValue } {
  const record: { [name: string]: RecordValue } = {};
  for (const { name, next } of members) record[name] = next();
  return record;
}

/** A node that may be null: then all of its leaves have an entry that says so. */
function presentOnly(
  { maxDefinitionLevel }: SchemaNode,
  inner: Next,
  leaves: readonly LeafEntries[],
): Next {
  const [first] = leaves;
  return () => {
    if (first!.definitionLevel >= maxDefinitionLevel) return inner();
    for (const leaf of leaves) leaf.skip();
    return null;
  };
}

/** A node that is repeated: its items go on for as long as entries repeat at its level. */
function itemsOf(
  { maxDefinitionLevel, maxRepetitionLevel }: SchemaNode,
  inner: Next,
  leaves: readonly LeafEntries[],
): Next {
  const [first] = leaves;
  return () => {
    const items: RecordValue[] = [];
    if (first!.definitionLevel < maxDefinitionLevel) {
      for (const leaf of leaves) leaf.skip();
      return items;
    }
    do items.push(inner()); while (first!.repetitionLevel === maxRepetitionLevel);
    return items;
  };
}

/** The entries of a leaf in one row group, taken one after the other. */
class LeafEntries {
  readonly #column: LeafColumn;
  #repetitionLevels: Uint8Array[] = [];
  #definitionLevels: Uint8Array[] = [];
  #levels: { repetition: Uint8Array; definition: Uint8Array } | null = null;
  #values: RecordValue[] = [];
  #entry = 0;
  #value = 0;

  constructor(column: LeafColumn) {
    this.#column = column;
  }

  /** Definition level of the next entry; −1 after the last. */
  get definitionLevel(): number {
    const { definition } = this.#levels!;
    if (this.#column.maxDefinitionLevel === 0) return 0;
    return this.#entry < definition.length ? definition[this.#entry]! : -1;
  }

  /** Repetition level of the next entry; 0 after the last. */
  get repetitionLevel(): number {
    const { repetition } = this.#levels!;
    return this.#entry < repetition.length ? repetition[this.#entry]! : 0;
  }

  /** Whether every entry was taken. */
  get isAtEnd(): boolean {
    const { maxDefinitionLevel } = this.#column;
    return this.#value === this.#values.length &&
      (maxDefinitionLevel === 0 || this.#entry === this.#levels!.definition.length);
  }

  /** Takes an entry that has a value. */
  take(): RecordValue {
    this.#entry++;
    return this.#values[this.#value++]!;
  }

  /** Takes an entry that has none. */
  skip(): void {
    this.#entry++;
  }

  async read(reader: ChunkReader, rowGroup: number): Promise<void> {
    const decode = decoderOf(this.#column);
    let dictionary: RecordValue[] = [];
    await reader.read(rowGroup, this.#column.index, {
      dictionary: ({ values }) => {
        dictionary = decode(values);
      },
      page: (page) => this.#add(page, decode, dictionary),
    });
    this.#levels = {
      repetition: joined(this.#repetitionLevels),
      definition: joined(this.#definitionLevels),
    };
    this.#repetitionLevels = this.#definitionLevels = [];
  }

  #add(page: DecodedPage, decode: Decode, dictionary: readonly RecordValue[]): void {
    const { repetitionLevels, definitionLevels, ids } = page;
    if (repetitionLevels !== null) this.#repetitionLevels.push(repetitionLevels.slice());
    if (definitionLevels !== null) this.#definitionLevels.push(definitionLevels.slice());
    const values = this.#values;
    // Texts of a dictionary are made once.
    if (ids !== null) { for (const id of ids) values.push(dictionary[id]!); }
    else for (const value of decode(page.values())) values.push(value);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

type Decode = (values: DecodedValues) => RecordValue[];

/** @throws {FormatError} When values of the column's type are not read. */
function decoderOf({ physicalType, name }: LeafColumn): Decode {
  switch (physicalType) {
    case "BOOLEAN":
      return ({ bytes, count }) => Array.from(bytes.subarray(0, count), (byte) => byte === 1);
    case "INT32":
      return ({ bytes, count }) =>
        Array.from(new Int32Array(bytes.buffer, bytes.byteOffset, count));
    case "INT64":
      return ({ bytes, count }) =>
        Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, count), (value) => {
          if (Number.isSafeInteger(Number(value))) return Number(value);
          throw new FormatError(`Cannot read column "${name}": ${value} is beyond 2⁵³`);
        });
    case "BYTE_ARRAY":
      return (values) => textsOf(values, name);
    default:
      throw new FormatError(
        `Cannot read column "${name}": expected text, booleans or whole numbers, it is ${physicalType}`,
      );
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textsOf({ bytes, offsets, count }: DecodedValues, name: string): string[] {
  return Array.from({ length: count }, (_, i) => {
    try {
      return utf8.decode(bytes.subarray(offsets![i], offsets![i + 1]));
    } catch {
      throw new FormatError(`Cannot read column "${name}": a text is not UTF-8`);
    }
  });
}
