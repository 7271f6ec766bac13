import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMN_OPTIONS, FILE_OPTIONS, RUN_OPTIONS } from "../../src/schema/option_table.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { DEFAULT_INPUT_LIMITS } from "../../src/util/input_limits.ts";
import { VERSION } from "../../src/util/version.ts";

/** Options as a program without types could give them. */
function resolve(options: unknown): ReturnType<typeof resolveOptions> {
  return resolveOptions(options as WriterOptions);
}

test("resolveOptions() fills in the defaults", () => {
  const expected = {
    column: {
      compression: "zstd",
      compressionLevel: 1,
      reproducible: false,
      dataPageSizeLimit: 1024 * 1024,
      dataPageRowCountLimit: 20_000,
      dictionaryEnabled: true,
      dictionaryPageSizeLimit: 1024 * 1024,
      encoding: null,
      writerVersion: "1.0",
      statisticsEnabled: "page",
      statisticsTruncateLength: 64,
      columnIndexTruncateLength: 64,
      bloomFilterEnabled: false,
      bloomFilterFpp: 0.05,
      bloomFilterNdv: null,
      ieee754TotalOrder: false,
      nanBounds: false,
      int96Timestamps: false,
      contentDefinedChunking: null,
      pageChecksum: true,
      maxRowGroupRowCount: 1_048_576,
      compat: false,
      newestEncodings: false,
    },
    columns: [],
    leafType: null,
    maxRowGroupRowCount: 1_048_576,
    maxRowGroupBytes: null,
    writerVersion: "1.0",
    sortingColumns: [],
    keyValueMetadata: new Map(),
    createdBy: `parquet-ext version ${VERSION}`,
    coerceTypes: false,
    skipArrowMetadata: false,
    reproducible: false,
    contentDefinedChunking: null,
    geoParquet: false,
    profile: "default",
    parallelism: null,
    callerThread: "share",
    isolated: false,
    memoryBudget: 256 * 1024 * 1024,
    signal: null,
    sinkTimeoutMs: null,
    limits: DEFAULT_INPUT_LIMITS,
    onProgress: null,
    onDiagnostic: null,
    workerUrl: null,
    standInCodec: false,
    transfer: false,
  };
  assert.deepEqual(resolve(undefined), expected);
  assert.deepEqual(resolve({}), expected);
  const names = [COLUMN_OPTIONS, FILE_OPTIONS, RUN_OPTIONS].flatMap(Object.keys);
  assert.deepEqual(resolve(Object.fromEntries(names.map((name) => [name, undefined]))), expected);
});

