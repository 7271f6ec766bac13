/** Null counts: one that contradicts the validity bitmap is refused, in arrays of every kind, from objects and from IPC bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { InvalidBatchError, toParquet } from "../../mod.ts";
import { toColumnBatch } from "../../src/arrow/column_batch.ts";
import { type RawArray, rawArray } from "../../src/arrow/raw_array.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { randomBatch } from "../support/random_data.ts";

const INT8: ArrowType = { kind: "int", bitWidth: 8, signed: true };
const UTF8: ArrowType = { kind: "utf8" };

function field(name: string, type: ArrowType): ArrowField {
  return { name, type, nullable: true, metadata: new Map() };
}

const int32 = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
const int8 = (claims: Partial<RawArray>) =>
  rawArray({ length: 3, values: Uint8Array.of(1, 2, 3), ...claims });
/** Slot 1 is null. */
const validity = Uint8Array.of(0b101);
/** The claims that `validity` contradicts, and the row of the first null where there should be none. */
const WRONG = [{ nullCount: 0, row: 1 }, { nullCount: 2, row: -1 }, { nullCount: 9, row: -1 }];

function refuses(type: ArrowType, raw: RawArray, path: string, row: number): void {
  assert.throws(
    () =>
      toColumnBatch({ fields: [field("v", type)], metadata: new Map() }, {
        numRows: raw.length,
        columns: [raw],
      }),
    (error) => {
      assert.ok(error instanceof InvalidBatchError, `${error}`);
      assert.deepEqual([error.path, error.row], [path, row], error.message);
      assert.match(error.message, /null count is \d/);
      return true;
    },
  );
}

function accepts(type: ArrowType, raw: RawArray): void {
  toColumnBatch({ fields: [field("v", type)], metadata: new Map() }, {
    numRows: raw.length,
    columns: [raw],
  });
}

/** Arrays of three slots with the given claims about themselves. */
const SHAPES: Record<string, [ArrowType, (claims: Partial<RawArray>) => RawArray]> = {
  int: [INT8, int8],
  bool: [{ kind: "bool" }, (claims) => int8({ ...claims, values: Uint8Array.of(7) })],
  utf8: [
    UTF8,
    (claims) => rawArray({ length: 3, offsets: int32(0, 0, 0, 0), ...claims }),
  ],
  view: [
    { kind: "utf8View" },
    (claims) => rawArray({ length: 3, values: new Uint8Array(48), ...claims }),
  ],
  list: [
    { kind: "list", child: field("item", INT8) },
    (claims) =>
      rawArray({ length: 3, offsets: int32(0, 1, 2, 3), children: [int8({})], ...claims }),
  ],
  listView: [
    { kind: "listView", child: field("item", INT8) },
    (claims) =>
      rawArray({
        length: 3,
        offsets: int32(0, 1, 2),
        sizes: int32(1, 1, 1),
        children: [int8({})],
        ...claims,
      }),
  ],
  fixedSizeList: [
    { kind: "fixedSizeList", listSize: 1, child: field("item", INT8) },
    (claims) => rawArray({ length: 3, children: [int8({})], ...claims }),
  ],
  struct: [
    { kind: "struct", children: [field("a", INT8)] },
    (claims) => rawArray({ length: 3, children: [int8({})], ...claims }),
  ],
  dictionary: [
    { kind: "dictionary", index: INT8, value: INT8, ordered: false },
    (claims) =>
      int8({
        values: Uint8Array.of(0, 1, 2),
        dictionary: { identity: {}, chunks: [int8({})] },
        ...claims,
      }),
  ],
};

for (const [name, [type, make]] of Object.entries(SHAPES)) {
  test(`${name}: a null count that contradicts the bitmap is refused`, () => {
    for (const { nullCount, row } of WRONG) {
      refuses(type, make({ validity, nullCount }), "v", row);
    }
    for (const nullCount of [1, -1]) accepts(type, make({ validity, nullCount }));
    accepts(type, make({ validity: Uint8Array.of(0xff), nullCount: 0 }));
    refuses(type, make({ validity: Uint8Array.of(0xff), nullCount: 3 }), "v", -1);
    // Nulls without a bitmap, where values are.
    for (const nullCount of [1, 3]) refuses(type, make({ nullCount }), "v", -1);
  });
}

