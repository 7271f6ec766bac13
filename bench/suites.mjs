/**
 * What is measured: the suites, their cases, and the tables that they need.
 *
 * @module
 */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} table Name of the table, as `tables/make_tables.ts` knows it.
 * @property {number} rowGroupRows
 * @property {"uncompressed" | "snappy" | "zstd"} codec
 * @property {number} [level]
 * @property {"1.0" | "2.0"} [version]
 * @property {boolean} [bloomFilter]
 * @property {number} repeats Timed runs in a process, beside the first one, which is cold.
 * @property {number} [warmUpMs] Milliseconds of runs after the first one that are not timed.
 */

const REAL = [
  "flights",
  "lineitem",
  "lineitem_large",
  "lineitem_view",
  "lineitem_dictionary",
  "orders",
  "weblog100",
  "telemetry",
  "chain_logs",
  "chain_tx",
  "events",
  "embeddings",
  "random",
  "sorted",
];

/**
 * Runs of a process after the first one that are not timed. A writer of 130 MB with two lanes takes half as long in its tenth file as in
 * its second one: both threads compile JavaScript, on the cores that they encode on. What the first file takes is a column of its own.
 */
const WARM_UP_MS = 1500;

const MICRO = [
  "primitive",
  "primitive_non_null",
  "bool",
  "bool_non_null",
  "string",
  "string_non_null",
  "string_and_binary_view",
  "string_dictionary",
  "float_with_nans",
  "list_primitive",
  "list_primitive_non_null",
];

/** The seed's end-to-end benchmark: two schemas × sizes × three compressions. */
function endToEnd() {
  const sizes = [
    { rows: 1_000, text: "1K", rowGroupRows: 1_000, repeats: 200 },
    { rows: 100_000, text: "100K", rowGroupRows: 64_000, repeats: 15 },
    { rows: 1_000_000, text: "1M", rowGroupRows: 100_000, repeats: 4 },
  ];
  const compressions = [
    { name: "uncompressed", codec: "uncompressed" },
    { name: "zstd 1", codec: "zstd", level: 1 },
    { name: "zstd 3", codec: "zstd", level: 3 },
  ];
  return ["simple", "complex"].flatMap((kind) =>
    [10, 30].flatMap((columns) =>
      sizes.flatMap(({ rows, text, rowGroupRows, repeats }) =>
        compressions.map(({ name, ...codec }) => ({
          name: `${kind} ${columns} × ${text}, ${name}`,
          table: `${kind}_${columns}_${rows}`,
          rowGroupRows,
          repeats,
          warmUpMs: WARM_UP_MS,
          ...codec,
        }))
      )
    )
  );
}

/** People's own tables. */
function real() {
  return REAL.flatMap((table) =>
    [{ name: "zstd 1", codec: "zstd", level: 1 }, { name: "snappy", codec: "snappy" }].map(
      ({ name, ...codec }) => ({
        name: `${table}, ${name}`,
        table,
        rowGroupRows: 1_048_576,
        repeats: 3,
        warmUpMs: WARM_UP_MS,
        ...codec,
      }),
    )
  );
}

/**
 * The seed's micro suite: one batch of 4,096 rows, one small file. Warm, as its own harness has it, which runs for three seconds
 * before it measures: a thousand runs of a tenth of a millisecond are over before JavaScript is compiled.
 */
function arrowWriter() {
  const properties = [
    { name: "default", codec: "uncompressed" },
    { name: "Bloom filter", codec: "uncompressed", bloomFilter: true },
    { name: "Parquet 2.0", codec: "uncompressed", version: "2.0" },
    { name: "zstd", codec: "zstd", level: 1 },
    { name: "zstd, Parquet 2.0", codec: "zstd", level: 1, version: "2.0" },
  ];
  return MICRO.flatMap((table) =>
    properties.map(({ name, ...own }) => ({
      name: `${table}, ${name}`,
      table: `micro_${table}`,
      rowGroupRows: 1_048_576,
      repeats: 300,
      warmUpMs: WARM_UP_MS,
      ...own,
    }))
  );
}

/** @type {Readonly<Record<string, () => Case[]>>} */
export const SUITES = { end_to_end: endToEnd, real, arrow_writer: arrowWriter };
