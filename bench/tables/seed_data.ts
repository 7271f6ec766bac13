/**
 * The end-to-end benchmark's data: two schemas of low-cardinality values in batches of 100 to 10,000 rows.
 *
 * Deterministic: the same arguments give the same batches on every machine.
 *
 * @module
 */

import {
  Bool,
  type Data,
  DataType,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";

/** Which columns the data has. */
export type SchemaKind = "simple" | "complex";

const WORDS = ["apple", "banana", "cherry", "date", "elderberry"]
  .map((word) => new TextEncoder().encode(word));

const SIMPLE: readonly ((name: string) => Field)[] = [
  (name) => new Field(name, new Int64(), false),
  (name) => new Field(name, new Utf8(), false),
];

const COMPLEX: readonly ((name: string) => Field)[] = [
  ...SIMPLE,
  (name) => new Field(name, new List(new Field("item", new Int32(), true)), true),
  (name) => new Field(name, new List(new Field("item", new Utf8(), true)), true),
  (name) =>
    new Field(
      name,
      new Struct<{ id: Int64; name: Utf8; value: Float64 }>([
        new Field("id", new Int64(), false),
        new Field("name", new Utf8(), false),
        new Field("value", new Float64(), false),
      ]),
      false,
    ),
  (name) => new Field(name, new Bool(), false),
];

/** The schema of `columns` columns, whose types take turns. */
export function seedSchema(kind: SchemaKind, columns: number): Schema {
  const makers = kind === "simple" ? SIMPLE : COMPLEX;
  return new Schema(
    Array.from({ length: columns }, (_, i) => makers[i % makers.length]!(`col_${i}`)),
  );
}

/** `rows` rows of random values. */
export function* seedBatches(schema: Schema, rows: number, seed = 12345): Generator<RecordBatch> {
  const random = xorshift(seed);
  for (let left = rows; left > 0;) {
    const most = Math.min(10_000, left);
    const least = Math.min(100, most);
    const length = least + Math.floor(random() * (most - least + 1));
    const children = schema.fields.map(({ type }) => column(type, length, random));
    yield new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
    );
    left -= length;
  }
}

/** Bytes of the Arrow buffers of some batches: what throughput is reported in. */
export function arrowBytes(batches: readonly RecordBatch[]): number {
  const bytes = (data: Data): number =>
    (data.values?.byteLength ?? 0) + (data.valueOffsets?.byteLength ?? 0) +
    (data.nullBitmap?.byteLength ?? 0) +
    data.children.reduce((total, child) => total + bytes(child!), 0);
  return batches.reduce((total, batch) => total + bytes(batch.data), 0);
}

/** Numbers in [0, 1): 32-bit xorshift. */
function xorshift(state: number): () => number {
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function column(type: DataType, length: number, random: () => number): Data {
  const below = (n: number) => Math.floor(random() * n);
  const base = { length, nullCount: 0 };
  if (DataType.isInt(type)) {
    return type.bitWidth === 64
      ? makeData({
        type: new Int64(),
        ...base,
        data: BigInt64Array.from({ length }, () => BigInt(below(100))),
      })
      : makeData({
        type: new Int32(),
        ...base,
        data: Int32Array.from({ length }, () => below(100)),
      });
  }
  if (DataType.isFloat(type)) {
    const data = Float64Array.from({ length }, () => random() * 100);
    return makeData({ type: new Float64(), ...base, data });
  }
  if (DataType.isBool(type)) {
    const data = new Uint8Array(Math.ceil(length / 8));
    for (let i = 0; i < length; i++) if (random() < 0.9) data[i >> 3]! |= 1 << (i & 7);
    return makeData({ type, ...base, data });
  }
  if (DataType.isUtf8(type)) {
    const words = Array.from({ length }, () => WORDS[below(WORDS.length)]!);
    const valueOffsets = new Int32Array(length + 1);
    words.forEach((word, i) => valueOffsets[i + 1] = valueOffsets[i]! + word.length);
    const data = new Uint8Array(valueOffsets[length]!);
    words.forEach((word, i) => data.set(word, valueOffsets[i]!));
    return makeData({ type, ...base, valueOffsets, data });
  }
  if (DataType.isList(type)) {
    // One list in ten is null, the others have 1 to 10 items.
    const valueOffsets = new Int32Array(length + 1);
    const nullBitmap = new Uint8Array(Math.ceil(length / 8));
    let nullCount = 0;
    for (let i = 0; i < length; i++) {
      const isNull = random() < 0.1;
      if (isNull) nullCount++;
      else nullBitmap[i >> 3]! |= 1 << (i & 7);
      valueOffsets[i + 1] = valueOffsets[i]! + (isNull ? 0 : 1 + below(10));
    }
    const child = column(type.valueType, valueOffsets[length]!, random);
    return makeData({ type, length, nullCount, nullBitmap, valueOffsets, child });
  }
  if (DataType.isStruct(type)) {
    const children = type.children.map((child) => column(child.type, length, random));
    return makeData({ type, ...base, children });
  }
  throw new TypeError(`No seed data of ${type}`);
}
