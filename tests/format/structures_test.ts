import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FileMetaData, parquetMetadata } from "hyparquet";
import type { Encoding, LogicalType, ParquetMetaData } from "../../src/format/metadata.ts";
import {
  BLOOM_FILTER_HEADER,
  COLUMN_INDEX,
  FILE_META_DATA,
  OFFSET_INDEX,
  PAGE_HEADER,
} from "../../src/format/structure_descriptions.ts";
import {
  decodeBloomFilterHeader,
  decodeColumnIndex,
  decodeFileMetaData,
  decodeOffsetIndex,
  decodePageHeader,
  encodeBloomFilterHeader,
  encodeColumnIndex,
  encodeFileMetaData,
  encodeOffsetIndex,
  encodePageHeader,
} from "../../src/format/structures.ts";
import { decodeStruct } from "../../src/format/thrift_compact_reader.ts";
import { writeFrequent } from "../../src/format/structure_writers.ts";
import { encodeStruct } from "../../src/format/thrift_compact_writer.ts";
import type { ThriftType } from "../../src/format/thrift_description.ts";
import { readThrift } from "../support/thrift_reader.ts";
import { fromHyparquet } from "./hyparquet_metadata.ts";
import { bareThrift, STRUCTURES, valuesOf } from "./specification.ts";

/** Every structure that can be reached from those that stand by themselves. */
const described = new Map<string, ThriftType<unknown>>();
function collect(type: ThriftType<unknown>): void {
  described.set(type.name, type);
  if (type.element !== null) collect(type.element);
  for (const field of type.members.fields) collect(field.type);
}
for (
  const type of [FILE_META_DATA, PAGE_HEADER, OFFSET_INDEX, COLUMN_INDEX, BLOOM_FILTER_HEADER]
) collect(type as ThriftType<unknown>);

/** Structures that share the description of another, equal one. */
const TWINS: Readonly<Record<string, string>> = {
  TimestampType: "TimeType",
  AesGcmCtrV1: "AesGcmV1",
};

for (const name of STRUCTURES) {
  test(`${name} is written with the ids and types of the specification, and read back`, () => {
    const type = described.get(TWINS[name] ?? name);
    assert.ok(type !== undefined, `${name} is not described`);
    const anomalies: unknown[] = [];
    fc.assert(
      fc.property(valuesOf(name), (value) => {
        const bytes = encodeStruct(type, value);
        const { value: bare, end } = readThrift(bytes, 0);
        assert.equal(end, bytes.length);
        assert.deepEqual(bare, bareThrift(name, value));
        const decoded = decodeStruct(type, bytes, 0, { onAnomaly: (it) => anomalies.push(it) });
        assert.deepEqual(decoded, { value, byteLength: bytes.length });
      }),
      { numRuns: name === "FileMetaData" ? 60 : 150 },
    );
    assert.deepEqual(anomalies, []);
  });
}

/** A description without functions of their own, for all of its structures. */
function bare<T>(type: ThriftType<T>): ThriftType<T> {
  const fields = type.members.fields.map((field) => ({ ...field, type: bare(field.type) }));
  const fieldById = type.members.fieldById.map((field) =>
    fields.find(({ id }) => id === field?.id)
  );
  const element = type.element === null ? null : bare(type.element);
  const { name, kind, wire, members } = type;
  return { name, kind, wire, element, members: { ...members, fields, fieldById } };
}

/** Members that leave what has them to its description. */
const RARE = new Set([
  ...["filePath", "cryptoMetadata", "encryptedColumnMetadata", "keyValueMetadata"],
  ...["indexPageOffset", "geospatialStatistics", "max", "min", "distinctCount"],
  ...["indexPageHeader"],
]);

/** A value without such members, at any depth. */
function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const members = Object.entries(value).filter(([key]) => !RARE.has(key));
  return Object.fromEntries(members.map(([key, member]) => [key, stripped(member)]));
}

for (const name of ["PageHeader", "ColumnChunk", "OffsetIndex", "ColumnIndex", "FileMetaData"]) {
  test(`${name} has the same bytes by its own function as by its description`, () => {
    const type = described.get(name)!;
    const plain = bare(type);
    let own = 0;
    fc.assert(
      fc.property(valuesOf(name), fc.boolean(), (any, strip) => {
        const value = strip ? stripped(any) : any;
        if (writeFrequent(type, value)) own++;
        assert.deepEqual(encodeStruct(type, value), encodeStruct(plain, value));
      }),
      { numRuns: name === "FileMetaData" ? 60 : 300 },
    );
    assert.ok(name === "FileMetaData" || own > 5, `${own}`);
  });
}

