/** Geometries: statistics of their chunks, what is refused, what readers see, and GeoParquet metadata. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Float64,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import {
  AsyncArrowWriter,
  InvalidBatchError,
  MemorySink,
  readParquetMetadata,
  SchemaError,
  toParquet,
  type WriterOptions,
} from "../../mod.ts";
import type { ColumnMetaData } from "../../src/format/metadata.ts";
import { verifyParquet } from "../../src/verify/verify_parquet.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";
import { readPlainlyWithHyparquet } from "../support/hyparquet_reader.ts";
import { codeOf, type Geometry, rangeOf, wkb } from "../support/wkb.ts";

const INLINE = { parallelism: 0 } as const;

function extension(name: string, type: DataType, columnName = "g", metadata = ""): Field {
  const pairs = [["ARROW:extension:name", name], ["ARROW:extension:metadata", metadata]] as const;
  return new Field(columnName, type, true, new Map(pairs));
}

function batchOf(fields: readonly Field[], columns: readonly Vector[]): RecordBatch {
  const schema = new Schema([...fields]);
  const children = columns.map((column) => column.data[0]! as Data);
  const { length } = children[0]!;
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, children }),
  );
}

/** A batch of one column of geometries. */
function geometries(values: readonly (Uint8Array | null)[], metadata = ""): RecordBatch {
  const vector = vectorFromArray([...values], new Binary());
  return batchOf([extension("geoarrow.wkb", new Binary(), "g", metadata)], [vector]);
}

async function chunksOf(bytes: Uint8Array): Promise<ColumnMetaData[]> {
  assert.deepEqual((await verifyParquet(bytes)).filter(({ severity }) => severity === "fault"), []);
  const { rowGroups } = await readParquetMetadata(bytes);
  return rowGroups.map(({ columns }) => columns[0]!.metaData);
}

const DIMENSIONS = ["XY", "XYZ", "XYM", "XYZM"] as const;

/** One geometry of each type, its coordinates made from `seed`. */
function oneOfEach(dimensions: Geometry["dimensions"] & string, little: boolean, seed: number) {
  let state = seed;
  const position = () =>
    Array.from(dimensions, () => {
      state = Math.imul(state, 1664525) + 1013904223 | 0;
      return state / 2 ** 20;
    });
  const make = (type: number, rest: Partial<Geometry>): Geometry => ({
    type,
    dimensions,
    little,
    ...rest,
  });
  const point = () => make(1, { positions: [position()] });
  const line = () => make(2, { positions: [position(), position(), position()] });
  const polygon = () =>
    make(3, { rings: [[position(), position(), position()], [position(), position()]] });
  return [
    point(),
    line(),
    polygon(),
    make(4, { parts: [point(), { ...point(), little: !little }] }),
    make(5, { parts: [line(), line()] }),
    make(6, { parts: [polygon()] }),
    make(7, { parts: [point(), make(7, { parts: [line(), polygon()] })] }),
  ];
}

function boxOf(all: readonly Geometry[]): Record<string, number> {
  return Object.fromEntries(["x", "y", "z", "m"].flatMap((name, axis) => {
    const range = rangeOf(all, axis);
    return range === null ? [] : [[`${name}min`, range[0]], [`${name}max`, range[1]]];
  }));
}

for (const dimensions of DIMENSIONS) {
  for (const little of [true, false]) {
    test(`geospatial statistics of ${dimensions}, ${little ? "little" : "big"}-endian`, async () => {
      const all = oneOfEach(dimensions, little, dimensions.length);
      for (const some of [...all.map((geometry) => [geometry]), all]) {
        const [chunk] = await chunksOf(await toParquet(geometries(some.map(wkb)), INLINE));
        assert.deepEqual(chunk!.geospatialStatistics, {
          bbox: boxOf(some),
          geospatialTypes: some.map(codeOf).sort(),
        });
        assert.deepEqual(chunk!.statistics, { nullCount: 0 }, "bytes have no order");
      }
    });
  }
}

