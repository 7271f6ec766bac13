/**
 * A process that does one thing: makes 1,000 rows, imports a writer, and writes them to a file, each with the codec that the writer takes
 * by itself. Arguments: the writer, its module, the file. Plain JavaScript: stripping types would take longer than all the rest.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import process from "node:process";

const [writer, entry, output] = process.argv.slice(-3);

const rows = Array.from({ length: 1000 }, (_, i) => ({
  id: i,
  name: `name ${i % 37}`,
  price: i * 1.5,
  paid: i % 2 === 0,
  at: new Date(1_700_000_000_000 + i * 1000),
  count: i * 3,
  key: `key ${i}`,
  ratio: i / 7,
  kind: i % 5,
  city: "Nowhere",
}));

const columns = () =>
  Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));

/** The bytes of a file. */
const WRITERS = {
  "none": () => new Uint8Array(),
  "parquet-ext": async () => (await import(entry)).toParquet(rows),
  "hyparquet-writer": async () => {
    const { parquetWriteBuffer } = await import("hyparquet-writer");
    const columnData = Object.entries(columns()).map(([name, data]) => ({ name, data }));
    return new Uint8Array(parquetWriteBuffer({ columnData }));
  },
  "parquet-wasm": async () => {
    const { tableFromArrays, tableToIPC } = await import("apache-arrow");
    const { Table, writeParquet } = await import("parquet-wasm");
    return writeParquet(Table.fromIPCStream(tableToIPC(tableFromArrays(columns()), "stream")));
  },
};

writeFileSync(output, await WRITERS[writer]());
process.exit(0);
