/**
 * Columns of generated tables: each is a function of the row, drawn from a seed, and becomes Arrow data batch by batch.
 *
 * @module
 */

import {
  Binary,
  BinaryView,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int32,
  Int64,
  LargeUtf8,
  List,
  makeData,
  makeVector,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint32,
  Uint64,
  Utf8,
  Utf8View,
} from "apache-arrow";

/** A value a row; `null`: none. Asked for once a row, in order. */
export type Values<T> = (row: number) => T | null;

/** A column: its field, and its slots from `start` on. */
export interface Column {
  readonly field: Field;
  data(start: number, length: number): Data;
}

/** How the text columns of a table are stored. */
export type TextLayout = "utf8" | "largeUtf8" | "utf8View" | "dictionary";

/** Rows of a batch: what engines hand out. */
const BATCH_ROWS = 65_536;

const encoder = new TextEncoder();

/** Numbers in [0, 1): mulberry32, seeded with a text. */
export function randomNumbers(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of encoder.encode(seed)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The batches of a table. */
export function* batchesOf(columns: readonly Column[], rows: number): Generator<RecordBatch> {
  const schema = new Schema(columns.map(({ field }) => field));
  for (let start = 0; start < rows; start += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, rows - start);
    const children = columns.map((column) => column.data(start, length));
    const type = new Struct(schema.fields);
    yield new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
  }
}

interface Slots<T> {
  readonly values: (T | null)[];
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
}

function slots<T>(values: Values<T>, start: number, length: number): Slots<T> {
  const taken = Array.from({ length }, (_, i) => values(start + i));
  const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8);
  let nullCount = 0;
  taken.forEach((value, i) => {
    if (value === null) nullCount++;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  });
  return { values: taken, nullCount, nullBitmap: nullCount === 0 ? undefined : nullBitmap };
}

/** A column of fixed width: `store` puts a value into its slot. */
function fixedWidth<T, A extends ArrayBufferView>(
  name: string,
  type: DataType,
  values: Values<T>,
  allocate: (length: number) => A,
  store: (target: A, slot: number, value: T) => void,
): Column {
  return {
    field: new Field(name, type, true),
    data(start, length) {
      const taken = slots(values, start, length);
      const data = allocate(length);
      taken.values.forEach((value, slot) => {
        if (value !== null) store(data, slot, value);
      });
      const { nullCount, nullBitmap } = taken;
      return makeData({ type, length, nullCount, nullBitmap, data } as never);
    },
  };
}

/** Int32. */
export function int32(name: string, values: Values<number>): Column {
  return fixedWidth(name, new Int32(), values, (n) => new Int32Array(n), (a, i, v) => a[i] = v);
}

/** Int64, of numbers that are exact. */
export function int64(name: string, values: Values<number>): Column {
  return fixedWidth(
    name,
    new Int64(),
    values,
    (n) => new BigInt64Array(n),
    (a, i, v) => a[i] = BigInt(v),
  );
}

/** UInt32. */
export function uint32(name: string, values: Values<number>): Column {
  return fixedWidth(name, new Uint32(), values, (n) => new Uint32Array(n), (a, i, v) => a[i] = v);
}

/** UInt64, of numbers that are exact. */
export function uint64(name: string, values: Values<number>): Column {
  return fixedWidth(
    name,
    new Uint64(),
    values,
    (n) => new BigUint64Array(n),
    (a, i, v) => a[i] = BigInt(v),
  );
}

/** Float16, cut off from the single float: benches do not ask for rounding. */
export function float16(name: string, values: Values<number>): Column {
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  return fixedWidth(name, new Float16(), values, (n) => new Uint16Array(n), (a, i, v) => {
    single[0] = v;
    const [sign, exponent] = [bits[0]! >>> 16 & 0x8000, (bits[0]! >>> 23 & 255) - 112];
    const mantissa = bits[0]! >>> 13 & 1023;
    a[i] = sign | (Number.isNaN(v) ? 0x7e00 : exponent <= 0 ? 0 : exponent << 10 | mantissa);
  });
}

/** Float32. */
export function float32(name: string, values: Values<number>): Column {
  return fixedWidth(name, new Float32(), values, (n) => new Float32Array(n), (a, i, v) => a[i] = v);
}

/** Float64. */
export function float64(name: string, values: Values<number>): Column {
  return fixedWidth(name, new Float64(), values, (n) => new Float64Array(n), (a, i, v) => a[i] = v);
}