const POINT = wkb({ type: 1, positions: [[1, 2]] });
const OTHER = wkb({ type: 1, positions: [[-3, 5]] });
const EMPTY_POINT = wkb({ type: 1, positions: [[NaN, NaN]] });
const EMPTY_LINE = wkb({ type: 2, positions: [] });
const LINE = wkb({ type: 2, positions: [[0, 0], [10, NaN], [4, -7]] });

test("geospatial statistics leave out what has no coordinates", async () => {
  const statistics = async (
    values: readonly (Uint8Array | null)[],
    options: WriterOptions = {},
    metadata = "",
  ) => {
    const bytes = await toParquet(geometries(values, metadata), { ...INLINE, ...options });
    return (await chunksOf(bytes)).map(({ geospatialStatistics }) => geospatialStatistics);
  };
  const box = (xmin: number, xmax: number, ymin: number, ymax: number) => ({
    xmin,
    xmax,
    ymin,
    ymax,
  });
  assert.deepEqual(await statistics([null, null]), [undefined]);
  assert.deepEqual(await statistics([EMPTY_POINT, EMPTY_LINE]), [{ geospatialTypes: [1, 2] }]);
  assert.deepEqual(await statistics([EMPTY_POINT, POINT, null]), [
    { bbox: box(1, 1, 2, 2), geospatialTypes: [1] },
  ]);
  assert.deepEqual(await statistics([LINE]), [{ bbox: box(0, 10, -7, 0), geospatialTypes: [2] }]);
  assert.deepEqual(await statistics([POINT], { statisticsEnabled: "none" }), [undefined]);
  assert.deepEqual(await statistics([POINT], { statisticsEnabled: "chunk" }), [
    { bbox: box(1, 1, 2, 2), geospatialTypes: [1] },
  ]);
  assert.deepEqual(await statistics([POINT, LINE, OTHER], { maxRowGroupRowCount: 2 }), [
    { bbox: box(0, 10, -7, 2), geospatialTypes: [1, 2] },
    { bbox: box(-3, -3, 5, 5), geospatialTypes: [1] },
  ]);
  // A curve is valid, but only its type is known.
  const curve = Uint8Array.of(1, 8, 0, 0, 0, 0, 0, 0, 0);
  assert.deepEqual(await statistics([POINT, curve, LINE]), [{ geospatialTypes: [1, 2, 8] }]);

  const spherical = '{"edges": "spherical"}';
  assert.deepEqual(await statistics([POINT, OTHER], {}, spherical), [
    { bbox: box(-3, 1, 2, 5), geospatialTypes: [1] },
  ]);
  const far = wkb({ type: 1, positions: [[181, 0]] });
  assert.deepEqual(await statistics([POINT, far], {}, spherical), [{ geospatialTypes: [1] }]);
  assert.deepEqual(await statistics([POINT, LINE], {}, spherical), [{ geospatialTypes: [1, 2] }]);
});

test("geospatial statistics are the same with and without a dictionary, of either making", async () => {
  const values = Array.from({ length: 5000 }, (_, i) => [POINT, OTHER, LINE, null][i % 4]!);
  const plain = geometries(values);
  const type = new Dictionary(new Binary(), new Int32());
  const keys = Int32Array.from(values, (_, i) => i % 4);
  const coded = batchOf([extension("geoarrow.wkb", type)], [
    vectorOf(makeData({
      type,
      length: values.length,
      data: keys,
      nullCount: -1,
      nullBitmap: new Uint8Array(values.length / 8).fill(0b01110111),
      dictionary: vectorFromArray([POINT, OTHER, LINE, EMPTY_LINE], new Binary()),
    })),
  ]);
  const expected = {
    bbox: { xmin: -3, xmax: 10, ymin: -7, ymax: 5 },
    geospatialTypes: [1, 2],
  };
  for (const batch of [plain, coded]) {
    for (const dictionaryEnabled of [true, false]) {
      const bytes = await toParquet(batch, { ...INLINE, dictionaryEnabled });
      const [chunk] = await chunksOf(bytes);
      assert.equal(chunk!.dictionaryPageOffset !== undefined, dictionaryEnabled);
      assert.deepEqual(chunk!.geospatialStatistics, expected);
    }
  }
});

