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
  for (const field of type.fields) collect(field.type);
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
