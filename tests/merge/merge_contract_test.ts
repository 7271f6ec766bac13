/** What mergeParquet() takes and refuses, and what becomes of its target. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  MemorySink,
  type MergeNote,
  mergeParquet,
  readParquetMetadata,
  schema,
  type Shape,
  t,
  toParquet,
  verifyParquet,
} from "../../mod.ts";
import { inFolder } from "../support/folder.ts";

const ONE = await toParquet([{ id: 1 }], {
  keyValueMetadata: { same: "s", other: "1", first: "f" },
});
const TWO = await toParquet([{ id: 2 }], { keyValueMetadata: { same: "s", other: "2" } });

test("mergeParquet() takes paths, URLs, bytes and Blobs, and may replace one of its inputs", () =>
  inFolder(async (folder) => {
    const [a, b] = [join(folder, "a.parquet"), join(folder, "b.parquet")];
    writeFileSync(a, ONE);
    writeFileSync(b, TWO);
    const inputs = [a, pathToFileURL(b), ONE, new Blob([TWO]), TWO.buffer];
    const metadata = await mergeParquet(new Set(inputs), a);
    assert.equal(metadata.numRows, 5);
    assert.deepEqual(await verifyParquet(a), []);
    assert.deepEqual((await readParquetMetadata(a)).rowGroups.length, 5);
    assert.deepEqual(readdirSync(folder).sort(), ["a.parquet", "b.parquet"]);
    // The caller's bytes are the caller's.
    assert.equal(ONE.byteLength, readFileSync(b).length - TWO.byteLength + ONE.byteLength);
    assert.deepEqual(await verifyParquet(ONE), []);
  }));

test("mergeParquet() leaves its target as it was when it fails", () =>
  inFolder(async (folder) => {
    const target = join(folder, "out.parquet");
    writeFileSync(target, "before");
    await assert.rejects(mergeParquet([ONE, new Uint8Array(3)], target), { name: "FormatError" });
    await assert.rejects(mergeParquet([ONE, join(folder, "none")], target), { code: "ENOENT" });
    const controller = new AbortController();
    const onProgress = () => controller.abort("enough");
    await assert.rejects(
      mergeParquet([ONE, TWO], target, { signal: controller.signal, onProgress }),
      { name: "AbortError" },
    );
    assert.equal(readFileSync(target, "utf8"), "before");
    assert.deepEqual(readdirSync(folder), ["out.parquet"]);
  }));

test("mergeParquet() refuses schemas that differ, naming the column and the input", async () => {
  const base = { id: t.int64(), tags: t.list(t.utf8()) };
  const file = (shape: Shape) => toParquet([], { schema: schema(shape) });
  const first = await file(base);
  for (
    const [shape, path, message] of [
      [{ id: t.int32(), tags: base.tags }, "id", "expected INT64 as in input 1, got INT32"],
      [
        { id: base.id.nullable(), tags: base.tags },
        "id",
        "expected REQUIRED as in input 1, got OPTIONAL",
      ],
      [
        { id: t.timestamp("us"), tags: base.tags },
        "id",
        "expected INT64 as in input 1, got INT64 (TIMESTAMP(MICROS,false))",
      ],
      [{ id: base.id }, "tags", "a column of input 1 is missing"],
      [{ ...base, more: t.bool() }, "more", "input 1 has no such column"],
      [
        { id: base.id, tags: t.list(t.binary()) },
        "tags.list.element",
        "expected BYTE_ARRAY (STRING) as in input 1, got BYTE_ARRAY",
      ],
    ] as const
  ) {
    await assert.rejects(mergeParquet([first, await file(shape)], new MemorySink()), {
      name: "SchemaError",
      path,
      message: `Cannot merge input 2: ${message} (column "${path}")`,
    });
  }
});

test("mergeParquet() refuses types that only ARROW:schema tells apart", async () => {
  const file = (type: ReturnType<typeof t.int64>) =>
    toParquet([], { schema: schema({ id: type }) });
  const inputs = [await file(t.int64()), await file(t.duration("ns") as never)];
  await assert.rejects(mergeParquet(inputs, new MemorySink()), {
    name: "SchemaError",
    path: "id",
    message: /in ARROW:schema, expected int 64 true as in input 1, got duration nanosecond/,
  });
});

test("mergeParquet() refuses lists of other lengths than ARROW:schema says", async () => {
  const file = (type: ReturnType<typeof t.int64>, l: number[]) =>
    toParquet([{ l }] as object[], { schema: schema({ l: type }) as never });
  const three = await file(t.fixedSizeList(t.int32(), 3) as never, [1, 2, 3]);
  for (const type of [t.list(t.int32()), t.fixedSizeList(t.int32(), 2)]) {
    const inputs = [three, await file(type as never, [1, 2])];
    await assert.rejects(mergeParquet(inputs, new MemorySink()), {
      name: "SchemaError",
      path: "l",
    });
  }
  assert.equal((await mergeParquet([three, three], new MemorySink())).numRows, 2);
});

test("mergeParquet() keeps keys with one value, and says which it leaves out", async () => {
  const notes: MergeNote[] = [];
  const sink = new MemorySink();
  const metadata = await mergeParquet([ONE, TWO], sink, {
    keyValueMetadata: { mine: "m" },
    createdBy: "me version 1",
    onDiagnostic: (note) => notes.push(note),
  });
  const pairs = Object.fromEntries(
    metadata.keyValueMetadata!.map(({ key, value }) => [key, value]),
  );
  assert.deepEqual(Object.keys(pairs).sort(), ["ARROW:schema", "first", "mine", "same"]);
  assert.deepEqual([pairs["same"], pairs["mine"], metadata.createdBy], ["s", "m", "me version 1"]);
  assert.deepEqual(notes, [{
    message: 'the inputs have different values of the key "other": left out',
  }]);
  for (const key of ["ARROW:schema", "geo"]) {
    await assert.rejects(
      mergeParquet([ONE], new MemorySink(), { keyValueMetadata: { [key]: "" } }),
      { name: "TypeError", message: `Cannot set the key "${key}": it comes from the inputs` },
    );
  }
});

const POINT = (x: number, y: number) => {
  const bytes = new Uint8Array(21);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setUint32(1, 1, true);
  view.setFloat64(5, x, true);
  view.setFloat64(13, y, true);
  return bytes;
};

test("mergeParquet() unites what GeoParquet says of the rows", async () => {
  const geo = (bbox: number[] | null, more: object = {}) =>
    JSON.stringify({
      version: "1.1.0",
      primary_column: "geom",
      columns: {
        geom: { encoding: "WKB", geometry_types: ["Point"], ...(bbox && { bbox }), ...more },
      },
    });
  const file = (x: number, text: string | null) =>
    toParquet([{ geom: POINT(x, x) }], {
      schema: schema({ geom: t.binary() }),
      keyValueMetadata: text === null ? {} : { geo: text },
    });
  const sink = new MemorySink();
  const { keyValueMetadata } = await mergeParquet(
    [
      await file(1, geo([1, 1, 1, 1])),
      await file(5, geo([5, 5, 5, 5])),
    ],
    sink,
    { verify: true },
  );
  assert.deepEqual(await verifyParquet(sink.bytes()), []);
  const value = keyValueMetadata!.find(({ key }) => key === "geo")!.value!;
  assert.deepEqual(JSON.parse(value).columns.geom, {
    encoding: "WKB",
    geometry_types: ["Point"],
    bbox: [1, 1, 5, 5],
  });
  const first = await file(1, geo(null));
  for (
    const [other, message] of [
      [
        await file(2, geo(null, { edges: "spherical" })),
        /of the key "geo", what is stated about the column is not as in/,
      ],
      [await file(2, null), /it has no usable key "geo"/],
    ] as const
  ) {
    await assert.rejects(mergeParquet([first, other], new MemorySink()), {
      name: "SchemaError",
      message,
    });
  }
});

test("mergeParquet() refuses encrypted files", async () => {
  const url = new URL("../fixtures/parquet/plaintext_footer.parquet", import.meta.url);
  const message = /plaintext_footer\.parquet: it is encrypted/;
  await assert.rejects(mergeParquet([url], new MemorySink()), { name: "FormatError", message });
  const encrypted = ONE.slice();
  encrypted[encrypted.length - 1] = 0x45;
  await assert.rejects(mergeParquet([ONE, encrypted], new MemorySink()), {
    name: "FormatError",
    message: "Cannot merge input 2: its footer is encrypted",
  });
});

test("mergeParquet() refuses wrong arguments", async () => {
  const sink = () => new MemorySink();
  for (const inputs of ["a.parquet", ONE, 7, null] as never[]) {
    await assert.rejects(mergeParquet(inputs, sink()), {
      name: "TypeError",
      message: /expected an array of files/,
    });
  }
  await assert.rejects(mergeParquet([], sink()), {
    name: "TypeError",
    message: "Cannot merge: there are no inputs",
  });
  await assert.rejects(mergeParquet([7 as never], sink()), TypeError);
  await assert.rejects(mergeParquet([ONE], sink(), { verfy: true } as never), {
    name: "TypeError",
    message: /unknown; did you mean "verify"\?/,
  });
  await assert.rejects(mergeParquet([ONE], sink(), { verify: 1 } as never), TypeError);
  await assert.rejects(mergeParquet([ONE], 5 as never), TypeError);
});

test("mergeParquet() of files without rows is a file without rows", async () => {
  const none = await toParquet([], { schema: schema({ id: t.float64().nullable() }) });
  const one = await toParquet([{ id: 1.5 }], { schema: schema({ id: t.float64().nullable() }) });
  for (const [inputs, rows] of [[[none, none], 0], [[none, one, none], 1]] as const) {
    const sink = new MemorySink();
    assert.equal((await mergeParquet(inputs, sink)).numRows, rows);
    assert.deepEqual(await verifyParquet(sink.bytes()), []);
  }
});

test("mergeParquet() reads ranges, and no more than the files have", async () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => ({ id: i, text: `${Math.sin(i)}` }));
  const bytes = await toParquet(rows, { compression: "uncompressed", dictionaryEnabled: false });
  assert.ok(bytes.length > 4 * 1024 * 1024);
  let largest = 0, total = 0;
  class Watched extends Blob {
    override slice(start = 0, end = this.size): Blob {
      largest = Math.max(largest, end - start);
      total += end - start;
      return super.slice(start, end);
    }
  }
  const held: number[] = [];
  const sink = {
    write: (part: Uint8Array) => void held.push(part.length),
    close: () => {},
    abort: () => {},
  };
  await mergeParquet([new Watched([bytes]), new Watched([bytes])], sink);
  assert.ok(largest <= 4 * 1024 * 1024, `${largest}`);
  assert.ok(total < 2.2 * bytes.length, `${total} of ${2 * bytes.length}`);
  assert.ok(Math.max(...held) <= 4 * 1024 * 1024);
});