test("resolveOptions() takes every option", () => {
  const { signal } = new AbortController();
  const onProgress = () => {};
  const onDiagnostic = () => {};
  const resolved = resolveOptions({
    compression: "gzip",
    compressionLevel: 0,
    dataPageSizeLimit: 1,
    dataPageRowCountLimit: 2,
    dictionaryEnabled: false,
    dictionaryPageSizeLimit: 3,
    encoding: "PLAIN",
    statisticsEnabled: "chunk",
    statisticsTruncateLength: null,
    columnIndexTruncateLength: 5,
    bloomFilterEnabled: false,
    bloomFilterFpp: 0.01,
    bloomFilterNdv: 7,
    pageChecksum: false,
    ieee754TotalOrder: true,
    int96Timestamps: true,
    columns: new Map([["a", { encoding: "RLE" }]]),
    maxRowGroupRowCount: 8,
    maxRowGroupBytes: 9,
    writerVersion: "2.0",
    sortingColumns: [],
    keyValueMetadata: { a: "b", c: null },
    createdBy: "me",
    coerceTypes: true,
    skipArrowMetadata: true,
    reproducible: false,
    profile: "default",
    parallelism: 0,
    callerThread: "free",
    isolated: true,
    memoryBudget: 10,
    signal,
    sinkTimeoutMs: 11,
    limits: { maxBatchBytes: 1024 },
    onProgress,
    onDiagnostic,
    workerUrl: "https://example.org/assets/worker.js",
    transfer: false,
  });
  assert.deepEqual(resolved, {
    column: {
      compression: "gzip",
      compressionLevel: 0,
      reproducible: false,
      dataPageSizeLimit: 1,
      dataPageRowCountLimit: 2,
      dictionaryEnabled: false,
      dictionaryPageSizeLimit: 3,
      encoding: "PLAIN",
      writerVersion: "2.0",
      statisticsEnabled: "chunk",
      statisticsTruncateLength: null,
      columnIndexTruncateLength: 5,
      bloomFilterEnabled: false,
      bloomFilterFpp: 0.01,
      bloomFilterNdv: 7,
      ieee754TotalOrder: true,
      nanBounds: false,
      int96Timestamps: true,
      contentDefinedChunking: null,
      pageChecksum: false,
      maxRowGroupRowCount: 8,
      compat: false,
      newestEncodings: false,
    },
    columns: [{ key: "a", options: { encoding: "RLE" } }],
    leafType: null,
    maxRowGroupRowCount: 8,
    maxRowGroupBytes: 9,
    writerVersion: "2.0",
    sortingColumns: [],
    keyValueMetadata: new Map([["a", "b"], ["c", null]]),
    createdBy: "me",
    coerceTypes: true,
    skipArrowMetadata: true,
    reproducible: false,
    contentDefinedChunking: null,
    geoParquet: false,
    profile: "default",
    parallelism: 0,
    callerThread: "free",
    isolated: true,
    memoryBudget: 10,
    signal,
    sinkTimeoutMs: 11,
    limits: { ...DEFAULT_INPUT_LIMITS, maxBatchBytes: 1024 },
    onProgress,
    onDiagnostic,
    workerUrl: "https://example.org/assets/worker.js",
    standInCodec: false,
    transfer: false,
  });
  assert.equal(resolved.signal, signal);
});

test("resolveOptions() refuses unknown names, listing the valid ones", () => {
  const unknown: [unknown, RegExp][] = [
    [
      { compresion: "zstd" },
      /"compresion".*did you mean "compression"\?.*valid: compression, .*columns/,
    ],
    [{ Compression: "zstd" }, /did you mean "compression"/],
    [{ whatever: undefined }, /"whatever".*valid: compression, /],
    [{ toString: 1 }, /"toString"/],
    [JSON.parse('{"__proto__": 1}'), /"__proto__"/],
    [{ columns: { a: { compresion: "zstd" } } }, /"compresion" of columns\["a"\].*"compression"/],
    [{ columns: { a: { memoryBudget: 1 } } }, /of columns\["a"\]: it holds for the whole file/],
    [{ columns: { a: { columns: {} } } }, /"columns" of columns\["a"\]/],
  ];
  for (const [options, message] of unknown) {
    assert.throws(
      () => resolve(options),
      (error) => error instanceof TypeError && message.test(error.message),
      String(message),
    );
  }
});