test("geometries are read by others", async () => {
  const bytes = await toParquet(geometries([POINT, null, LINE]), INLINE);
  const rows = await readPlainlyWithHyparquet(bytes);
  assert.deepEqual(rows[0]!["g"], { type: "Point", coordinates: [1, 2] });
  await withFile(bytes, async (path) => {
    const [[type]] = await query(`SELECT typeof(g) FROM ${quoted(path)} LIMIT 1`) as [[string]];
    assert.match(type, /^GEOMETRY/);
    assert.equal((await query(`SELECT count(g) FROM ${quoted(path)}`))[0]![0], 2n);
  });
});

test("what is no well-known binary is refused, with its row", async () => {
  const ewkb = wkb({ type: 1, positions: [[1, 2]] });
  ewkb[4] = 0x20;
  const part = wkb({ type: 4, parts: [{ type: 2, positions: [] }] });
  const deep = Array.from({ length: 70 }).reduce<Geometry>(
    (inner) => ({ type: 7, parts: [inner] }),
    { type: 7 },
  );
  const whole = wkb(oneOfEach("XYZM", true, 1)[6]!);
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /it ends too soon/],
    [Uint8Array.of(...POINT, 0), /1 bytes follow/],
    [Uint8Array.of(2, ...POINT.subarray(1)), /byte order is 2/],
    [Uint8Array.of(1, 18, 0, 0, 0), /no type 18/],
    [Uint8Array.of(1, 0, 0, 0, 0), /no type 0/],
    [Uint8Array.of(1, 0xa1, 0x0f, 0, 0), /no type 4001/],
    [ewkb, /EWKB.*ST_AsBinary/],
    [part, /a part of it is of type 2, not 1/],
    [wkb(deep), /more than 64 deep/],
    [Uint8Array.of(1, 2, 0, 0, 0, 255, 255, 255, 255), /it ends too soon/],
    ...Array.from(whole, (_, i): [Uint8Array, RegExp] => [whole.subarray(0, i), /ends too soon/]),
  ];
  for (const [value, message] of cases) {
    await assert.rejects(toParquet(geometries([POINT, null, value]), INLINE), (error) => {
      assert.ok(error instanceof InvalidBatchError, String(error));
      assert.deepEqual([error.path, error.row], ["g", 2]);
      assert.match(error.message, /Cannot write a geometry/);
      return message.test(error.message);
    });
  }
  const list = new List(extension("geoarrow.wkb", new Binary(), "item"));
  const nested = batchOf([new Field("l", list, true)], [
    vectorFromArray([[POINT], [], [POINT, EMPTY_LINE, Uint8Array.of(1)]], list),
  ]);
  await assert.rejects(toParquet(nested, INLINE), { path: "l", row: 2 });
  // Bytes under a null are nobody's.
  const data = makeData({
    type: new Binary(),
    length: 2,
    nullCount: 1,
    nullBitmap: Uint8Array.of(0b10),
    valueOffsets: Int32Array.of(0, 3, 3 + POINT.length),
    data: Uint8Array.of(9, 9, 9, ...POINT),
  });
  const garbage = batchOf([extension("geoarrow.wkb", new Binary())], [vectorOf(data)]);
  assert.equal((await chunksOf(await toParquet(garbage, INLINE)))[0]!.statistics!.nullCount, 1);
  // Without the extension they are bytes like any other.
  await toParquet(
    batchOf([new Field("b", new Binary(), true)], [
      vectorFromArray([Uint8Array.of(7)], new Binary()),
    ]),
    INLINE,
  );
});

