import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchMemory } from "../../src/arrow/batch_memory.ts";
import type { BytesArray, DictionaryArray, StructArray } from "../../src/arrow/column_array.ts";
import { toColumnBatch } from "../../src/arrow/column_batch.ts";
import { rawArray } from "../../src/arrow/raw_array.ts";
import type { ArrowType } from "../../src/arrow/types.ts";
import { InvalidBatchError } from "../../src/util/errors.ts";

/** A value of a view array: bytes in the view itself where they are short, else somewhere in buffer `buffer`; `null`: none. */
type View = { readonly bytes: Uint8Array; readonly buffer: number; readonly at: number } | null;

/** Converts views; `lazy`: as writers do, with memory for the batch. */
function convert(
  kind: "utf8View" | "binaryView",
  views: readonly View[],
  variadic: readonly Uint8Array[],
  lazy: boolean,
): BytesArray {
  const values = new Uint8Array(views.length * 16);
  const validity = new Uint8Array((views.length + 7) >> 3);
  views.forEach((view, i) => {
    const words = new Int32Array(values.buffer, i * 16, 4);
    if (view === null) return void words.fill(-1);
    validity[i >> 3]! |= 1 << (i & 7);
    words[0] = view.bytes.length;
    if (view.bytes.length <= 12) values.set(view.bytes, i * 16 + 4);
    else words.set([view.buffer, view.at], 2);
  });
  const schema = {
    fields: [{
      name: "v",
      type: { kind } as ArrowType,
      nullable: true,
      metadata: new Map<string, string>(),
    }],
    metadata: new Map<string, string>(),
  };
  const raw = {
    numRows: views.length,
    columns: [rawArray({ length: views.length, values, variadic, validity })],
  };
  const batch = toColumnBatch(schema, raw, lazy ? { memory: new BatchMemory() } : {});
  return batch.columns[0] as BytesArray;
}

const utf8 = new TextEncoder();
const joined = (views: readonly View[]) => views.flatMap((view) => [...view?.bytes ?? []]);

/** Checks all values, and copies of many ranges of slots, among other bytes. */
function assertHolds(array: BytesArray, views: readonly View[]): void {
  const { length } = views;
  for (let from = 0; from <= length; from += 1 + (from >> 1)) {
    for (let to = from; to <= length; to += 1 + (to >> 1)) {
      const expected = joined(views.slice(from, to));
      assert.equal(Number(array.offsets[to]) - Number(array.offsets[from]), expected.length);
      if (array.copyTo === undefined) continue;
      const target = new Uint8Array(expected.length + 24).fill(7);
      array.copyTo(from, to, target, 8);
      assert.deepEqual([...target.subarray(0, 8)], new Array(8).fill(7));
      assert.deepEqual([...target.subarray(8, 8 + expected.length)], expected, `${from}, ${to}`);
    }
  }
  const start = Number(array.offsets[0]), end = Number(array.offsets[length]);
  assert.deepEqual([...array.data.subarray(start, end)], joined(views));
}

test("views are gathered as a whole and by ranges, wherever their values lie", () => {
  let state = 1;
  const below = (n: number) => (state = Math.imul(state, 48271) & 0x7fffffff) % n;
  for (const alphabet of ["abcdefgh", "aé€😀"]) {
    const characters = [...alphabet];
    const text = (length: number) =>
      Array.from({ length }, () => characters[below(characters.length)]).join("");
    for (const count of [0, 1, 2, 300]) {
      const parts: number[][] = [[], [], []];
      const views: View[] = [];
      for (let i = 0; i < count; i++) {
        const bytes = utf8.encode(text(below(4) === 0 ? below(5) : below(100)));
        const buffer = below(3), kind = below(8);
        if (kind === 0) views.push(null);
        else if (kind === 1 && i > 0) views.push(views[below(i)]!);
        else {
          // Nothing points to what stands between.
          if (below(4) === 0) parts[buffer]!.push(...utf8.encode(text(below(20))));
          views.push({ bytes, buffer, at: parts[buffer]!.length });
          parts[buffer]!.push(...bytes);
        }
      }
      const variadic = parts.map((bytes) => Uint8Array.from(bytes));
      for (const kind of ["utf8View", "binaryView"] as const) {
        const eager = convert(kind, views, variadic, false);
        assert.equal(eager.copyTo, undefined);
        assertHolds(eager, views);
        const lazy = convert(kind, views, variadic, true);
        assertHolds(lazy, views);
        // Once they are gathered they are copied from there.
        assertHolds(lazy, views);
      }
    }
  }
});