/** Values of the wrong kind, and numbers out of range, for each option. */
const WRONG: Record<string, { type: unknown[]; range?: unknown[] }> = {
  compression: { type: ["ZSTD", "", "lz4", null, 1, ["zstd"]] },
  compressionLevel: { type: ["3", 1.5, NaN, true, {}], range: [0, -1, 23, Infinity, -Infinity] },
  dataPageSizeLimit: { type: [null, "1", NaN, 1.5, 1n], range: [0, -1, 2 ** 31, Infinity] },
  dataPageRowCountLimit: { type: [null, NaN], range: [0, 2 ** 31] },
  dictionaryEnabled: { type: [1, "true", null] },
  dictionaryPageSizeLimit: { type: [NaN], range: [0, 2 ** 31] },
  encoding: { type: ["plain", "BIT_PACKED", "RLE_DICTIONARY", 1] },
  statisticsEnabled: { type: ["all", true, null] },
  statisticsTruncateLength: { type: ["64", NaN], range: [0, -1] },
  columnIndexTruncateLength: { type: [0.5], range: [0] },
  bloomFilterEnabled: { type: [null, 1] },
  bloomFilterFpp: { type: [NaN, "0.1", null], range: [0, 1, -0.5] },
  bloomFilterNdv: { type: [1.5], range: [0] },
  pageChecksum: { type: [null, 0] },
  ieee754TotalOrder: { type: [null, 1, "total"] },
  nanBounds: { type: [null, 1, "yes"] },
  newestEncodings: { type: [null, 1, "yes"] },
  int96Timestamps: { type: [null, 1, "ns"] },
  maxRowGroupRowCount: { type: [null, NaN, 1.5], range: [0, 2 ** 31] },
  maxRowGroupBytes: { type: ["1MB"], range: [0, 2 ** 54] },
  writerVersion: { type: ["1", 1, 2, "2", null] },
  sortingColumns: {
    type: ["a", {}, [{}], ["a"], [{ column: "a", desc: true }], [{ column: "a", descending: 1 }]],
  },
  keyValueMetadata: {
    type: [[], "a", { a: 1 }, { a: undefined }, new Map([[1, "a"]]), new Date()],
  },
  createdBy: { type: [null, 1] },
  coerceTypes: { type: ["no"] },
  skipArrowMetadata: { type: [0] },
  reproducible: { type: ["yes"] },
  geoParquet: { type: [null, 1, "1.1.0", "Only", ["only"]] },
  contentDefinedChunking: {
    type: ["yes", 1, { size: 1 }, { minChunkSize: "1" }, { normLevel: 0.5 }],
    range: [{ minChunkSize: 0 }, { normLevel: 4 }, { minChunkSize: 2, maxChunkSize: 2 }],
  },
  profile: { type: ["athena", null] },
  parallelism: { type: ["2", 1.5, NaN], range: [-1, 1025] },
  callerThread: { type: [null, true, "own"] },
  isolated: { type: [1, "yes", null] },
  memoryBudget: { type: [null, NaN], range: [0, -1] },
  signal: { type: [{}, new AbortController(), "now"] },
  sinkTimeoutMs: { type: ["1s", 0.5], range: [0, -1, 2 ** 31] },
  limits: {
    type: [null, 1, [], { maxBatchBytes: "1" }, { maxBatchBytes: NaN }, { maxRows: 1 }],
    range: [{ maxExpansion: 0 }, { maxPageBytes: -1 }],
  },
  onProgress: { type: [true, {}] },
  onDiagnostic: { type: ["log", {}] },
  workerUrl: { type: [1, {}, "worker.js"] },
  transfer: { type: [1] },
  columns: { type: [null, [], "a", 1, { a: null }, { a: "zstd" }, new Map([[1, {}]])] },
};

test("resolveOptions() refuses wrong values of every option", () => {
  const names = [COLUMN_OPTIONS, FILE_OPTIONS, RUN_OPTIONS].flatMap(Object.keys);
  assert.deepEqual(Object.keys(WRONG).sort(), [...names, "columns"].sort());
  for (const [name, { type, range = [] }] of Object.entries(WRONG)) {
    for (const [values, errorClass] of [[type, TypeError], [range, RangeError]] as const) {
      for (const value of values) {
        assert.throws(
          () => resolve({ [name]: value }),
          (error) => error instanceof errorClass && error.message.includes(name),
          `${name}: ${String(value)}`,
        );
        if (!Object.hasOwn(COLUMN_OPTIONS, name)) continue;
        // A level is compared with the codec once the column is known.
        if (name === "compressionLevel" && value === 0) continue;
        assert.throws(
          () => resolve({ columns: { "a.b": { [name]: value } } }),
          (error) => error instanceof errorClass && error.message.includes('columns["a.b"]'),
          `${name} of a column: ${String(value)}`,
        );
      }
    }
  }
});

test("resolveOptions() refuses what are no options", () => {
  for (const options of [null, 1, "zstd", [], new Map(), () => {}, new Uint8Array(1), new Date()]) {
    assert.throws(() => resolve(options), TypeError, String(options));
  }
});

