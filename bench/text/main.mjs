/**
 * Texts to Parquet: this library against the other ways that there are from JavaScript: `node bench/text/main.mjs`, with the flags of
 * `compareInTurns`.
 *
 * @module
 */

import { compareInTurns } from "../in_turns.mjs";

compareInTurns({
  name: "text",
  what: "Texts in memory to Parquet with snappy",
  unit: "MiB/s of text",
  cases: ["CSV, numbers", "CSV, mixed", "CSV, strings", "NDJSON, flat", "NDJSON, nested"],
  writers: [
    "parquet-ext",
    "parquet-ext, one thread",
    "parquet-ext, with a schema",
    "udsv + parquet-ext rows",
    "csv-parse + parquet-ext rows",
    "papaparse + parquet-ext rows",
    "udsv + hyparquet-writer",
    "JSON.parse + parquet-ext rows",
    "JSON.parse + hyparquet-writer",
    "DuckDB, one thread",
    "DuckDB",
  ],
});