function vectorOf(data: Data): Vector {
  return { data: [data] } as unknown as Vector;
}

// --- GeoParquet ------------------------------------------------------------------------------------------------------

// deno-lint-ignore no-explicit-any
type Json = any;

/** The rules of the GeoParquet 1.1.0 JSON schema. */
function assertGeoParquet(geo: Json, names: readonly string[]): void {
  assert.equal(geo.version, "1.1.0");
  assert.ok(Object.hasOwn(geo.columns, geo.primary_column));
  assert.deepEqual(Object.keys(geo), ["version", "primary_column", "columns"]);
  assert.deepEqual(Object.keys(geo.columns), names);
  for (const column of Object.values<Json>(geo.columns)) {
    assert.match(
      column.encoding,
      /^(WKB|point|linestring|polygon|multipoint|multilinestring|multipolygon)$/,
    );
    assert.ok(Array.isArray(column.geometry_types));
    assert.equal(new Set(column.geometry_types).size, column.geometry_types.length);
    for (const type of column.geometry_types) {
      assert.match(type, /^(GeometryCollection|(Multi)?(Point|LineString|Polygon))( Z)?$/);
    }
    if ("crs" in column) assert.equal(typeof column.crs, "object");
    if ("edges" in column) assert.match(column.edges, /^(planar|spherical)$/);
    if ("bbox" in column) {
      assert.ok([4, 6].includes(column.bbox.length));
      assert.ok(column.bbox.every(Number.isFinite));
    }
    const known = ["encoding", "geometry_types", "crs", "edges", "orientation", "bbox", "epoch"];
    assert.deepEqual(Object.keys(column).filter((key) => !known.includes(key)), []);
  }
}

async function geoOf(
  batches: RecordBatch | RecordBatch[],
  options: WriterOptions = {},
): Promise<Json> {
  const bytes = await toParquet(batches, { ...INLINE, geoParquet: true, ...options });
  assert.deepEqual((await verifyParquet(bytes)).filter(({ severity }) => severity === "fault"), []);
  const { keyValueMetadata } = await readParquetMetadata(bytes);
  const geo = JSON.parse(keyValueMetadata!.find(({ key }) => key === "geo")!.value!);
  assertGeoParquet(geo, Object.keys(geo.columns));
  return geo;
}

test("geoParquet: types and boxes over all row groups", async () => {
  const values = [POINT, OTHER, null, null, EMPTY_LINE, LINE];
  assert.deepEqual(await geoOf(geometries(values), { maxRowGroupRowCount: 2 }), {
    version: "1.1.0",
    primary_column: "g",
    columns: {
      g: {
        geometry_types: ["LineString", "Point"],
        encoding: "WKB",
        crs: null,
        bbox: [-3, -7, 10, 5],
      },
    },
  });
  const high = wkb({ type: 1, dimensions: "XYZ", positions: [[1, 2, 3]] });
  const { columns: { g } } = await geoOf(geometries([POINT, high]));
  assert.deepEqual([g.geometry_types, g.bbox], [["Point", "Point Z"], [1, 2, 3, 1, 2, 3]]);
});

test("geoParquet: what is not known is not said", async () => {
  const measured = wkb({ type: 1, dimensions: "XYM", positions: [[1, 2, 3]] });
  const cases = [
    [[measured], {}, [], [1, 2, 1, 2]],
    [[null], {}, [], undefined],
    [[EMPTY_LINE], {}, ["LineString"], undefined],
    [[POINT, EMPTY_LINE], { maxRowGroupRowCount: 1 }, ["LineString", "Point"], undefined],
    [[POINT], { statisticsEnabled: "none" }, [], undefined],
    [[wkb({ type: 1, positions: [[Infinity, 1]] })], {}, ["Point"], undefined],
  ] as const;
  for (const [values, options, types, bbox] of cases) {
    const { columns: { g } } = await geoOf(geometries(values), options);
    assert.deepEqual([g.geometry_types, g.bbox], [types, bbox]);
  }
  const writer = new AsyncArrowWriter(new MemorySink(), geometries([]).schema, {
    geoParquet: true,
  });
  const { keyValueMetadata } = await writer.close();
  const geo = JSON.parse(keyValueMetadata!.find(({ key }) => key === "geo")!.value!);
  assertGeoParquet(geo, ["g"]);
});