/** Bool. */
export function bool(name: string, values: Values<boolean>): Column {
  return fixedWidth(
    name,
    new Bool(),
    values,
    (n) => new Uint8Array(Math.ceil(n / 64) * 8),
    (a, i, v) => a[i >> 3]! |= Number(v) << (i & 7),
  );
}

/** Days since 1970. */
export function date(name: string, values: Values<number>): Column {
  return fixedWidth(name, new DateDay(), values, (n) => new Int32Array(n), (a, i, v) => a[i] = v);
}

/** Microseconds since 1970, in UTC. */
export function timestamp(name: string, values: Values<number>): Column {
  return fixedWidth(
    name,
    new TimestampMicrosecond("UTC"),
    values,
    (n) => new BigInt64Array(n),
    (a, i, v) => a[i] = BigInt(v),
  );
}

/** Decimal of 128 bits, from unscaled values. */
export function decimal(
  name: string,
  precision: number,
  scale: number,
  values: Values<bigint>,
): Column {
  return fixedWidth(
    name,
    new Decimal(scale, precision, 128),
    values,
    (n) => new Uint32Array(4 * n),
    (a, i, v) => {
      for (let word = 0; word < 4; word++) {
        a[4 * i + word] = Number((v >> BigInt(32 * word)) & 0xffffffffn);
      }
    },
  );
}

/** FixedSizeBinary; `fill` writes a value. */
export function fixedBinary(
  name: string,
  byteWidth: number,
  fill: (target: Uint8Array, row: number) => void,
): Column {
  const type = new FixedSizeBinary(byteWidth);
  return {
    field: new Field(name, type, false),
    data(start, length) {
      const data = new Uint8Array(byteWidth * length);
      for (let i = 0; i < length; i++) {
        fill(data.subarray(byteWidth * i, byteWidth * (i + 1)), start + i);
      }
      return makeData({ type, length, nullCount: 0, data });
    },
  };
}