test("resolveOptions() says what is valid", () => {
  const messages: [unknown, string][] = [
    [
      { compression: "zst" },
      'Cannot set option "compression" to "zst": expected one of ' +
      '"uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw"',
    ],
    [
      { dataPageSizeLimit: -1 },
      'Cannot set option "dataPageSizeLimit" to -1: expected an integer from 1 to 1073741824',
    ],
    [
      { encoding: "DELTA" },
      'Cannot set option "encoding" to "DELTA": expected one of "PLAIN", "RLE", "DELTA_BINARY_PACKED", ' +
      '"DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT", "auto"',
    ],
    [
      { ieee754TotalOrder: true, profile: "compat" },
      'Cannot set option "ieee754TotalOrder" to true: profile "compat" keeps to what old readers know; valid: false',
    ],
    [
      { columns: { a: { ieee754TotalOrder: true } }, profile: "compat" },
      'Cannot set option "ieee754TotalOrder" to true: profile "compat" keeps to what old readers know; valid: false',
    ],
    [
      { compression: "gzip", compressionLevel: 10 },
      'Cannot set option "compressionLevel" to 10: gzip has levels 0 to 9',
    ],
    [
      { compression: "snappy", compressionLevel: 1 },
      'Cannot set option "compressionLevel" to 1: snappy has no levels; ' +
      "codecs with levels: gzip (0 to 9), brotli (0 to 11), zstd (1 to 22)",
    ],
    [
      { compression: "x".repeat(1000) },
      `Cannot set option "compression" to "${"x".repeat(60)}…": expected one of ` +
      '"uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw"',
    ],
  ];
  for (const [options, message] of messages) {
    assert.throws(() => resolve(options), { message });
  }
});

test("resolveOptions() knows the levels of each codec", () => {
  const levels: [WriterOptions, number | null][] = [
    [{ compression: "zstd", compressionLevel: 22 }, 22],
    [{ compressionLevel: 3 }, 3],
    [{ compression: "gzip" }, 6],
    [{ compression: "gzip", compressionLevel: 9 }, 9],
    [{ compression: "brotli" }, 1],
    [{ compression: "brotli", compressionLevel: 11 }, 11],
    [{ compression: "brotli", compressionLevel: null }, 1],
    [{ compression: "snappy" }, null],
    [{ compression: "lz4_raw" }, null],
    [{ compression: "uncompressed" }, null],
  ];
  for (const [options, level] of levels) {
    assert.equal(resolveOptions(options).column.compressionLevel, level);
  }
});

test("resolveOptions() with reproducible keeps to codecs of its own", () => {
  for (const compression of ["gzip", "brotli"] as const) {
    assert.throws(
      () => resolveOptions({ compression, reproducible: true }),
      (error) =>
        error instanceof TypeError &&
        /differ from runtime to runtime.*valid: uncompressed, snappy, zstd, lz4_raw/.test(
          error.message,
        ),
    );
  }
  for (const compression of ["uncompressed", "snappy", "zstd", "lz4_raw"] as const) {
    assert.equal(resolveOptions({ compression, reproducible: true }).column.reproducible, true);
  }
});

test("resolveOptions() with the small profile chooses where the caller does not", () => {
  const chosen = (options: WriterOptions) => {
    const { column } = resolveOptions({ ...options, profile: "small" });
    return [
      column.encoding,
      column.dataPageSizeLimit,
      column.dataPageRowCountLimit,
      column.dictionaryPageSizeLimit,
    ];
  };
  const MIB = 1024 * 1024;
  assert.deepEqual(chosen({}), ["auto", 16 * MIB, MIB, 8 * MIB]);
  const own: WriterOptions = {
    encoding: null,
    dataPageSizeLimit: 1,
    dataPageRowCountLimit: 2,
    dictionaryPageSizeLimit: 3,
  };
  assert.deepEqual(chosen(own), [null, 1, 2, 3]);
  // The smallest file that the DuckDB of today's npm opens.
  assert.equal(resolveOptions({ profile: "small" }).column.newestEncodings, false);
});