const UTM = {
  type: "ProjectedCRS",
  name: "WGS 84 / UTM 33N",
  id: { authority: "EPSG", code: 32633 },
};

test("geoParquet: coordinate reference system and edges", async () => {
  const column = async (metadata: unknown) =>
    (await geoOf(geometries([POINT], JSON.stringify(metadata)))).columns.g;
  assert.equal((await column({ edges: "spherical" })).edges, "spherical");
  assert.ok(!("edges" in await column({ edges: "planar" })));
  const refused = [
    [{ edges: "karney" }, /planar and spherical/],
  ] as const;
  for (const [metadata, message] of refused) {
    await assert.rejects(column(metadata), (error) => {
      assert.ok(error instanceof SchemaError);
      assert.equal(error.path, "g");
      return message.test(error.message);
    });
  }
});

const POSITION = new Struct([
  new Field("x", new Float64(), false),
  new Field("y", new Float64(), false),
]);
const POSITION_Z = new Struct([...POSITION.children, new Field("z", new Float64(), false)]);

/** WKT2, the identifier of the whole at its end. */
const wkt = (code: number) =>
  'GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],' +
  `CS[ellipsoidal,2],AXIS["lat",north],AXIS["lon",east],UNIT["degree",0.0174,ID["EPSG",9122]],ID["EPSG",${code}]]`;
const LONGITUDE_LATITUDE = { name: "WGS 84", id: { authority: "EPSG", code: 4326 } };
const UNKNOWN = { parquet: "srid:0", geoParquet: null };
const DEFAULT = { parquet: undefined, geoParquet: undefined };

