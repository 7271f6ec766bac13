/** What GeoParquet's metadata says of geometries that nothing else in the file calls so, held against them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  type DataType,
  Field,
  Float64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  vectorFromArray,
} from "apache-arrow";
import { toParquet, verifyParquet, type WriterOptions } from "../../mod.ts";
import { point, type Shape, wkb, type WkbStyle } from "./wkb_support.ts";

const INLINE = { parallelism: 0, maxRowGroupRowCount: 2 } as const;

function batchOf(type: DataType, values: readonly unknown[]): RecordBatch {
  const schema = new Schema([new Field("g", type, true)]);
  const data = vectorFromArray([...values], type).data[0]!;
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: values.length, children: [data] }),
  );
}

/** What is found of values with this metadata. */
async function found(
  type: DataType,
  values: readonly unknown[],
  column: object,
  options: WriterOptions = {},
): Promise<string[]> {
  const geo = { version: "1.1.0", primary_column: "g", columns: { g: column } };
  const bytes = await toParquet(batchOf(type, values), {
    ...INLINE,
    ...options,
    keyValueMetadata: { geo: JSON.stringify(geo) },
  });
  return (await verifyParquet(bytes)).map(({ rule, rowGroup, column, message }) =>
    `${rule} ${rowGroup} ${column}: ${message}`
  );
}

const line: Shape = { type: 2, at: [[0, 0], [10, -7]] };

test("geometries of a plain column are within the box, and of the types listed", async () => {
  const values = [wkb(point(1, 2)), null, wkb(line), wkb(point(NaN, NaN))];
  const check = (column: object, options: WriterOptions = {}) =>
    found(new Binary(), values, { encoding: "WKB", ...column }, options);
  const types = ["LineString", "Point"];
  for (const dictionaryEnabled of [true, false]) {
    const options = { dictionaryEnabled };
    assert.deepEqual(
      await check({ geometry_types: types, bbox: [0, -7, 10, 2], crs: null }, options),
      [],
    );
    assert.deepEqual(await check({ geometry_types: [] }, options), []);
    // More than there is, and a box that wraps around.
    assert.deepEqual(
      await check({ geometry_types: [...types, "Polygon"], bbox: [0, -8, 11, 3] }, options),
      [],
    );
    assert.deepEqual(await check({ geometry_types: [], bbox: [1, -7, 0, 2] }, options), []);
    const small = [
      [[0, -7, 10, 1], 'geo-metadata 0 g: geo, column "g": bbox has y from -7 to 1, there is 2'],
      [[0, -6, 10, 2], 'geo-metadata 1 g: geo, column "g": bbox has y from -6 to 2, there is -7'],
      [[0, -7, 9, 2], 'geo-metadata 1 g: geo, column "g": bbox has x from 0 to 9, there is 10'],
      [[11, -7, -1, 2], 'geo-metadata 0 g: geo, column "g": bbox has x from 11 to -1, there is 1'],
    ] as const;
    for (const [bbox, message] of small) {
      assert.equal((await check({ geometry_types: types, bbox }, options))[0], message);
    }
    assert.deepEqual(await check({ geometry_types: ["Point"] }, options), [
      'geo-metadata 1 g: geo, column "g": geometry_types are [Point], there is LineString',
    ]);
    assert.deepEqual(await check({ geometry_types: ["Point Z", "LineString"] }, options), [
      'geo-metadata 0 g: geo, column "g": geometry_types are [Point Z,LineString], there is Point',
      'geo-metadata 1 g: geo, column "g": geometry_types are [Point Z,LineString], there is Point',
    ]);
  }
});

test("dimensions are in the names of types, and in the box", async () => {
  const check = (axes: WkbStyle["axes"] & string, types: string[], bbox: number[]) =>
    found(new Binary(), [wkb({ type: 1, at: [1, 2, 3, 4].slice(0, 2 + axes.length) }, { axes })], {
      encoding: "WKB",
      geometry_types: types,
      bbox,
    });
  assert.deepEqual(await check("z", ["Point Z"], [1, 2, 3, 1, 2, 3]), []);
  assert.deepEqual(await check("z", ["Point Z"], [1, 2, 1, 2]), []);
  assert.deepEqual(await check("m", ["Point"], [1, 2, 1, 2]), []);
  assert.deepEqual(await check("zm", ["Point ZM"], [1, 2, 3, 4, 1, 2, 3, 4]), []);
  assert.match((await check("z", ["Point Z"], [1, 2, 4, 1, 2, 5])).join(), /z from 4 to 5/);
  assert.match((await check("zm", ["Point Z"], [1, 2, 3, 5, 1, 2, 3, 5])).join(), /m from 5 to 5/);
  assert.match((await check("z", ["Point"], [1, 2, 1, 2])).join(), /there is Point Z/);
});

test("what is no geometry is found where only the key geo says that it should be", async () => {
  const column = { encoding: "WKB", geometry_types: [] };
  const faults = await found(new Binary(), [wkb(point(1, 2)).subarray(0, 20)], column);
  assert.deepEqual(faults, [
    "wkb-invalid 0 g: 1 geometries cannot be read; of the first, it ends too soon",
  ]);
  assert.equal((await found(new Binary(), [new Uint8Array(0)], column)).length, 1);
});

test("reference system and edges are of a kind that GeoParquet has", async () => {
  const check = (members: object) =>
    found(new Binary(), [wkb(point(1, 2))], { encoding: "WKB", geometry_types: [], ...members });
  assert.deepEqual(await check({ crs: {}, edges: "spherical" }), []);
  for (const members of [{ crs: "EPSG:4326" }, { crs: [] }, { crs: 4326 }]) {
    assert.match((await check(members)).join(), /crs is neither a PROJJSON object nor null/);
  }
  assert.match((await check({ edges: "round" })).join(), /edges is/);
});

test("coordinates of GeoArrow's own types are within the box", async () => {
  const position = new Struct(["x", "y"].map((name) => new Field(name, new Float64(), false)));
  const values = [{ x: 1, y: 2 }, null, { x: 5, y: -1 }, { x: NaN, y: NaN }];
  const lines = new List(new Field("vertices", position, false));
  for (const [encoding, type] of [["point", position], ["linestring", lines]] as const) {
    const rows = encoding === "point" ? values : values.map((value) => value && [value, value]);
    const check = (bbox: number[]) => found(type, rows, { encoding, geometry_types: [], bbox });
    assert.deepEqual(await check([1, -1, 5, 2]), []);
    assert.match((await check([1, -1, 4, 2])).join(), /geo-metadata 1 .*x from 1 to 4, there is 5/);
    assert.match((await check([1, 0, 5, 2])).join(), /geo-metadata 1 .*y from 0 to 2, there is -1/);
  }
});