test("resolveOptions() with the compat profile keeps to what old readers know", () => {
  const { column } = resolveOptions({ profile: "compat" });
  assert.deepEqual(
    [
      column.compression,
      column.compressionLevel,
      column.encoding,
      column.writerVersion,
      column.compat,
    ],
    ["snappy", null, "PLAIN", "1.0", true],
  );
  assert.equal(
    resolveOptions({ profile: "compat", compression: "gzip" }).column.compressionLevel,
    6,
  );
  const against: WriterOptions[] = [
    { profile: "compat", writerVersion: "2.0" },
    { profile: "compat", encoding: "RLE" },
    { profile: "compat", encoding: "auto" },
    { profile: "compat", columns: { a: { encoding: "auto" } } },
    { profile: "compat", columns: { a: { encoding: "RLE" } } },
    { profile: "compat", compressionLevel: 3 },
    { profile: "compat", nanBounds: true },
    { profile: "compat", columns: { a: { nanBounds: true } } },
    { profile: "compat", newestEncodings: true },
    ...(["zstd", "brotli", "lz4_raw"] as const).flatMap((compression): WriterOptions[] => [
      { profile: "compat", compression },
      { profile: "compat", columns: { a: { compression } } },
    ]),
  ];
  for (const options of against) assert.throws(() => resolveOptions(options), TypeError);
  assert.throws(
    () => resolveOptions({ profile: "compat", compression: "zstd" }),
    /"compression" to "zstd".*valid: "uncompressed", "snappy", "gzip"/,
  );
  assert.equal(resolveOptions({ profile: "compat" }).skipArrowMetadata, true);
  const kept = resolveOptions({ profile: "compat", skipArrowMetadata: false });
  assert.equal(kept.skipArrowMetadata, false);
});

test("resolveOptions() with the compat profile refuses names of writers by which Hive 2 fails", () => {
  const names = [
    "me version 1.0 (build 5)",
    "parquet-mr version 1.8.1 (build 4aba4dae7bb0d4edbcf7923ae1339f28fd3f7fcf)",
    "x version (build )",
    "a b version 1 2 (build z)",
  ];
  for (const createdBy of names) {
    assert.throws(
      () => resolveOptions({ profile: "compat", createdBy }),
      /Cannot set option "createdBy" to .*Hive 2.*leave out the build/,
    );
    assert.equal(resolveOptions({ createdBy }).createdBy, createdBy);
  }
  for (
    const createdBy of ["", "me", "me version 1.0", "me version 1.0 (built today)", "(build 1)"]
  ) {
    assert.equal(resolveOptions({ profile: "compat", createdBy }).createdBy, createdBy);
  }
});

test("resolveOptions() keeps keys of any name", () => {
  const keyValueMetadata = JSON.parse('{"__proto__": "a", "constructor": null, "": ""}');
  assert.deepEqual(
    [...resolveOptions({ keyValueMetadata }).keyValueMetadata],
    [["__proto__", "a"], ["constructor", null], ["", ""]],
  );
  const columns = JSON.parse('{"__proto__": {"dictionaryEnabled": false}}');
  assert.deepEqual(resolveOptions({ columns }).columns, [
    { key: "__proto__", options: { dictionaryEnabled: false } },
  ]);
  assert.deepEqual(resolve(Object.create(null)), resolveOptions());
});

test("resolveOptions() keeps nothing of the caller's objects", () => {
  const keyValueMetadata = new Map([["a", "b"]]);
  const columns = { a: { dictionaryEnabled: false } };
  const resolved = resolveOptions({ keyValueMetadata, columns });
  keyValueMetadata.set("a", "c");
  columns.a.dictionaryEnabled = true;
  assert.equal(resolved.keyValueMetadata.get("a"), "b");
  assert.equal(resolved.columns[0]!.options.dictionaryEnabled, false);
});

test("every option has a line of documentation and a default that it accepts", () => {
  for (const table of [COLUMN_OPTIONS, FILE_OPTIONS, RUN_OPTIONS]) {
    for (const [name, spec] of Object.entries(table)) {
      assert.match(spec.doc, /^\S.*[^.\s]$/, name);
      assert.notEqual(spec.check.expects, "", name);
      assert.deepEqual(spec.check.parse(name, spec.default), spec.default, name);
    }
  }
});
