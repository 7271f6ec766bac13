/** Geometries, their bounding boxes and types, and GeoParquet metadata. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type {
  BoundingBox,
  GeospatialStatistics,
  SchemaElement,
} from "../../src/format/metadata.ts";
import { readWkb } from "../../src/verify/claims/wkb.ts";
import { footer, geoFaults, schemaOf } from "./claim_metadata_support.ts";
import { chunk, type ColumnSpec, findingsOf, rulesOf } from "./claim_support.ts";
import { point, type Shape, wkb, type WkbStyle } from "./wkb_support.ts";

const GEOMETRY: ColumnSpec = { type: "BYTE_ARRAY", logical: { type: "GEOMETRY" } };
const GEOGRAPHY: ColumnSpec = { type: "BYTE_ARRAY", logical: { type: "GEOGRAPHY" } };

const AXES = ["", "z", "m", "zm"] as const;
const coordinate = fc.oneof(
  fc.double({ min: -1000, max: 1000, noNaN: true }),
  fc.constantFrom(NaN, 0, -0),
);

function shapes(axes: number): fc.Arbitrary<Shape> {
  const position = fc.array(coordinate, { minLength: axes, maxLength: axes });
  const positions = fc.array(position, { maxLength: 4 });
  const point = position.map((at): Shape => ({ type: 1, at }));
  const line = positions.map((at): Shape => ({ type: 2, at }));
  const polygon = fc.array(positions, { maxLength: 3 }).map((rings): Shape => ({ type: 3, rings }));
  const many = (type: 4 | 5 | 6, of: fc.Arbitrary<Shape>) =>
    fc.array(of, { maxLength: 3 }).map((parts): Shape => ({ type, parts }));
  const simple = fc.oneof(
    point,
    line,
    polygon,
    many(4, point),
    many(5, line),
    many(6, polygon),
  );
  const collection = fc.array(simple, { maxLength: 3 }).map((parts): Shape => ({ type: 7, parts }));
  return fc.oneof(
    simple,
    collection,
    fc.array(fc.oneof(simple, collection), { maxLength: 2 }).map((parts): Shape => ({
      type: 7,
      parts,
    })),
  );
}

function positionsOf(shape: Shape): (readonly number[])[] {
  if (shape.type === 1) return [shape.at];
  if (shape.type === 2) return [...shape.at];
  if (shape.type === 3) return shape.rings.flat();
  return shape.parts.flatMap(positionsOf);
}

const styles = fc.record({
  bigEndian: fc.boolean(),
  extended: fc.boolean(),
  axes: fc.constantFrom(...AXES),
});

const geometries = styles.chain((style) =>
  shapes(2 + style.axes.length).map((shape) => ({ style, shape }))
);

test("readWkb() gives every coordinate of every geometry", () => {
  fc.assert(fc.property(geometries, ({ style, shape }) => {
    const seen: number[][] = [];
    const geometry = readWkb(wkb(shape, style), (...position) => seen.push(position));
    const { axes } = style;
    const expected = positionsOf(shape).map(([x, y, third, fourth]) => [
      x,
      y,
      axes.includes("z") ? third : NaN,
      axes === "m" ? third : axes === "zm" ? fourth : NaN,
    ]);
    assert.deepEqual(seen, expected);
    const code = shape.type + { "": 0, z: 1000, m: 2000, zm: 3000 }[axes];
    assert.deepEqual(geometry, { code, opaque: false });
  }));
});

test("readWkb() believes no byte", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(geometries, changes, fc.nat(), ({ style, shape }, changes, cut) => {
      const bytes = wkb(shape, style);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      readWkb(bytes, () => {});
      readWkb(bytes.subarray(0, cut % bytes.length), () => {});
    }),
    { numRuns: 500 },
  );
  const huge = Uint8Array.of(1, 7, 0, 0, 0, 255, 255, 255, 255);
  assert.match(String(readWkb(huge, () => {})), /4294967295 parts/);
  let nested: Shape = { type: 7, parts: [] };
  for (let i = 0; i < 200; i++) nested = { type: 7, parts: [nested] };
  assert.match(String(readWkb(wkb(nested), () => {})), /deeply/);
});

test("a prefix of a geometry is none, nor is one with more behind it", () => {
  fc.assert(fc.property(geometries, fc.nat(), ({ style, shape }, cut) => {
    const bytes = wkb(shape, style);
    assert.equal(typeof readWkb(bytes.subarray(0, cut % bytes.length), () => {}), "string");
    assert.equal(typeof readWkb(Uint8Array.of(...bytes, 0), () => {}), "string");
  }));
});

function boxOf(positions: readonly (readonly number[])[]): BoundingBox | undefined {
  const side = (axis: number) => positions.map((at) => at[axis]!).filter((v) => !Number.isNaN(v));
  const [x, y] = [side(0), side(1)];
  if (x.length === 0 || y.length === 0) return undefined;
  return {
    xmin: Math.min(...x),
    xmax: Math.max(...x),
    ymin: Math.min(...y),
    ymax: Math.max(...y),
  };
}

const rulesFor = (
  spec: ColumnSpec,
  shapes: readonly Shape[],
  claims: GeospatialStatistics,
  style: WkbStyle = {},
) =>
  rulesOf(
    findingsOf(chunk(spec, [shapes.map((shape) => wkb(shape, style))], { dictionary: true }), {
      metaData: { geospatialStatistics: claims },
    }),
  );

test("boxes that have every coordinate are not flagged, smaller ones are", () => {
  const list = fc.array(shapes(2), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(list, fc.constantFrom("xmin", "xmax", "ymin", "ymax"), (shapes, side) => {
    const bbox = boxOf(shapes.flatMap(positionsOf));
    const geospatialTypes = [...new Set(shapes.map(({ type }) => type))];
    assert.deepEqual(
      rulesFor(GEOMETRY, shapes, { geospatialTypes, ...(bbox === undefined ? {} : { bbox }) }),
      [],
    );
    if (bbox === undefined) return;
    const inward = side.endsWith("min") ? 1 : -1;
    const smaller = { ...bbox, [side]: bbox[side as "xmin"] + inward * 1e-6 };
    fc.pre(smaller.xmin <= smaller.xmax && smaller.ymin <= smaller.ymax);
    assert.deepEqual(rulesFor(GEOMETRY, shapes, { bbox: smaller }), ["bbox-too-small"]);
  }));
});

test("a box may wrap around along x", () => {
  const bbox = { xmin: 170, xmax: -170, ymin: 0, ymax: 1 };
  for (const spec of [GEOMETRY, GEOGRAPHY]) {
    assert.deepEqual(rulesFor(spec, [point(175, 0), point(-175, 1), point(170, 0)], { bbox }), []);
    assert.deepEqual(rulesFor(spec, [point(175, 0), point(0, 1)], { bbox }), ["bbox-too-small"]);
  }
});

test("boxes of z and m", () => {
  const xy = { xmin: 0, xmax: 9, ymin: 0, ymax: 9 };
  const shapes = [point(1, 2, 3, 4), point(1, 2, NaN, 6)];
  const box = (more: Partial<BoundingBox>) => ({ bbox: { ...xy, ...more } });
  const rules = (more: Partial<BoundingBox>) =>
    rulesFor(GEOMETRY, shapes, box(more), { axes: "zm" });
  assert.deepEqual(rules({}), []);
  assert.deepEqual(rules({ zmin: 3, zmax: 3, mmin: 4, mmax: 6 }), []);
  assert.deepEqual(rules({ zmin: 4, zmax: 4 }), ["bbox-too-small"]);
  assert.deepEqual(rules({ mmin: 4, mmax: 5 }), ["bbox-too-small"]);
  assert.deepEqual(rules({ zmin: 3 }), ["bbox-invalid"]);
  assert.deepEqual(rules({ zmin: 5, zmax: 1 }), ["bbox-invalid", "bbox-too-small"]);
  assert.deepEqual(rules({ mmin: NaN, mmax: 6 }), ["bbox-invalid"]);
  assert.deepEqual(rulesFor(GEOMETRY, [point(1, 2)], box({ zmin: 0, zmax: 1 })), [
    "bbox-of-nothing",
  ]);
});

test("geospatial types are those of the values, or none", () => {
  const shapes: Shape[] = [point(1, 2), { type: 7, parts: [{ type: 2, at: [] }] }];
  const rules = (geospatialTypes: number[]) => rulesFor(GEOMETRY, shapes, { geospatialTypes });
  assert.deepEqual(rules([]), []);
  assert.deepEqual(rules([7, 1]), []);
  for (const wrong of [[1], [1, 7, 2], [1, 7, 7], [1, 1007]]) {
    assert.deepEqual(rules(wrong), ["geospatial-types"], String(wrong));
  }
  assert.deepEqual(
    rulesFor(GEOMETRY, [point(1, 2, 3)], { geospatialTypes: [1001] }, { axes: "z" }),
    [],
  );
});

test("what cannot be read may have been anywhere", () => {
  const circular = Uint8Array.of(1, 8, 0, 0, 0, 0, 0, 0, 0);
  const bbox = { xmin: 0, xmax: 0, ymin: 0, ymax: 0 };
  const rules = (value: Uint8Array, claims: GeospatialStatistics) =>
    rulesOf(findingsOf(chunk(GEOMETRY, [[value]]), { metaData: { geospatialStatistics: claims } }));
  assert.deepEqual(rules(circular, { bbox, geospatialTypes: [8] }), []);
  assert.deepEqual(rules(circular, { geospatialTypes: [1] }), ["geospatial-types"]);
  assert.deepEqual(rules(Uint8Array.of(1, 1, 0, 0, 0, 0), { bbox, geospatialTypes: [2] }), [
    "wkb-invalid",
  ]);
  // Has no header: found where values are checked.
  assert.deepEqual(rules(Uint8Array.of(9), { bbox, geospatialTypes: [2] }), []);
});

const GEOMETRY_NODE: SchemaElement = { name: "g", type: "BYTE_ARRAY", repetitionType: "OPTIONAL" };
const COLUMN = { encoding: "WKB", geometry_types: ["Point", "Polygon Z"] };

function geo(value: unknown, bbox?: BoundingBox): string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const metadata = footer(schemaOf([GEOMETRY_NODE], [{ ...GEOMETRY_NODE, name: "h" }]), [
    { key: "geo", value: text },
  ]);
  const chunk = {
    fileOffset: 0,
    metaData: {
      type: "BYTE_ARRAY",
      encodings: [],
      pathInSchema: ["g"],
      codec: "UNCOMPRESSED",
      numValues: 0,
      totalCompressedSize: 0,
      totalUncompressedSize: 0,
      dataPageOffset: 0,
      ...(bbox === undefined ? {} : { geospatialStatistics: { bbox } }),
    },
  } as const;
  const rowGroups = [{ columns: [chunk], totalByteSize: 0, numRows: 0 }];
  return geoFaults({ ...metadata, rowGroups }).map(({ message }) => message);
}

test("GeoParquet metadata is of this file", () => {
  const right = { version: "1.1.0", primary_column: "g", columns: { g: COLUMN } };
  const column = (change: object) => ({ ...right, columns: { g: { ...COLUMN, ...change } } });
  assert.deepEqual(geo(right), []);
  assert.deepEqual(geo(column({ bbox: [0, 0, 1, 1], crs: null, edges: "planar" })), []);
  const wrong: [unknown, RegExp][] = [
    ["{", /not (a )?JSON/],
    ["[]", /not (a )?JSON/],
    ["[".repeat(100_000), /not (a )?JSON/],
    [{ ...right, version: 1 }, /no version/],
    [{ ...right, primary_column: "h" }, /primary_column/],
    [{ ...right, columns: { g: 1 } }, /is not an object/],
    [column({ encoding: "WKT" }), /encoding is/],
    [column({ encoding: undefined }), /encoding is/],
    [{ ...right, columns: { g: COLUMN, x: COLUMN } }, /no BYTE_ARRAY/],
    [
      { ...right, columns: { g: COLUMN, x: { ...COLUMN, encoding: "point" } } },
      /not in the schema/,
    ],
    [column({ geometry_types: ["point"] }), /geometry_types/],
    [column({ geometry_types: ["Point", "Point"] }), /geometry_types/],
    [column({ bbox: [0, 1] }), /4, 6 or 8/],
    [column({ bbox: [0, 5, 1, 1] }), /above its maximum/],
  ];
  for (const [value, message] of wrong) {
    const found = geo(value);
    assert.equal(found.length, 1, JSON.stringify(value));
    assert.match(found[0]!, message);
  }
});

test("the box of GeoParquet has those of all row groups", () => {
  const column = (bbox: number[]) => ({
    version: "1.1.0",
    primary_column: "g",
    columns: { g: { ...COLUMN, bbox } },
  });
  const box = (xmin: number, xmax: number) => ({ xmin, xmax, ymin: 0, ymax: 1 });
  assert.deepEqual(geo(column([0, 0, 10, 1]), box(0, 10)), []);
  assert.deepEqual(geo(column([170, 0, -170, 1]), box(175, -175)), []);
  assert.deepEqual(geo(column([170, 0, -170, 1]), box(171, 180)), []);
  for (
    const [outer, inner] of [
      [[0, 0, 10, 1], box(0, 11)],
      [[0, 0, 10, 0.5], box(0, 10)],
      [[0, 0, 10, 1], box(9, 1)],
      [[170, 0, -170, 1], box(0, 1)],
    ] as const
  ) {
    assert.match(geo(column([...outer]), inner).join(), /does not contain that of row group 0/);
  }
});
