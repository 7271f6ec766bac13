/**
 * `npm run kill -- N`: kills N processes that write a file, on each of Deno, Bun and Node (`tests/kill/`).
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "./runtimes.mjs";

const [kills = "300", ...rest] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(kills)) {
  throw new TypeError(`Cannot kill ${kills} processes: expected a number`);
}
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, "scripts", "test.mjs"), ...rest, "tests/kill/"],
  { stdio: "inherit", env: { ...process.env, PARQUET_EXT_KILLS: kills } },
);
process.exit(status ?? 1);