test("functions of their own refuse what is not of the type, as descriptions do", () => {
  const page = { type: "DATA_PAGE", uncompressedPageSize: 1, compressedPageSize: 1 };
  const header = { numValues: 1, encoding: "PLAIN", definitionLevelEncoding: "RLE" };
  const index = { nullPages: [false], minValues: [], maxValues: [], boundaryOrder: "UNORDERED" };
  const metaData = {
    ...{ type: "INT32", encodings: ["PLAIN"], pathInSchema: ["a"], codec: "ZSTD", numValues: 1 },
    ...{ totalUncompressedSize: 1, totalCompressedSize: 1, dataPageOffset: 4 },
  };
  const cases: [ThriftType<unknown>, object, object][] = [
    [PAGE_HEADER as ThriftType<unknown>, page, {
      type: "PAGE",
      uncompressedPageSize: 2 ** 31,
      compressedPageSize: 1.5,
      crc: "1",
      dataPageHeader: header,
      dictionaryPageHeader: { numValues: 1, encoding: "PLAIN", isSorted: 1 },
    }],
    [COLUMN_INDEX as ThriftType<unknown>, index, {
      nullPages: [1],
      minValues: [[1]],
      boundaryOrder: "constructor",
      nullCounts: [2 ** 60],
    }],
    [OFFSET_INDEX as ThriftType<unknown>, { pageLocations: [] }, {
      pageLocations: [{ offset: 0.5, compressedPageSize: 1, firstRowIndex: 0 }],
      unencodedByteArrayDataBytes: ["1"],
    }],
    [described.get("ColumnChunk")!, { fileOffset: 0, metaData }, {
      fileOffset: 2 ** 53,
      metaData: { ...metaData, pathInSchema: ["\ud800"] },
      columnIndexLength: -(2 ** 31) - 1,
    }],
    [described.get("ColumnChunk")!, { fileOffset: 0, metaData }, {
      metaData: { ...metaData, statistics: { minValue: [1] } },
    }],
  ];
  for (const [type, value, wrong] of cases) {
    for (const [key, member] of Object.entries(wrong)) {
      const broken = { ...value, [key]: member };
      let expected: Error | null = null;
      try {
        encodeStruct(bare(type), broken);
      } catch (error) {
        expected = error as Error;
      }
      assert.ok(expected !== null, key);
      const matches = (error: Error) => error.constructor === expected.constructor;
      assert.throws(() => encodeStruct(type, broken), matches, key);
    }
    // After a failure the next call starts afresh.
    assert.deepEqual(encodeStruct(type, value), encodeStruct(bare(type), value));
  }
});

test("each structure has its functions", () => {
  const check = <T>(
    name: string,
    encode: (value: T) => Uint8Array,
    decode: (bytes: Uint8Array, offset: number) => unknown,
    wrap: (value: T, byteLength: number) => unknown,
  ) =>
    fc.assert(
      fc.property(valuesOf(name), (value) => {
        const bytes = encode(value as T);
        const padded = Uint8Array.from([1, 2, 3, ...bytes, 4, 5]);
        assert.deepEqual(decode(padded, 3), wrap(value as T, bytes.length));
      }),
      { numRuns: 20 },
    );
  const decoded = (value: unknown, byteLength: number) => ({ value, byteLength });
  check("PageHeader", encodePageHeader, decodePageHeader, (header, byteLength) => ({
    header,
    byteLength,
  }));
  check("ColumnIndex", encodeColumnIndex, decodeColumnIndex, decoded);
  check("OffsetIndex", encodeOffsetIndex, decodeOffsetIndex, decoded);
  check("BloomFilterHeader", encodeBloomFilterHeader, decodeBloomFilterHeader, decoded);
});

test("decodeFileMetaData() reports bytes that follow the structure", () => {
  const bytes = encodeFileMetaData({ version: 1, schema: [], numRows: 0, rowGroups: [] });
  const anomalies: unknown[] = [];
  decodeFileMetaData(Uint8Array.from([...bytes, 0]), { onAnomaly: (it) => anomalies.push(it) });
  assert.deepEqual(anomalies, [
    { kind: "trailingBytes", struct: "FileMetaData", id: 0, offset: bytes.length },
  ]);
});

test("hyparquet reads what encodeFileMetaData() writes", () => {
  fc.assert(
    fc.property(valuesOf("FileMetaData"), (value) => {
      const metadata = knownToHyparquet(value as ParquetMetaData);
      const footer = encodeFileMetaData(metadata);
      const file = new Uint8Array(footer.length + 8);
      file.set(footer);
      new DataView(file.buffer).setUint32(footer.length, footer.length, true);
      file.set(new TextEncoder().encode("PAR1"), footer.length + 4);
      const read: FileMetaData = parquetMetadata(file, { geoparquet: false });
      assert.deepEqual(fromHyparquet(read), withoutColumnOrders(metadata));
    }),
    { numRuns: 60 },
  );
});

function withoutColumnOrders(metadata: ParquetMetaData): unknown {
  const { columnOrders: _, ...rest } = metadata;
  return rest;
}

/** Leaves out what hyparquet has no name for, and the bounds, which it turns into values of the column's type. */
function knownToHyparquet(metadata: ParquetMetaData): ParquetMetaData {
  const { encryptionAlgorithm: _, footerSigningKeyMetadata: __, ...rest } = metadata;
  return {
    ...rest,
    schema: metadata.schema.map(({ logicalType, ...element }) =>
      logicalType === undefined || logicalType.type === "FILE"
        ? element
        : { ...element, logicalType: logicalType as LogicalType }
    ),
    rowGroups: metadata.rowGroups.map((rowGroup) => ({
      ...rowGroup,
      columns: rowGroup.columns.map(({ cryptoMetadata: _, ...chunk }) => {
        const { statistics, ...rest } = chunk.metaData;
        const { encodingStats } = rest;
        const metaData = {
          ...rest,
          encodings: rest.encodings.map(withoutAlp),
          ...(encodingStats === undefined ? {} : {
            encodingStats: encodingStats.map((stats) => ({
              ...stats,
              encoding: withoutAlp(stats.encoding),
            })),
          }),
        };
        if (statistics === undefined) return { ...chunk, metaData };
        const { min: _min, max: _max, minValue: _a, maxValue: _b, nanCount: _n, ...counts } =
          statistics;
        // hyparquet looks up the column's type even where there are no bounds.
        const hasSchema = rowGroup.columns.length <=
          metadata.schema.filter(({ type }) => type !== undefined).length;
        return { ...chunk, metaData: hasSchema ? { ...metaData, statistics: counts } : metaData };
      }),
    })),
  };
}

function withoutAlp(encoding: Encoding): Encoding {
  return encoding === "ALP" ? "PLAIN" : encoding;
}