test("text views have to be UTF-8, each by itself, and nothing else of the buffers has to", () => {
  const long = utf8.encode("a text of more than twelve bytes: é");
  const view = (bytes: Uint8Array, at = 0): View => ({ bytes, buffer: 0, at });
  for (const lazy of [false, true]) {
    const accepts = (views: readonly View[], buffer: Uint8Array) =>
      assertHolds(convert("utf8View", views, [buffer], lazy), views);
    const rejects = (views: readonly View[], buffer: Uint8Array, row: number) =>
      assert.throws(
        () => convert("utf8View", views, [buffer], lazy),
        (error) => error instanceof InvalidBatchError && error.row === row,
      );
    accepts([view(long), null, view(utf8.encode("é"))], long);
    accepts([view(long.subarray(0, 34))], Uint8Array.of(...long.subarray(0, 34), 0xff));
    rejects([view(long), view(Uint8Array.of(0xc3))], long, 1);
    rejects([view(long.subarray(0, 35))], long, 0);
    rejects(
      [view(long.subarray(0, 34)), view(long.subarray(22), 22), view(long.subarray(35, 36))],
      long,
      2,
    );
    const ascii = utf8.encode("nothing but characters of seven bits");
    rejects([view(ascii), view(Uint8Array.of(0x61, 0x80))], ascii, 1);
    rejects([view(ascii), view(Uint8Array.of(...ascii, 0xff))], Uint8Array.of(...ascii, 0xff), 1);
  }
});

test("views that runs repeat, or that stand under null parents in fields without nulls, are there with their values", () => {
  const long = "a text of more than twelve bytes";
  const variadic = [utf8.encode(long)];
  const views = (texts: readonly (string | null)[]) => {
    const words = new Int32Array(texts.length * 4);
    const values = new Uint8Array(words.buffer);
    const validity = new Uint8Array((texts.length + 7) >> 3);
    texts.forEach((text, i) => {
      if (text === null) return;
      validity[i >> 3]! |= 1 << (i & 7);
      words[i * 4] = text.length;
      if (text.length <= 12) values.set(utf8.encode(text), i * 16 + 4);
    });
    return rawArray({ length: texts.length, values, variadic, validity });
  };
  const field = (name: string, type: ArrowType, nullable: boolean) => ({
    name,
    type,
    nullable,
    metadata: new Map<string, string>(),
  });
  for (const kind of ["utf8View", "binaryView"] as const) {
    const view: ArrowType = { kind };
    const runs: ArrowType = {
      kind: "runEndEncoded",
      runEnds: field("run_ends", { kind: "int", bitWidth: 32, signed: true }, false),
      values: field("values", view, true),
    };
    const schema = {
      fields: [
        field("runs", runs, true),
        field("parent", { kind: "struct", children: [field("child", view, false)] }, true),
      ],
      metadata: new Map<string, string>(),
    };
    const ends = new Uint8Array(Int32Array.of(2, 3, 5).buffer);
    const raw = {
      numRows: 5,
      columns: [
        rawArray({
          length: 5,
          children: [rawArray({ length: 3, values: ends }), views([long, null, "ab"])],
        }),
        rawArray({
          length: 5,
          validity: Uint8Array.of(0b11101),
          children: [views([long, null, "c", long, "d"])],
        }),
      ],
    };
    for (const memory of [null, new BatchMemory()]) {
      const { columns } = toColumnBatch(schema, raw, memory === null ? {} : { memory });
      const spread = columns[0] as DictionaryArray;
      assert.deepEqual([...spread.keys].filter((_, i) => i % 4 === 0), [0, 0, 1, 2, 2]);
      assert.deepEqual(spread.validity!.bytes[0], 0b11011);
      assertHolds(spread.dictionary as BytesArray, [
        { bytes: utf8.encode(long), buffer: 0, at: 0 },
        null,
        { bytes: utf8.encode("ab"), buffer: 0, at: 0 },
      ]);
      const child = (columns[1] as StructArray).children[0] as BytesArray;
      assertHolds(
        child,
        [long, null, "c", long, "d"].map((text) =>
          text === null ? null : { bytes: utf8.encode(text), buffer: 0, at: 0 }
        ),
      );
    }
  }
});