/** What GeoArrow says, and what Parquet and GeoParquet say then; `undefined`: nothing, and so longitude, latitude. */
const REFERENCE_SYSTEMS: readonly [
  metadata: string,
  expected: { parquet: string | undefined; geoParquet: object | null | undefined | "refused" },
][] = [
  ["", UNKNOWN],
  ["{}", UNKNOWN],
  ['{"edges": null}', UNKNOWN],
  ['{"crs_type": "projjson"}', UNKNOWN],
  ['{"crs": null}', UNKNOWN],
  ['{"crs": ""}', UNKNOWN],
  ['{"crs": null, "edges": "planar"}', UNKNOWN],
  ['{"crs": null, "edges": "spherical"}', UNKNOWN],
  ['{"crs": "0", "crs_type": "srid"}', UNKNOWN],
  ['{"crs": 0, "crs_type": "srid"}', UNKNOWN],
  ['{"crs": "srid:0"}', UNKNOWN],
  // Edges on the globe are between longitudes and latitudes.
  ['{"edges": "spherical"}', DEFAULT],
  ['{"crs": "OGC:CRS84"}', DEFAULT],
  ['{"crs": "OGC:CRS84", "crs_type": "authority_code", "edges": "spherical"}', DEFAULT],
  ['{"crs": "EPSG:4326", "crs_type": "authority_code"}', DEFAULT],
  ['{"crs": "epsg:4326"}', DEFAULT],
  ['{"crs": "urn:ogc:def:crs:OGC:1.3:CRS84"}', DEFAULT],
  ['{"crs": "urn:ogc:def:crs:EPSG::4326"}', DEFAULT],
  ['{"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}', DEFAULT],
  [JSON.stringify({ crs: wkt(4326), crs_type: "wkt2:2019" }), DEFAULT],
  [JSON.stringify({ crs: 'GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]]' }), DEFAULT],
  [JSON.stringify({ crs: UTM }), { parquet: JSON.stringify(UTM), geoParquet: UTM }],
  [JSON.stringify({ crs: UTM, crs_type: "projjson" }), {
    parquet: JSON.stringify(UTM),
    geoParquet: UTM,
  }],
  // Taken for a text on its way.
  [JSON.stringify({ crs: JSON.stringify(UTM) }), { parquet: JSON.stringify(UTM), geoParquet: UTM }],
  [JSON.stringify({ crs: LONGITUDE_LATITUDE }), {
    parquet: undefined,
    geoParquet: LONGITUDE_LATITUDE,
  }],
  [JSON.stringify({ crs: { ids: [{ authority: "OGC", code: "CRS84" }] } }), {
    parquet: undefined,
    geoParquet: { ids: [{ authority: "OGC", code: "CRS84" }] },
  }],
  ['{"crs": "EPSG:32633"}', { parquet: "EPSG:32633", geoParquet: "refused" }],
  ['{"crs": "EPSG:32633", "crs_type": "authority_code"}', {
    parquet: "EPSG:32633",
    geoParquet: "refused",
  }],
  [JSON.stringify({ crs: wkt(4258), crs_type: "wkt2:2019" }), {
    parquet: wkt(4258),
    geoParquet: "refused",
  }],
  ['{"crs": "4326", "crs_type": "srid"}', { parquet: "srid:4326", geoParquet: "refused" }],
  ['{"crs": 3857, "crs_type": "srid"}', { parquet: "srid:3857", geoParquet: "refused" }],
  ['{"crs": "srid:7", "crs_type": "srid"}', { parquet: "srid:7", geoParquet: "refused" }],
];

for (const [metadata, { parquet, geoParquet }] of REFERENCE_SYSTEMS) {
  test(`coordinate reference system of ${metadata || "no metadata"}`, async () => {
    const native = await toParquet(geometries([POINT], metadata), INLINE);
    const { schema } = await readParquetMetadata(native);
    const type = schema[1]!.logicalType as { type: string; crs?: string };
    assert.equal(type.type, metadata.includes("spherical") ? "GEOGRAPHY" : "GEOMETRY");
    assert.equal(type.crs, parquet);
    // The same for every encoding.
    const [x, y] = [1, 2].map((value) => vectorFromArray([value], new Float64()));
    const point = makeData({ type: POSITION, length: 1, children: [x!.data[0]!, y!.data[0]!] });
    const points = batchOf([extension("geoarrow.point", POSITION, "g", metadata)], [
      vectorOf(point),
    ]);
    for (const batch of [geometries([POINT], metadata), points]) {
      for (const option of [true, "only"] as const) {
        const written = geoOf(batch, { geoParquet: option });
        if (geoParquet === "refused") {
          await assert.rejects(written, (error) => {
            assert.ok(error instanceof SchemaError, String(error));
            assert.equal(error.path, "g");
            return /has to be PROJJSON/.test(error.message);
          });
        } else assert.deepEqual((await written).columns.g.crs, geoParquet);
      }
    }
    // Others open it, whatever it says.
    await withFile(native, async (path) => {
      assert.equal((await query(`SELECT count(g) FROM ${quoted(path)}`))[0]![0], 1n);
    });
  });
}

test("a coordinate reference system that cannot be read is refused", async () => {
  const cases: [string, RegExp][] = [
    ['{"crs": 5}', /crs is 5, neither text nor an object/],
    ['{"crs": true}', /crs is true/],
    ['{"crs": []}', /crs is \[\]/],
    ['{"crs": "x", "crs_type": "projjson"}', /crs is not JSON/],
    ['{"crs": "[1]", "crs_type": "projjson"}', /crs is not a JSON object/],
  ];
  for (const [metadata, message] of cases) {
    for (const geoParquet of [false, true, "only"] as const) {
      const written = toParquet(geometries([POINT], metadata), { ...INLINE, geoParquet });
      await assert.rejects(written, (error) => {
        assert.ok(error instanceof SchemaError, String(error));
        assert.equal(error.path, "g");
        return message.test(error.message);
      });
    }
  }
});

