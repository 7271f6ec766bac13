/** delta-rs, where it is found: `PARQUET_EXT_DELTALAKE` names a Python that has `deltalake`. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const python = process.env["PARQUET_EXT_DELTALAKE"] ?? "";
const script = fileURLToPath(new URL("delta_rs.py", import.meta.url));

/** Why tests with it are skipped; `false`: it is there. */
export const NO_DELTA_RS: string | false = python === "" &&
  "PARQUET_EXT_DELTALAKE names no Python with deltalake";

/** What delta-rs says to an action of `delta_rs.py`. */
export function deltaRs(
  action: "create" | "append" | "cut" | "rows",
  table: string,
  args: readonly (string | number)[] = [],
  storageOptions: Readonly<Record<string, string>> = {},
  // deno-lint-ignore no-explicit-any
): any {
  const given = [script, action, table, JSON.stringify(storageOptions), ...args.map(String)];
  const { status, stdout, stderr } = spawnSync(python, given, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout === "" ? null : JSON.parse(stdout);
}