test("null counts of children and of entries are looked at too", () => {
  for (const { nullCount, row } of WRONG) {
    const wrong = int8({ validity, nullCount });
    refuses(
      { kind: "struct", children: [field("a", INT8)] },
      rawArray({ length: 3, children: [wrong] }),
      "v.a",
      row,
    );
    refuses(
      { kind: "list", child: field("item", INT8) },
      rawArray({ length: 2, offsets: int32(0, 1, 3), children: [wrong] }),
      "v",
      row,
    );
    refuses(
      { kind: "fixedSizeList", listSize: 3, child: field("item", INT8) },
      rawArray({ length: 1, children: [wrong] }),
      "v",
      row < 0 ? -1 : 0,
    );
    refuses(
      {
        kind: "runEndEncoded",
        runEnds: field("run_ends", { ...INT8, bitWidth: 32 }),
        values: field("values", INT8),
      },
      rawArray({ length: 3, children: [rawArray({ length: 3, values: int32(1, 2, 3) }), wrong] }),
      "v",
      row,
    );
    const dictionary = { kind: "dictionary", index: INT8, value: INT8, ordered: false } as const;
    assert.throws(
      () =>
        accepts(
          dictionary,
          int8({ values: Uint8Array.of(0, 1, 2), dictionary: { identity: {}, chunks: [wrong] } }),
        ),
      InvalidBatchError,
    );
  }
});

test("of a child that is used in part, the count is one that the rest allows", () => {
  const list: ArrowType = { kind: "list", child: field("item", INT8) };
  const part = (nullCount: number) =>
    rawArray({ length: 1, offsets: int32(1, 2), children: [int8({ validity, nullCount })] });
  for (const nullCount of [1, 2, 3, -1]) accepts(list, part(nullCount));
  refuses(list, part(0), "v", 0);
  refuses(list, part(4), "v", -1);
});

test("Arrow JS: a null count that is wrong is refused, unknown and right ones are not", async () => {
  const type = new arrow.Int32();
  const tableOf = (nullCount: number) => {
    const data = Int32Array.of(1, 2, 3);
    const array = arrow.makeData({ type, data, nullBitmap: validity, nullCount });
    return new arrow.Table({ v: new arrow.Vector([array]) });
  };
  for (const nullCount of [1, -1]) await toParquet(tableOf(nullCount), { parallelism: 0 });
  for (const { nullCount, row } of WRONG) {
    await assert.rejects(toParquet(tableOf(nullCount), { parallelism: 0 }), (error) => {
      assert.ok(error instanceof InvalidBatchError);
      assert.deepEqual([error.path, error.row], ["v", row]);
      return true;
    });
  }
});

test("IPC: a null count that is wrong is refused", async () => {
  const schema = new arrow.Schema([new arrow.Field("v", new arrow.Int32(), true)]);
  const batch = randomBatch(schema, 100, {
    seed: 5,
    nulls: 0.3,
    distinct: 0,
    garbage: false,
    sliced: 0,
  });
  const nulls = batch.getChildAt(0)!.nullCount;
  assert.ok(nulls > 0);
  const ipc = arrow.tableToIPC(new arrow.Table([batch]), "stream");
  await toParquet(ipc, { parallelism: 0 });
  // The node: 100 slots, then its nulls.
  const node = new Uint8Array(BigInt64Array.of(100n, BigInt(nulls)).buffer);
  const at = ipc.findIndex((_, i) => node.every((byte, j) => ipc[i + j] === byte));
  assert.ok(at > 0);
  for (const wrong of [0, nulls - 1, nulls + 1, 100]) {
    const bytes = ipc.slice();
    new DataView(bytes.buffer).setBigInt64(at + 8, BigInt(wrong), true);
    await assert.rejects(toParquet(bytes, { parallelism: 0 }), (error) => {
      assert.ok(error instanceof InvalidBatchError, `${error}`);
      assert.equal(error.path, "v");
      return true;
    });
  }
});

test("Arrow JS: counts of slices, concatenations and filled-up columns are right", async () => {
  const schema = new arrow.Schema(
    Object.entries(LEAVES).map(([name, make]) => new arrow.Field(name, make(), true)),
  );
  const shape = { seed: 9, nulls: 0.4, distinct: 0, garbage: false, sliced: 0 };
  const batch = randomBatch(schema, 70, shape);
  const table = new arrow.Table([batch]);
  await toParquet([batch.slice(3, 50), table.slice(9, 13)], { parallelism: 0 });
  await toParquet(table.concat(table.slice(0, 5)), { parallelism: 0 });
});