test('geoParquet: "only" has no native type, and says the same', async () => {
  const values = [POINT, OTHER, null, null, EMPTY_LINE, LINE];
  const high = wkb({ type: 1, dimensions: "XYZ", positions: [[1, 2, 3]] });
  const measured = wkb({ type: 1, dimensions: "XYZM", positions: [[1, 2, 3, 4]] });
  for (const rows of [values, [null], [POINT, high], [measured], [EMPTY_POINT, POINT]]) {
    for (const more of [{}, { maxRowGroupRowCount: 2 }, { dictionaryEnabled: false }]) {
      for (const metadata of ["", '{"edges": "spherical"}']) {
        const batch = geometries(rows, metadata);
        assert.deepEqual(
          await geoOf(batch, { geoParquet: "only", ...more }),
          await geoOf(batch, more),
        );
        // The compat profile has no native types either.
        assert.deepEqual(
          await geoOf(batch, { profile: "compat", ...more }),
          await geoOf(batch, more),
        );
      }
    }
  }
  const bytes = await toParquet(geometries(values), { ...INLINE, geoParquet: "only" });
  const { schema, rowGroups } = await readParquetMetadata(bytes);
  assert.deepEqual([schema[1]!.logicalType, schema[1]!.convertedType], [undefined, undefined]);
  const { metaData, columnIndexOffset } = rowGroups[0]!.columns[0]!;
  assert.equal(metaData.geospatialStatistics, undefined);
  assert.deepEqual(metaData.statistics, { nullCount: 2 }, "bytes of geometries have no order");
  assert.equal(columnIndexOffset, undefined);
  await withFile(bytes, async (path) => {
    const [[count]] = await query(`SELECT count(g) FROM ${quoted(path)}`) as [[bigint]];
    assert.equal(count, 4n);
  });
  // Geometries within others are in no metadata, and not native either.
  const inner = new Struct([extension("geoarrow.wkb", new Binary())]);
  const nested = batchOf(
    [extension("geoarrow.wkb", new Binary(), "h"), new Field("within", inner, true)],
    [vectorFromArray([POINT], new Binary()), vectorFromArray([{ g: POINT }], inner)],
  );
  const file = await toParquet(nested, { ...INLINE, geoParquet: "only" });
  const types = (await readParquetMetadata(file)).schema.map(({ logicalType }) => logicalType);
  assert.deepEqual(types, [undefined, undefined, undefined, undefined]);
  await assert.rejects(
    toParquet(geometries([POINT, Uint8Array.of(1)]), { ...INLINE, geoParquet: "only" }),
    { path: "g", row: 1 },
  );
});

test("geoParquet: an empty point of GeoArrow's own, which has NaNs, leaves the box as it is", async () => {
  const data = (x: number[], y: number[]) =>
    makeData({
      type: POSITION,
      length: x.length,
      children: [x, y].map((values) => vectorFromArray(values, new Float64()).data[0]!),
    });
  const batch = batchOf([extension("geoarrow.point", POSITION)], [
    vectorOf(data([1, NaN, -4], [2, NaN, 7])),
  ]);
  for (const more of [{}, { dictionaryEnabled: false }, { statisticsEnabled: "chunk" }] as const) {
    assert.deepEqual((await geoOf(batch, more)).columns.g.bbox, [-4, 2, 1, 7]);
  }
});

