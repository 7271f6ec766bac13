/**
 * Random Arrow JS data of any type, drawn from a seed: with slices, offsets that start anywhere, garbage under nulls,
 * dictionaries with duplicates, nulls and unused entries, and the values that break writers.
 */

import {
  type Data,
  DataType,
  type Field,
  IntervalUnit,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  type TimeUnit,
  Vector,
} from "apache-arrow";

/** What random data looks like. */
export interface Shape {
  readonly seed: number;
  /** Share of slots that are null, where a field may be null. */
  readonly nulls: number;
  /** Different values of a column, at the most; 0: no bound. */
  readonly distinct: number;
  /** Whether slots under nulls hold what no valid slot may hold. */
  readonly garbage: boolean;
  /** Slots cut off in front of every column by a slice. */
  readonly sliced: number;
}

/** A generator of numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A record batch of `rows` rows. */
export function randomBatch(schema: Schema, rows: number, shape: Shape): RecordBatch {
  const generator = new Generator(shape);
  const total = rows + shape.sliced;
  const children = schema.fields.map((field) => generator.field(field, total));
  const data = makeData({ type: new Struct(schema.fields), length: total, nullCount: 0, children });
  const batch = new RecordBatch(schema, data);
  return shape.sliced === 0 ? batch : batch.slice(shape.sliced, total);
}

/** Strings that are likely to matter: empty, at the edges of UTF-8's lengths and of the surrogates, long. */
const STRINGS = [
  "",
  "a",
  "apple",
  "é",
  "\u07ff\u0800",
  "\ud7ff\ue000\uffff",
  "\u{10000}\u{10ffff}",
  "a 'quoted' string",
  "x".repeat(70),
  `${"prefix ".repeat(12)}\u{10ffff}`,
];

const encoder = new TextEncoder();

