/** One DuckDB for all tests of a process, and files for it to read. */

import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let connection: Promise<DuckDBConnection> | undefined;

/** The connection of this process. */
export function duckdb(): Promise<DuckDBConnection> {
  connection ??= (async () => {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const opened = await instance.connect();
    await opened.run("set TimeZone = 'UTC'");
    return opened;
  })();
  return connection;
}

/** All rows of a query. */
export async function query(sql: string): Promise<DuckDBValue[][]> {
  return (await (await duckdb()).runAndReadAll(sql)).getRows();
}

/** Gives `use` the path of a file with these bytes, which is removed afterwards. */
export async function withFile<T>(
  bytes: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  try {
    const path = join(folder, "file.parquet");
    writeFileSync(path, bytes);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A string literal of SQL. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** An identifier of SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
