/** Files that were cut, changed or made to do harm: whatever they hold, there is a list of findings, and soon. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Float64, Int32, List, Schema, Struct, Utf8 } from "apache-arrow";
import { type Fault, toParquet, verifyParquet, type WriterOptions } from "../../mod.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { takeApart } from "../mutation/file_model.ts";
import { randomBatch } from "../support/random_data.ts";
import {
  emptyMetaData,
  fileOf,
  findingsOf,
  footerOf,
  joined,
  withFooter,
} from "./frame_support.ts";

const FIELDS = [
  new Field("id", new Int32(), false),
  new Field("name", new Utf8(), true),
  new Field("size", new Float64(), true),
  new Field(
    "points",
    new List(new Field("element", new Struct([new Field("x", new Int32(), true)]), true)),
    true,
  ),
];

/** A small file with dictionaries, pages, statistics, indexes and Bloom filters. */
async function smallFile(options: WriterOptions): Promise<Uint8Array> {
  const shape = { seed: 9, nulls: 0.2, distinct: 4, garbage: false, sliced: 0 };
  return await toParquet([randomBatch(new Schema(FIELDS), 20, shape)], {
    parallelism: 0,
    maxRowGroupRowCount: 12,
    dataPageRowCountLimit: 5,
    bloomFilterEnabled: true,
    bloomFilterNdv: 4,
    ...options,
  });
}

const FILES: Readonly<Record<string, Uint8Array>> = {
  "data pages v1, uncompressed": await smallFile({ compression: "uncompressed" }),
  "data pages v2, snappy": await smallFile({ compression: "snappy", writerVersion: "2.0" }),
};

function hasFault(findings: readonly Fault[]): boolean {
  return findings.some(({ severity }) => severity === "fault");
}

/**
 * Where a bit may be another one, and the file still be right: bounds may be wider than the values, Bloom filters may have bits
 * too many, and of texts in the footer nobody knows what they should be. Pages, offset indexes and the frame are not among it.
 */
function looseRanges(bytes: Uint8Array): (readonly [from: number, to: number])[] {
  const { footer } = footerOf(bytes);
  const end = bytes.length - 8;
  const ranges: (readonly [number, number])[] = [[end - footer.length, end]];
  for (const { columns } of takeApart(bytes).metadata.rowGroups) {
    for (const { metaData, columnIndexOffset = 0, columnIndexLength = 0 } of columns) {
      const { bloomFilterOffset = 0, bloomFilterLength = 0 } = metaData;
      ranges.push([bloomFilterOffset, bloomFilterOffset + bloomFilterLength]);
      ranges.push([columnIndexOffset, columnIndexOffset + columnIndexLength]);
    }
  }
  return ranges;
}

for (const [name, bytes] of Object.entries(FILES)) {
  test(`every truncation is found: ${name}`, async () => {
    assert.deepEqual(await findingsOf(bytes), []);
    for (let length = 0; length < bytes.length; length++) {
      assert.ok(hasFault(await findingsOf(bytes.slice(0, length))), `the first ${length} bytes`);
    }
  });

  test(`every cut before the footer is found: ${name}`, async () => {
    const { footer, data } = footerOf(bytes);
    for (let length = 0; length < data.length; length += 7) {
      const file = withFooter(footer, data.subarray(0, length));
      assert.ok(hasFault(await findingsOf(file)), `the first ${length} bytes of data`);
    }
  });

  test(`a flipped bit is survived, and found where every bit counts: ${name}`, async () => {
    const loose = looseRanges(bytes);
    const missed: number[] = [];
    for (let i = 0; i < bytes.length; i++) {
      const file = bytes.slice();
      file[i]! ^= 1 << (i * 3 % 8);
      const findings = await findingsOf(file);
      if (findings.length === 0 && !loose.some(([from, to]) => i >= from && i < to)) missed.push(i);
    }
    assert.deepEqual(missed, []);
  });

  test(`bytes of chance are survived: ${name}`, async () => {
    let state = 42;
    const next = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor(state / 2 ** 32 * below);
    };
    for (let round = 0; round < 400; round++) {
      const file = bytes.slice();
      const at = next(file.length);
      for (let i = at; i < Math.min(file.length, at + 1 + next(12)); i++) file[i] = next(256);
      await findingsOf(file);
    }
  });
}

test("huge counts and sizes take neither time nor memory", async () => {
  const varint = [0xfe, 0xff, 0xff, 0xff, 0x0f];
  const bombs = [
    // Schema, row groups and key values of 2^31 - 1 elements; of empty lists, one byte each.
    [0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07],
    [0x15, 0x02, 0x19, 0x0c, 0x16, 0x00, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07],
    // A binary of 2^31 - 1 bytes.
    [0x15, 0x02, 0x19, 0x1c, 0x48, 0xff, 0xff, 0xff, 0xff, 0x07],
    // Unknown members: structures in structures.
    [...Array(10_000).fill(0xfc)],
    [0x08, ...varint, ...Array(100).fill(0xff)],
  ];
  for (const bomb of bombs) {
    assert.ok(hasFault(await findingsOf(withFooter(joined(bomb, new Uint8Array(1000))))));
  }
});

test("a footer of very many small structures is survived", async () => {
  const keyValueMetadata = Array.from({ length: 300_000 }, () => ({ key: "" }));
  const schema = [{ name: "root", numChildren: 1 }, {
    name: "a",
    type: "INT32",
    repetitionType: "REQUIRED",
  }] as const;
  const findings = await findingsOf(fileOf({ ...emptyMetaData(schema), keyValueMetadata }));
  assert.equal(findings.length, 101, "the rest is counted");
  assert.match(findings.at(-1)!.message, /299899 more/);
});

test("long names do not make long messages", async () => {
  const name = "x".repeat(1_000_000);
  const group = { name, numChildren: 1, repetitionType: "REQUIRED" } as const;
  const leaf = { name, type: "INT32", repetitionType: "REPEATED" } as const;
  const schema = [{ name: "root", numChildren: 1 }, ...Array(20).fill(group), leaf];
  const findings = await findingsOf(fileOf(emptyMetaData(schema)));
  assert.ok(findings.length > 0);
  assert.ok(JSON.stringify(findings).length < 10_000);
});

test("sizes beyond the file are faults, wherever they are", async () => {
  const [bytes] = Object.values(FILES);
  const { footer, data } = footerOf(bytes!);
  const { rowGroups: [group], ...rest } = structuredClone(
    takeApart(bytes!).metadata,
  );
  assert.ok(footer.length > 0);
  const huge = { ...group!, columns: group!.columns.slice() };
  for (const key of ["dataPageOffset", "totalCompressedSize", "bloomFilterOffset"] as const) {
    for (const value of [Number.MAX_SAFE_INTEGER, 2 ** 32, -1, -Number.MAX_SAFE_INTEGER]) {
      const [first, ...others] = huge.columns;
      const columns = [{ ...first!, metaData: { ...first!.metaData, [key]: value } }, ...others];
      const file = encodeFileMetaData({ ...rest, rowGroups: [{ ...huge, columns }] });
      assert.ok(hasFault(await verifyParquet(withFooter(file, data))), `${key} ${value}`);
    }
  }
});