class Generator {
  readonly #random: () => number;
  readonly #shape: Shape;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#random = randomNumbers(shape.seed);
  }

  field(field: Field, length: number): Data {
    return this.data(field.type, length, field.nullable ? this.#shape.nulls : 0);
  }

  data(type: DataType, length: number, nulls: number): Data {
    const valid = Array.from({ length }, () => this.#random() >= nulls);
    const nullCount = valid.filter((bit) => !bit).length;
    // A bitmap without a null in it is as good as none.
    const nullBitmap = nullCount > 0 || this.#random() < 0.3 ? this.#bitmap(valid) : null;
    const base = { length, nullCount, nullBitmap };
    if (DataType.isNull(type)) return makeData({ type, length });
    if (DataType.isBool(type)) {
      return makeData({ type, ...base, data: this.#bitmap(valid.map(() => this.#random() < 0.5)) });
    }
    if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
      return makeData(
        { type, ...base, ...this.#variable(valid, true, DataType.isLargeUtf8(type)) } as never,
      );
    }
    if (DataType.isBinary(type) || DataType.isLargeBinary(type)) {
      const parts = this.#variable(valid, false, DataType.isLargeBinary(type));
      return makeData({ type, ...base, ...parts } as never);
    }
    if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
      return makeData({ type, ...base, ...this.#views(valid, DataType.isUtf8View(type)) } as never);
    }
    if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type)) {
      const offsets = this.#offsets(valid, () => Math.floor(this.#random() * 4));
      const child = this.field(type.children[0]!, Number(offsets.at(-1)) + 2);
      return makeData({
        type,
        ...base,
        valueOffsets: DataType.isLargeList(type)
          ? BigInt64Array.from(offsets, BigInt)
          : Int32Array.from(offsets),
        child,
      } as never);
    }
    if (DataType.isFixedSizeList(type)) {
      const child = this.field(type.children[0]!, length * type.listSize);
      return makeData({ type, ...base, child });
    }
    if (DataType.isStruct(type)) {
      return makeData({ type, ...base, children: type.children.map((f) => this.field(f, length)) });
    }
    if (DataType.isDictionary(type)) return this.#dictionary(type, valid, nulls, base);
    return makeData({ type, ...base, data: this.#fixed(type, valid) } as never);
  }

  #integer(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#integer(values.length)]!;
  }

  #bitmap(bits: readonly boolean[]): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(bits.length / 8) + 1).fill(
      this.#shape.garbage ? 0xff : 0,
    );
    bits.forEach((bit, i) => {
      if (bit) bytes[i >> 3]! |= 1 << (i & 7);
      else bytes[i >> 3]! &= ~(1 << (i & 7));
    });
    return bytes;
  }

  /** A source of values, of which there are not more than the shape says. */
  #values<T>(make: () => T): () => T {
    const { distinct } = this.#shape;
    if (distinct === 0) return make;
    const pool = Array.from({ length: distinct }, make);
    return () => this.#pick(pool);
  }

  /** Offsets that start anywhere; null slots span something where garbage is wanted. */
  #offsets(valid: readonly boolean[], size: (i: number) => number): number[] {
    const offsets = [this.#integer(4)];
    valid.forEach((isValid, i) =>
      offsets.push(offsets.at(-1)! + (isValid || this.#shape.garbage ? size(i) : 0))
    );
    return offsets;
  }

  #bytes(utf8: boolean): Uint8Array {
    if (utf8 && this.#random() < 0.5) return encoder.encode(this.#pick(STRINGS));
    const bytes = Uint8Array.from({ length: this.#integer(20) }, () => this.#integer(256));
    return utf8 ? bytes.map((byte) => 32 + byte % 95) : bytes;
  }

  #variable(valid: readonly boolean[], utf8: boolean, large: boolean) {
    const next = this.#values(() => this.#bytes(utf8));
    const slots = valid.map(() => next());
    const offsets = this.#offsets(valid, (i) => slots[i]!.length);
    const data = new Uint8Array(offsets.at(-1)! + 3).fill(0x78);
    slots.forEach((bytes, i) => {
      if (offsets[i + 1]! - offsets[i]! === bytes.length) data.set(bytes, offsets[i]!);
    });
    return {
      valueOffsets: large ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets),
      data,
    };
  }

  /** Views with two buffers behind them. */
  #views(valid: readonly boolean[], utf8: boolean) {
    const next = this.#values(() => this.#bytes(utf8));
    const views = new Uint8Array(16 * valid.length);
    const words = new DataView(views.buffer);
    const buffers: number[][] = [[0x21], [0x22, 0x23]];
    valid.forEach((isValid, i) => {
      if (!isValid && !this.#shape.garbage) return;
      const bytes = next();
      words.setInt32(16 * i, bytes.length, true);
      views.set(bytes.subarray(0, bytes.length <= 12 ? 12 : 4), 16 * i + 4);
      if (bytes.length <= 12) return;
      const buffer = this.#integer(2);
      words.setInt32(16 * i + 8, buffer, true);
      words.setInt32(16 * i + 12, buffers[buffer]!.length, true);
      buffers[buffer]!.push(...bytes);
    });
    return { views, variadicBuffers: buffers.map((bytes) => Uint8Array.from(bytes)) };
  }

  #dictionary(
    type: DataType & { indices: DataType; dictionary: DataType; id: number },
    valid: readonly boolean[],
    nulls: number,
    base: object,
  ): Data {
    const size = 1 + this.#integer(this.#shape.distinct || 40);
    // Entries may be null: a slot that points to one is null.
    const dictionary = new Vector([this.data(type.dictionary, size, nulls / 4)]);
    const ArrayType = (type.indices as DataType).ArrayType;
    const wide = ArrayType.BYTES_PER_ELEMENT === 8;
    const keys = valid.map((isValid) =>
      isValid || !this.#shape.garbage ? this.#integer(size) : 100 + this.#integer(20)
    );
    const data = wide ? ArrayType.from(keys.map(BigInt)) : ArrayType.from(keys);
    return makeData({ type, ...base, data, dictionary } as never);
  }

  /** Little-endian slots of every type of fixed width. */
  #fixed(type: DataType, valid: readonly boolean[]): Uint8Array {
    const width = widthOf(type);
    const next = this.#values(() => this.#slot(type, width));
    const bytes = new Uint8Array(width * valid.length);
    valid.forEach((isValid, i) => {
      if (isValid) bytes.set(littleEndian(next(), width), i * width);
      else if (this.#shape.garbage) bytes.fill(0xd5, i * width, (i + 1) * width);
    });
    return bytes;
  }

  #bits(count: number): bigint {
    let value = 0n;
    for (let i = 0; i < count; i += 32) value = value << 32n | BigInt(this.#integer(2 ** 32));
    return BigInt.asUintN(count, value);
  }

  /** A whole number in [−limit, limit], near its ends or 0 more often than not. */
  #within(limit: bigint): bigint {
    const edges = [0n, 1n, -1n, limit, -limit, limit - 1n];
    if (this.#random() < 0.3) return this.#pick(edges);
    const bits = 1 + this.#integer(limit.toString(2).length);
    const value = this.#bits(bits) % (limit + 1n);
    return this.#random() < 0.5 ? value : -value;
  }

  #slot(type: DataType, width: number): bigint {
    if (DataType.isInt(type)) {
      const edges = [0n, 1n, -1n, 1n << BigInt(8 * width - 1), (1n << BigInt(8 * width - 1)) - 1n];
      edges.push(2n ** 53n, 2n ** 53n + 1n, 2n ** 53n - 1n);
      return this.#random() < 0.3 ? this.#pick(edges) : this.#bits(8 * width);
    }
    if (DataType.isFloat(type)) return this.#float(width);
    if (DataType.isDecimal(type)) return this.#within(10n ** BigInt(type.precision) - 1n);
    if (DataType.isDate(type)) {
      if (width === 4) return this.#within(10_000_000n);
      return this.#within(100_000n) * 86_400_000n + (this.#random() < 0.2 ? 1n : 0n);
    }
    if (DataType.isTime(type)) {
      const unitsPerDay = 86_400n * perSecond(type.unit);
      return this.#bits(62) % unitsPerDay;
    }
    if (DataType.isTimestamp(type)) return this.#within(9n * 10n ** 9n * perSecond(type.unit));
    if (DataType.isDuration(type)) return this.#within(2n ** 63n - 1n);
    if (DataType.isInterval(type)) {
      const [months, days] = [BigInt(this.#integer(1000)), BigInt(this.#integer(1000))];
      const milliseconds = BigInt(this.#integer(100_000_000));
      if (type.unit === IntervalUnit.YEAR_MONTH) return months;
      if (type.unit === IntervalUnit.DAY_TIME) return days | milliseconds << 32n;
      return months | days << 32n | milliseconds * 1_000_000n << 64n;
    }
    return this.#bits(8 * width);
  }

  /** Zeros, infinities, NaNs with payloads and subnormals more often than chance has it. */
  #float(width: number): bigint {
    const bits = BigInt(8 * width);
    const fraction = { 2: 10n, 4: 23n, 8: 52n }[width]!;
    const infinity = (1n << (bits - 1n)) - (1n << fraction);
    const sign = 1n << (bits - 1n);
    const kinds = [
      0n,
      sign,
      infinity,
      sign | infinity,
      infinity | (1n << (fraction - 1n)),
      infinity | 1n | (1n << (fraction - 1n)),
      sign | infinity | 5n | (1n << (fraction - 1n)),
      1n,
      infinity - 1n,
    ];
    return this.#random() < 0.3 ? this.#pick(kinds) : this.#bits(Number(bits));
  }
}

function perSecond(unit: TimeUnit): bigint {
  return 10n ** BigInt(3 * unit);
}

function littleEndian(value: bigint, width: number): Uint8Array {
  let rest = BigInt.asUintN(8 * width, value);
  return Uint8Array.from({ length: width }, () => {
    const byte = Number(rest & 255n);
    rest >>= 8n;
    return byte;
  });
}

function widthOf(type: DataType): number {
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth;
  if (DataType.isInt(type) || DataType.isDecimal(type) || DataType.isTime(type)) {
    return type.bitWidth / 8;
  }
  if (DataType.isFloat(type)) return [2, 4, 8][type.precision]!;
  if (DataType.isDate(type)) return type.unit === 0 ? 4 : 8;
  if (DataType.isInterval(type)) {
    return { [IntervalUnit.YEAR_MONTH]: 4, [IntervalUnit.DAY_TIME]: 8 }[type.unit as 0 | 1] ?? 16;
  }
  return 8;
}
