/** Record batches of a simulation: each made anew from a few numbers, so that a caller may overwrite them after a write. */

import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  Int8,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Vector,
} from "apache-arrow";
import type { Random } from "./random.ts";

/** What a column holds. */
export type ColumnKind =
  | "int32"
  | "int64"
  | "float64"
  | "bool"
  | "utf8"
  | "dictionary"
  | "list"
  | "struct";

const KINDS: readonly ColumnKind[] = [
  "int32",
  "int64",
  "float64",
  "bool",
  "utf8",
  "utf8",
  "dictionary",
  "list",
  "struct",
];

/** A batch to make. */
export interface BatchSpec {
  readonly seed: number;
  readonly rows: number;
  /** What is wrong with it. */
  readonly fault: "none" | "another schema" | "broken offsets";
}

const TYPES: Readonly<Record<Exclude<ColumnKind, "dictionary">, DataType>> = {
  int32: new Int32(),
  int64: new Int64(),
  float64: new Float64(),
  bool: new Bool(),
  utf8: new Utf8(),
  list: new List(new Field("item", new Int32(), true)),
  struct: new Struct([new Field("a", new Int32(), true), new Field("b", new Utf8(), false)]),
};

/** Kinds of columns; at least one. */
export function randomColumns(random: Random): ColumnKind[] {
  return Array.from({ length: random.integer(1, 5) }, () => random.pick(KINDS));
}

/** The schema of such columns; their names tell writers apart. */
export function schemaOf(columns: readonly ColumnKind[], writer: string): Schema {
  return new Schema(columns.map((kind, i) => new Field(`${writer} ${i}`, typeOf(kind, i), true)));
}

/** In IPC each dictionary has an id of its own. */
function typeOf(kind: ColumnKind, ordinal: number): DataType {
  return kind === "dictionary" ? new Dictionary(new Utf8(), new Int8(), ordinal) : TYPES[kind];
}

/** Makes a batch. */
export function makeBatch(schema: Schema, { seed, rows, fault }: BatchSpec): RecordBatch {
  const next = numbers(seed);
  if (fault === "another schema") {
    const fields = [...schema.fields, new Field("one too many", new Int32(), true)];
    return batchOf(new Schema(fields), rows, next);
  }
  if (fault === "broken offsets") {
    const fields = schema.fields.map((field) => new Field(field.name, field.type, true));
    const batch = batchOf(new Schema(fields), rows, next);
    breakOffsets(batch);
    return batch;
  }
  return batchOf(schema, rows, next);
}

/** Whether a batch of this schema can be broken as {@linkcode BatchSpec} has it. */
export function breakable(columns: readonly ColumnKind[]): boolean {
  return columns.includes("utf8");
}

/** Overwrites the memory of a batch. */
export function scribble(batch: RecordBatch): void {
  const visit = (data: Data) => {
    for (const buffer of [data.values, data.valueOffsets, data.nullBitmap]) {
      if (ArrayBuffer.isView(buffer)) {
        new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).fill(0x5a);
      }
    }
    data.children.forEach(visit);
    data.dictionary?.data.forEach(visit);
  };
  visit(batch.data);
}

/** Bytes of a batch's buffers. */
export function byteLength(batch: RecordBatch): number {
  let bytes = 0;
  const visit = (data: Data) => {
    for (const buffer of [data.values, data.valueOffsets, data.nullBitmap]) {
      if (ArrayBuffer.isView(buffer)) bytes += buffer.byteLength;
    }
    data.children.forEach(visit);
    data.dictionary?.data.forEach(visit);
  };
  visit(batch.data);
  return bytes;
}

function batchOf(schema: Schema, rows: number, next: () => number): RecordBatch {
  const children = schema.fields.map(({ type }) => column(type, rows, next));
  const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

/** 32 random bits at a time; quick, since there are many rows. */
function numbers(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    return (state ^= state << 5) >>> 0;
  };
}

function column(type: DataType, rows: number, next: () => number): Data {
  const nullBitmap = next() % 2 === 0 ? null : new Uint8Array(Math.ceil(rows / 8)).map(next);
  let nullCount = 0;
  if (nullBitmap !== null) {
    for (let i = 0; i < rows; i++) if ((nullBitmap[i >> 3]! >> (i & 7) & 1) === 0) nullCount++;
  }
  const base = { length: rows, nullCount, nullBitmap };
  const distinct = next() % 3 === 0 ? 5 : 2 ** 32;
  if (type instanceof Int32) {
    return makeData({
      type,
      ...base,
      data: Int32Array.from({ length: rows }, () => next() % distinct),
    });
  }
  if (type instanceof Int64) {
    const data = new BigInt64Array(rows);
    new Uint32Array(data.buffer).forEach((_, i, words) => words[i] = next() % distinct);
    return makeData({ type, ...base, data });
  }
  if (type instanceof Float64) {
    return makeData({
      type,
      ...base,
      data: Float64Array.from({ length: rows }, () => next() % distinct / 7),
    });
  }
  if (type instanceof Bool) {
    return makeData({ type, ...base, data: new Uint8Array(Math.ceil(rows / 8)).map(next) });
  }
  if (type instanceof Utf8) return makeData({ type, ...base, ...text(rows, distinct, next) });
  if (type instanceof Dictionary) {
    const entries = 1 + next() % 100;
    const dictionary = new Vector([column(new Utf8(), entries, () => next() | 1)]);
    return makeData({
      type,
      ...base,
      data: Int8Array.from({ length: rows }, () => next() % entries),
      dictionary,
    } as never);
  }
  if (type instanceof List) {
    const valueOffsets = new Int32Array(rows + 1);
    for (let i = 0; i < rows; i++) valueOffsets[i + 1] = valueOffsets[i]! + next() % 4;
    const child = column(new Int32(), valueOffsets[rows]!, next);
    return makeData({ type, ...base, valueOffsets, child } as never);
  }
  const children = (type as Struct).children.map((field) =>
    column(field.type, rows, field.nullable ? next : () => next() & ~1)
  );
  return makeData({ type: type as Struct, ...base, children });
}

function text(rows: number, distinct: number, next: () => number) {
  const valueOffsets = new Int32Array(rows + 1);
  const bytes: number[] = [];
  for (let i = 0; i < rows; i++) {
    let rest = next() % distinct;
    const length = rest % 12;
    for (let k = 0; k < length; k++) {
      bytes.push(0x61 + rest % 26);
      rest = Math.floor(rest / 3);
    }
    valueOffsets[i + 1] = bytes.length;
  }
  return { valueOffsets, data: Uint8Array.from(bytes) };
}

function breakOffsets(batch: RecordBatch): void {
  const broken = batch.data.children.find(({ type }) => type instanceof Utf8)!;
  (broken.valueOffsets as Int32Array)[broken.length] = 1_000_000;
}
