/**
 * Rows to Parquet: this library against what else takes rows: `node bench/rows/main.mjs`, with the flags of `compareInTurns`.
 *
 * @module
 */

import { compareInTurns } from "../in_turns.mjs";

compareInTurns({
  name: "rows",
  what: "Rows to Parquet with snappy",
  unit: "MiB/s of JSON",
  cases: [
    "flat numbers",
    "strings, few values",
    "strings, many values",
    "nested",
    "wide, 100 columns",
  ],
  writers: [
    "parquet-ext",
    "parquet-ext, inferred",
    "tableFromJSON + parquet-ext",
    "hyparquet-writer",
    "@dsnp/parquetjs",
    "DuckDB appender",
  ],
});
