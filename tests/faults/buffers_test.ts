/**
 * The caller's buffers stay the caller's: what was given to `write` is written as it was then, whatever becomes of its memory,
 * and the same objects may come again with other content in the same memory.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  List,
  makeData,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  Uint8,
  Utf8,
  Utf8View,
  Vector,
} from "apache-arrow";
import { AsyncArrowWriter, InvalidBatchError, MemorySink, toParquet } from "../../mod.ts";
import type { WriterOptions } from "../../mod.ts";

const ROWS = 60;

type Random = () => number;

/** Always the same numbers for the same seed. */
function random(seed: number): Random {
  let state = (seed + 1) * 0x9e3779b1 >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Data of one type, whose content, but not the size of any buffer, depends on the random numbers. */
type Make = (length: number, random: Random) => Data;

const made = (parts: object): Data => makeData(parts as never) as unknown as Data;
const field = (type: DataType, name = "item") => new Field(name, type, true);

function fixed(type: DataType, bytes: number, mask = 0xff): Make {
  return (length, random) => {
    const data = Uint8Array.from({ length: length * bytes }, () => random() * 256 & mask);
    if (type instanceof Decimal) {
      for (let i = 0; i < length; i++) data.fill(0, i * 16 + 8, i * 16 + 16);
    }
    const Units = type.ArrayType as Uint8ArrayConstructor;
    return made({ type, length, nullCount: 0, data: new Units(data.buffer as never) });
  };
}

const bool: Make = (length, random) =>
  made({
    type: new Bool(),
    length,
    nullCount: 0,
    data: Uint8Array.from({ length: Math.ceil(length / 8) + 8 }, () => random() * 256),
  });

/** `length` parts of a buffer whose size does not depend on them. */
function offsets(length: number, average: number, random: Random): Int32Array {
  const ends = Array.from({ length: length - 1 }, () => Math.floor(random() * length * average));
  return Int32Array.of(0, ...ends.sort((a, b) => a - b), length * average);
}

function text(type: DataType, average = 5): Make {
  return (length, random) => {
    const ends = offsets(length, average, random);
    const data = Uint8Array.from({ length: length * average }, () => 97 + random() * 26);
    const large = type instanceof LargeUtf8;
    const valueOffsets = large ? BigInt64Array.from(ends, BigInt) : ends;
    return made({ type, length, nullCount: 0, valueOffsets, data });
  };
}

/** Clears some validity bits; in even seeds none, so that nulls come later in the same memory. */
function nullable(make: Make): Make {
  return (length, random) => {
    const none = random() < 0.3;
    const data = make(length, random);
    const bitmap = Uint8Array.from(
      { length: Math.ceil(length / 8) + 8 },
      () => none ? 0xff : random() * 256,
    );
    // The count is left open: one that contradicts the bitmap would be an error.
    return made({ ...data, data: data.values, nullCount: -1, nullBitmap: bitmap, ...parts(data) });
  };
}

const parts = ({ type, valueOffsets, children, dictionary }: Data) => ({
  ...(valueOffsets === undefined ? {} : { valueOffsets }),
  ...(children.length === 0 ? {} : { children, child: children[0] }),
  ...(dictionary === undefined ? {} : { dictionary }),
  type,
});

/** Views, short ones and such into two buffers. */
const views: Make = (length, random) => {
  const values = new Uint8Array(length * 16);
  const words = new Int32Array(values.buffer);
  const letters = (n: number) => Uint8Array.from({ length: n }, () => 97 + random() * 26);
  for (let i = 0; i < length; i++) {
    const size = Math.floor(random() * 30);
    words[4 * i] = size;
    if (size <= 12) values.set(letters(size), 16 * i + 4);
    else words.set([random() * 2, random() * 70], 4 * i + 2);
  }
  const variadicBuffers = [letters(100), letters(100)];
  return made({ type: new Utf8View(), length, nullCount: 0, views: values, variadicBuffers });
};

function list(make: Make): Make {
  return (length, random) => {
    const child = make(length * 2, random);
    const valueOffsets = offsets(length, 2, random);
    return made({ type: new List(field(child.type)), length, nullCount: 0, valueOffsets, child });
  };
}

function struct(...makes: Make[]): Make {
  return (length, random) => {
    const children = makes.map((make) => make(length, random));
    const type = new Struct(children.map(({ type }, i) => field(type, `c${i}`)));
    return made({ type, length, nullCount: 0, children });
  };
}

const fixedSizeList: Make = (length, random) => {
  const child = fixed(new Int32(), 4)(length * 3, random);
  return made({ type: new FixedSizeList(3, field(child.type)), length, nullCount: 0, child });
};

const map: Make = (length, random) => {
  const key = text(new Utf8())(length * 2, random),
    value = fixed(new Int32(), 4)(length * 2, random);
  const entries = new Struct([new Field("key", key.type, false), field(value.type, "value")]);
  const child = made({ type: entries, length: length * 2, nullCount: 0, children: [key, value] });
  const type = new Map_(new Field("entries", entries, false) as never, false);
  return made({ type, length, nullCount: 0, valueOffsets: offsets(length, 2, random), child });
};

/** Dictionaries of different types need different ones. */
let dictionaryIds = 0;

/** Keys into a dictionary of one or more chunks. */
function keyed(entries: Make, counts: number[], index: DataType = new Int32()): Make {
  const id = ++dictionaryIds;
  return (length, random) => {
    const chunks = counts.map((count) => entries(count, random));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const Keys = index.ArrayType as Int32ArrayConstructor;
    return made({
      type: new Dictionary(chunks[0]!.type, index as Int32, id),
      length,
      nullCount: 0,
      data: Keys.from({ length }, () => Math.floor(random() * Math.min(total, 127))),
      dictionary: new Vector(chunks),
    });
  };
}

const utf8 = text(new Utf8());
/** Dictionaries that are small beside the rows, and large ones. */
const FEW = [20], MANY = [3000], CHUNKS = [11, 40, 2000];

const KINDS: Record<string, Make> = {
  "Int32": fixed(new Int32(), 4),
  "Int64": fixed(new Int64(), 8),
  "Float64": fixed(new Float64(), 8, 0x3f),
  "Bool": bool,
  "Date": fixed(new DateDay(), 4),
  "Timestamp": fixed(new TimestampMicrosecond(), 8),
  "Decimal": fixed(new Decimal(0, 38, 128), 16),
  "FixedSizeBinary": fixed(new FixedSizeBinary(5), 5),
  "Utf8": utf8,
  "LargeUtf8": text(new LargeUtf8()),
  "Binary": text(new Binary()),
  "Utf8View": views,
  "validity that appears later": nullable(fixed(new Int32(), 4)),
  "Utf8, validity that appears later": nullable(utf8),
  "List of Int32": list(fixed(new Int32(), 4)),
  "List of Utf8": list(utf8),
  "List, validity that appears later": nullable(list(nullable(utf8))),
  "FixedSizeList": fixedSizeList,
  "Struct": struct(utf8, fixed(new Int64(), 8)),
  "Map": map,
  "Dictionary of Utf8, few": keyed(utf8, FEW),
  "Dictionary of Utf8, many": keyed(utf8, MANY),
  "Dictionary of Utf8, chunks": keyed(utf8, CHUNKS),
  "Dictionary of long Utf8": keyed(text(new Utf8(), 900), [130]),
  "Dictionary of LargeUtf8": keyed(text(new LargeUtf8()), MANY, new Int16()),
  "Dictionary of Binary, 8-bit keys": keyed(text(new Binary()), [100], new Int8()),
  "Dictionary of Utf8View": keyed(views, MANY),
  "Dictionary of Utf8View, few": keyed(views, FEW),
  "Dictionary of Int64": keyed(fixed(new Int64(), 8), MANY),
  "Dictionary of Int64, few": keyed(fixed(new Int64(), 8), FEW),
  "Dictionary of Decimal": keyed(fixed(new Decimal(0, 38, 128), 16), MANY),
  "Dictionary of FixedSizeBinary": keyed(fixed(new FixedSizeBinary(5), 5), MANY),
  "Dictionary of UInt8": keyed(fixed(new Uint8(), 1), MANY),
  "Dictionary of Bool": keyed(bool, [5000]),
  "Dictionary with nulls that appear later": keyed(nullable(utf8), MANY),
  "Dictionary with nulls that appear later, few": keyed(nullable(utf8), FEW),
  "Dictionary, validity of keys that appears later": nullable(keyed(utf8, MANY)),
  "Dictionary of Struct": keyed(struct(nullable(utf8), fixed(new Int32(), 4)), MANY),
  "Dictionary of List": keyed(list(utf8), MANY),
  "Dictionary of FixedSizeList": keyed(fixedSizeList, MANY),
  "Dictionary of Map": keyed(map, [500]),
  "Dictionary of Dictionary": keyed(keyed(utf8, MANY), [1000]),
  "Dictionary of Dictionary, few": keyed(keyed(utf8, FEW), [10]),
  "Dictionary of Struct of Dictionary": keyed(struct(keyed(utf8, MANY)), [1000]),
  "List of Dictionary": list(keyed(utf8, MANY)),
  "List of Dictionary, few": list(keyed(utf8, FEW)),
  "Struct of Dictionary": struct(keyed(utf8, MANY), keyed(utf8, FEW)),
};

function batchOf(column: Data): RecordBatch {
  const schema = new Schema([field(column.type, "c")]);
  const type = new Struct(schema.fields);
  const data = made({ type, length: column.length, nullCount: 0, children: [column] });
  return new RecordBatch(schema, data as never);
}

const bytesOf = (view: ArrayBufferView) =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** All buffers beneath data, dictionaries included. */
function buffersOf(data: Data): Uint8Array[] {
  const { variadicBuffers = [] } = data;
  const own = [data.values, data.valueOffsets, data.nullBitmap, ...variadicBuffers] as unknown[];
  return [
    ...own.filter((view) => ArrayBuffer.isView(view)).map(bytesOf),
    ...data.children.flatMap((child) => buffersOf(child as Data)),
    ...(data.dictionary?.data ?? []).flatMap((chunk) => buffersOf(chunk as Data)),
  ];
}

/** Puts the content of one batch into the memory of another of the same kind. */
function overwrite(target: Data, source: Data): void {
  const from = buffersOf(source);
  buffersOf(target).forEach((bytes, i) => {
    assert.equal(bytes.length, from[i]!.length);
    bytes.set(from[i]!);
  });
}

/** What nothing can be written from. */
function scramble(data: Data): void {
  for (const bytes of buffersOf(data)) bytes.fill(0xff);
}

/** The same content for some time, then another, the first again, and others all the time. */
const SEEDS = [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 2, 3, 4, 5, 5, 5];

const OPTIONS: Record<string, WriterOptions> = {
  "inline": { parallelism: 0, maxRowGroupRowCount: 250 },
  "workers": { parallelism: 2, memoryBudget: 64 * 1024, maxRowGroupRowCount: 700 },
};

/** The file of a batch of its own for each seed, whose memory nobody touches. */
async function untouched(make: Make, options: WriterOptions): Promise<Uint8Array> {
  const sink = new MemorySink();
  const batches = SEEDS.map((seed) => batchOf(make(ROWS, random(seed))));
  const writer = new AsyncArrowWriter(sink, batches[0]!.schema, options);
  for (const batch of batches) await writer.write(batch);
  await writer.close();
  return sink.bytes();
}

function assertSameFile(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(Buffer.compare(actual, expected) === 0, "the files differ");
}

for (const [where, options] of Object.entries(OPTIONS)) {
  describe(`the same objects with other content, ${where}`, () => {
    for (const [kind, make] of Object.entries(KINDS)) {
      test(kind, async () => {
        const expected = await untouched(make, options);
        for (const awaited of [true, false]) {
          const column = make(ROWS, random(99));
          const batch = batchOf(column);
          const sink = new MemorySink();
          const writer = new AsyncArrowWriter(sink, batch.schema, options);
          for (const seed of SEEDS) {
            overwrite(column, make(ROWS, random(seed)));
            const written = writer.write(batch);
            scramble(column);
            if (awaited) await written;
          }
          await writer.close();
          assertSameFile(sink.bytes(), expected);
        }
      });
    }
  });
}

test("a generator may fill the same batch again and again", async () => {
  const options: WriterOptions = { parallelism: 0 };
  for (const kind of ["Utf8", "Dictionary of Utf8, few", "Dictionary of Utf8, many"]) {
    const make = KINDS[kind]!;
    const column = make(ROWS, random(99));
    const batch = batchOf(column);
    const fill = (seed: number): RecordBatch => {
      overwrite(column, make(ROWS, random(seed)));
      return batch;
    };
    const expected = await untouched(make, options);
    assertSameFile(
      await toParquet(
        (function* () {
          for (const seed of SEEDS) yield fill(seed);
        })(),
        options,
      ),
      expected,
    );
    assertSameFile(
      await toParquet(
        (async function* () {
          for (const seed of SEEDS) {
            yield await Promise.resolve(fill(seed));
            scramble(column);
          }
        })(),
        options,
      ),
      expected,
    );
  }
});

test("chunks of IPC bytes may come in the same memory again and again", async () => {
  const options: WriterOptions = { parallelism: 0 };
  const batches = [0, 1, 2].map((seed) => {
    const columns = ["Utf8", "Struct of Dictionary", "List of Utf8"].map((kind) =>
      KINDS[kind]!(ROWS, random(seed))
    );
    return columns;
  });
  const schema = new Schema(batches[0]!.map(({ type }, i) => field(type, `c${i}`)));
  const type = new Struct(schema.fields);
  const tableOf = (all: Data[][]) =>
    new Table(
      schema,
      all.map((children) =>
        new RecordBatch(schema, made({ type, length: ROWS, nullCount: 0, children }) as never)
      ),
    );
  for (const form of ["stream", "file"] as const) {
    // Dictionaries of a file are never replaced.
    const some = form === "file" ? [batches[0]!, batches[0]!] : batches;
    const bytes = tableToIPC(tableOf(some), form);
    const expected = await toParquet(bytes, options);
    for (const size of [1, 7, 640, 4096, 100_000, bytes.length]) {
      const memory = new Uint8Array(size + 8);
      const fill = (at: number) => {
        const part = bytes.subarray(at, at + size);
        memory.fill(0xff).set(part);
        return memory.subarray(0, part.length);
      };
      const chunks = function* () {
        for (let at = 0; at < bytes.length; at += size) yield fill(at);
        memory.fill(0xff);
      };
      const asyncChunks = async function* () {
        for (const chunk of chunks()) yield await Promise.resolve(chunk);
      };
      assertSameFile(await toParquet(asyncChunks(), options), expected);
      if (size > 1) assertSameFile(await toParquet(chunks(), options), expected);
    }
  }
});

describe("what goes wrong later in memory that was right before", () => {
  interface Breach {
    readonly kind: string;
    /** Breaks the column at row 7. */
    readonly breach: (column: Data) => void;
  }
  const entryOf = (column: Data) => (column.values as Int32Array)[7]!;
  const entries = (column: Data) => column.dictionary!.data[0] as Data;
  const BREACHES: Record<string, Breach> = {
    "a key without an entry": {
      kind: "Dictionary of Utf8, many",
      breach: (column) => (column.values as Int32Array)[7] = 3000,
    },
    "a key without an entry, few": {
      kind: "Dictionary of Utf8, few",
      breach: (column) => (column.values as Int32Array)[7] = -1,
    },
    ...Object.fromEntries(["few", "many"].flatMap((size): [string, Breach][] => [
      [`invalid UTF-8, ${size}`, {
        kind: `Dictionary of Utf8, ${size}`,
        breach: (column) => {
          const at = (entries(column).valueOffsets as Int32Array)[entryOf(column)]!;
          (entries(column).values as Uint8Array)[at] = 0xff;
        },
      }],
      [`an offset out of range, ${size}`, {
        kind: `Dictionary of Utf8, ${size}`,
        breach: (column) =>
          (entries(column).valueOffsets as Int32Array)[entryOf(column) + 1] = 2 ** 30,
      }],
      [`an offset that decreases, ${size}`, {
        kind: `Dictionary of Utf8, ${size}`,
        breach: (column) => (entries(column).valueOffsets as Int32Array)[entryOf(column) + 1] = -1,
      }],
    ])),
    "a decimal of too many digits": {
      kind: "Dictionary of Decimal",
      breach: (column) => {
        const at = entryOf(column) * 4;
        (entries(column).values as Uint32Array).fill(0x7fffffff, at, at + 4);
      },
    },
    "invalid UTF-8 in an entry of a struct": {
      kind: "Dictionary of Struct",
      breach: (column) => {
        const child = entries(column).children[0] as Data;
        const slot = entryOf(column);
        child.nullBitmap![slot >> 3]! |= 1 << (slot & 7);
        const offsets = child.valueOffsets as Int32Array;
        // One that is empty has no byte to break: it gets one.
        offsets.fill(Math.max(offsets[slot]! + 1, offsets[slot + 1]!), slot + 1, slot + 2);
        (child.values as Uint8Array)[offsets[slot]!] = 0xff;
      },
    },
  };
  for (const [name, { kind, breach }] of Object.entries(BREACHES)) {
    test(name, async () => {
      const make = KINDS[kind]!;
      // Long enough at one for a copy to be kept, and at once.
      for (const before of [1, 8]) {
        const column = make(ROWS, random(0));
        // Row 7 alone uses its entry, and that is not empty.
        const rows = column.values as Int32Array;
        for (let i = 0; i < rows.length; i++) {
          if (rows[i] === rows[7] && i !== 7) rows[i] = rows[6]!;
        }
        const batch = batchOf(column);
        const sink = new MemorySink();
        const writer = new AsyncArrowWriter(sink, batch.schema, { parallelism: 0 });
        for (let i = 0; i < before; i++) await writer.write(batch);
        const right = buffersOf(column).map((bytes) => bytes.slice());
        breach(column);
        await assert.rejects(
          writer.write(batch),
          (error) => {
            const { name } = error as Error;
            assert.ok(error instanceof InvalidBatchError || name === "LimitError", `${error}`);
            assert.match((error as InvalidBatchError).path, /^c/);
            assert.equal((error as InvalidBatchError).row, 7);
            return true;
          },
        );
        buffersOf(column).forEach((bytes, i) => bytes.set(right[i]!));
        await writer.write(batch);
        const { numRows } = await writer.close();
        assert.equal(Number(numRows), (before + 1) * ROWS);
      }
    });
  }

  test("what no key uses may be anything", async () => {
    for (const kind of ["Dictionary of Utf8, few", "Dictionary of Utf8, many"]) {
      const column = KINDS[kind]!(ROWS, random(0));
      (column.values as Int32Array).fill(3);
      const used = entries(column).valueOffsets as Int32Array;
      const expected = await toParquet(batchOf(column), { parallelism: 0 });
      (entries(column).values as Uint8Array).fill(0xff, used[4]);
      used.fill(-5, 5);
      assertSameFile(await toParquet(batchOf(column), { parallelism: 0 }), expected);
    }
  });
});