test("geoParquet: GeoArrow's own types", async () => {
  const list = (type: DataType, name = "vertices") => new List(new Field(name, type, false));
  const at = (x: number, y: number) => ({ x, y });
  const line = [at(0, 1), at(2, -3)];
  const cases = [
    ["point", POSITION, [at(1, 2), null, at(5, -1)], "Point", [1, -1, 5, 2]],
    ["point", POSITION_Z, [{ x: 1, y: 2, z: 3 }], "Point Z", [1, 2, 3, 1, 2, 3]],
    ["linestring", list(POSITION), [line, [], null], "LineString", [0, -3, 2, 1]],
    ["polygon", list(list(POSITION), "rings"), [[line]], "Polygon", [0, -3, 2, 1]],
    ["multipoint", list(POSITION), [line], "MultiPoint", [0, -3, 2, 1]],
    ["multilinestring", list(list(POSITION)), [[line]], "MultiLineString", [0, -3, 2, 1]],
    ["multipolygon", list(list(list(POSITION))), [[[line]]], "MultiPolygon", [0, -3, 2, 1]],
    ["point", POSITION, [null], "Point", undefined],
  ] as const;
  for (const [encoding, type, values, geometryType, bbox] of cases) {
    const batch = batchOf(
      [extension(`geoarrow.${encoding}`, type as DataType)],
      [vectorFromArray([...values] as unknown[], type as DataType)],
    );
    const { columns: { g } } = await geoOf(batch);
    assert.deepEqual([g.encoding, g.geometry_types, g.bbox], [encoding, [geometryType], bbox]);
  }
});

test("geoParquet: which columns count", async () => {
  const interleaved = new FixedSizeList(2, new Field("xy", new Float64(), false));
  const columns: [Field, unknown[]][] = [
    [new Field("n", new Int32(), true), [1]],
    [extension("geoarrow.point", interleaved, "interleaved"), [[1, 2]]],
    [extension("geoarrow.wkt", new Utf8(), "text"), ["POINT (1 2)"]],
    [extension("geoarrow.wkb", new Utf8(), "not binary"), ["POINT (1 2)"]],
    [new Field("within", new Struct([extension("geoarrow.wkb", new Binary())]), true), [{
      g: POINT,
    }]],
  ];
  const batch = (...more: [Field, unknown[]][]) => {
    const all = [...columns, ...more];
    return batchOf(
      all.map(([field]) => field),
      all.map(([field, values]) => vectorFromArray(values, field.type)),
    );
  };
  await assert.rejects(geoOf(batch()), /geoParquet.*no geometry column/);
  const geometry = (name: string): [Field, unknown[]] => [
    extension("geoarrow.wkb", new Binary(), name),
    [POINT],
  ];
  const { primary_column, columns: found } = await geoOf(
    batch(geometry("__proto__"), geometry("h")),
  );
  assert.deepEqual([primary_column, Object.keys(found)], ["__proto__", ["__proto__", "h"]]);
  await assert.rejects(geoOf(batch(geometry("h"), geometry("h"))), SchemaError);
});

test("geoParquet: the key is the writer's own", async () => {
  const keyValueMetadata = { geo: "mine" };
  await assert.rejects(
    geoOf(geometries([POINT]), { keyValueMetadata }),
    /Cannot set the key "geo": .*geoParquet/,
  );
  const bytes = await toParquet(geometries([POINT]), { ...INLINE, keyValueMetadata });
  const pairs = (await readParquetMetadata(bytes)).keyValueMetadata!;
  assert.equal(pairs.find(({ key }) => key === "geo")!.value, "mine");
  const { schema } = geometries([]);
  const writer = new AsyncArrowWriter(new MemorySink(), schema, { geoParquet: true });
  assert.throws(() => writer.appendKeyValueMetadata("geo", "mine"), TypeError);
  await writer.abort();
  // A table that was read from GeoParquet brings its old metadata along.
  const old = new Schema(schema.fields, new Map([["geo", "old"]]));
  const { data } = geometries([POINT]);
  assert.equal((await geoOf(new RecordBatch(old, data))).primary_column, "g");
});