interface Texts {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

function encodeAll(values: readonly (string | null)[]): Texts {
  const offsets = new Int32Array(values.length + 1);
  let bytes = new Uint8Array(1024);
  let used = 0;
  values.forEach((value, i) => {
    if (value !== null) {
      if (used + 3 * value.length > bytes.length) {
        const larger = new Uint8Array(2 * (used + 3 * value.length));
        larger.set(bytes);
        bytes = larger;
      }
      used += encoder.encodeInto(value, bytes.subarray(used)).written;
    }
    offsets[i + 1] = used;
  });
  return { bytes: bytes.slice(0, used), offsets };
}

/** Text, stored as `layout` says. */
export function text(name: string, layout: TextLayout, values: Values<string>): Column {
  if (layout === "dictionary") return dictionaryText(name, values);
  const type = { utf8: new Utf8(), largeUtf8: new LargeUtf8(), utf8View: new Utf8View() }[layout];
  return {
    field: new Field(name, type, true),
    data(start, length) {
      const { values: taken, nullCount, nullBitmap } = slots(values, start, length);
      const { bytes, offsets } = encodeAll(taken);
      const base = { length, nullCount, nullBitmap };
      if (layout === "utf8View") {
        const { views, variadicBuffers } = viewsOf(bytes, offsets);
        return makeData({ type: type as Utf8View, ...base, views, variadicBuffers } as never);
      }
      const valueOffsets = layout === "utf8" ? offsets : BigInt64Array.from(offsets, BigInt);
      return makeData({ type: type as Utf8, ...base, valueOffsets, data: bytes } as never);
    },
  };
}

/** Views of 16 bytes: length, then up to 12 bytes themselves, or a prefix, a buffer and an offset. */
function viewsOf(bytes: Uint8Array, offsets: Int32Array) {
  const length = offsets.length - 1;
  const views = new Uint8Array(16 * length);
  const words = new Int32Array(views.buffer);
  for (let i = 0; i < length; i++) {
    const [from, to] = [offsets[i]!, offsets[i + 1]!];
    words[4 * i] = to - from;
    if (to - from <= 12) {
      views.set(bytes.subarray(from, to), 16 * i + 4);
    } else {
      views.set(bytes.subarray(from, from + 4), 16 * i + 4);
      words[4 * i + 3] = from;
    }
  }
  return { views, variadicBuffers: [bytes] };
}

/** Every dictionary column of a schema needs an id of its own. */
let dictionaries = 0;

/** Text with a dictionary a batch, as engines hand it out. */
function dictionaryText(name: string, values: Values<string>): Column {
  const type = new Dictionary(new Utf8(), new Int32(), dictionaries++);
  return {
    field: new Field(name, type, true),
    data(start, length) {
      const { values: taken, nullCount, nullBitmap } = slots(values, start, length);
      const ids = new Map<string, number>();
      const keys = Int32Array.from(taken, (value) => {
        if (value === null) return 0;
        const id = ids.get(value) ?? ids.size;
        ids.set(value, id);
        return id;
      });
      const { bytes, offsets } = encodeAll([...ids.keys()]);
      const entries = makeData({
        type: new Utf8(),
        length: ids.size,
        nullCount: 0,
        valueOffsets: offsets,
        data: bytes,
      });
      const dictionary = makeVector(entries);
      return makeData({ type, length, nullCount, nullBitmap, data: keys, dictionary });
    },
  };
}

/** Binary; `values` gives the bytes. */
export function binary(name: string, values: Values<Uint8Array>): Column {
  const type = new Binary();
  return {
    field: new Field(name, type, true),
    data(start, length) {
      const { values: taken, nullCount, nullBitmap } = slots(values, start, length);
      const valueOffsets = new Int32Array(length + 1);
      taken.forEach((value, i) => valueOffsets[i + 1] = valueOffsets[i]! + (value?.length ?? 0));
      const data = new Uint8Array(valueOffsets[length]!);
      taken.forEach((value, i) => value !== null && data.set(value, valueOffsets[i]!));
      return makeData({ type, length, nullCount, nullBitmap, valueOffsets, data });
    },
  };
}

/** BinaryView, of texts. */
export function binaryView(name: string, values: Values<string>): Column {
  const column = text(name, "utf8View", values);
  const type = new BinaryView();
  return {
    field: new Field(name, type, true),
    data: (start, length) => {
      const { nullCount, nullBitmap, values: views, variadicBuffers } = column.data(start, length);
      return makeData({ type, length, nullCount, nullBitmap, views, variadicBuffers } as never);
    },
  };
}

/** A struct of columns, never null. */
export function struct(name: string, columns: readonly Column[]): Column {
  const type = new Struct(columns.map(({ field }) => field));
  return {
    field: new Field(name, type, false),
    data(start, length) {
      const children = columns.map((column) => column.data(start, length));
      return makeData({ type, length, nullCount: 0, children });
    },
  };
}

/** Lists of what `item` makes; `lengths` says how many. */
export function list(name: string, item: Column, lengths: Values<number>): Column {
  const type = new List(item.field);
  let taken = 0;
  return {
    field: new Field(name, type, true),
    data(start, length) {
      const { values, nullCount, nullBitmap } = slots(lengths, start, length);
      const valueOffsets = new Int32Array(length + 1);
      values.forEach((count, i) => valueOffsets[i + 1] = valueOffsets[i]! + (count ?? 0));
      const child = item.data(taken, valueOffsets[length]!);
      taken += valueOffsets[length]!;
      return makeData({ type, length, nullCount, nullBitmap, valueOffsets, child });
    },
  };
}

/** Maps from what `key` makes to what `value` makes. */
export function map(name: string, key: Column, value: Column, lengths: Values<number>): Column {
  const keyField = new Field(key.field.name, key.field.type, false);
  const entries = list(name, struct("entries", [{ ...key, field: keyField }, value]), lengths);
  const type = new Map_(
    entries.field.type.children[0] as Field<Struct<{ key: DataType; value: DataType }>>,
  );
  return {
    field: new Field(name, type, true),
    data(start, length) {
      const { nullCount, nullBitmap, valueOffsets, children } = entries.data(start, length);
      return makeData(
        { type, length, nullCount, nullBitmap, valueOffsets, child: children[0] } as never,
      );
    },
  };
}

/** Vectors of `size` 32-bit floats. */
export function embedding(
  name: string,
  size: number,
  values: (row: number, at: number) => number,
): Column {
  const type = new FixedSizeList(size, new Field("item", new Float32(), false));
  return {
    field: new Field(name, type, false),
    data(start, length) {
      const data = new Float32Array(size * length);
      for (let i = 0; i < data.length; i++) {
        data[i] = values(start + Math.floor(i / size), i % size);
      }
      const child = makeData({ type: new Float32(), length: size * length, nullCount: 0, data });
      return makeData({ type, length, nullCount: 0, child });
    },
  };
}
