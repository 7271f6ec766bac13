/**
 * Spark with delta-spark and this library write to the same tables in turns, with the checkpoints of either side, and each reads what both
 * have written.
 *
 * Usage: node scripts/interop/delta.ts. Wants Java 17, Maven, and a Python with `pyspark` and `delta-spark` of the same line, which
 * `PARQUET_EXT_PYSPARK` names (default: `python3`): `pip install pyspark==4.0.1 delta-spark==4.0.0`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { schema, t } from "../../mod.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { commitToDelta, createDeltaTable } from "../../src/delta/mod.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const JARS = [
  "io.delta:delta-spark_2.13:4.0.0",
  "io.delta:delta-storage:4.0.0",
  "org.antlr:antlr4-runtime:4.13.1",
];
const python = process.env["PARQUET_EXT_PYSPARK"] ?? "python3";

/** The jars of delta-spark, fetched by Maven once. */
function jars(): string {
  const folder = join(HERE, "..", "..", ".cache", "delta-spark");
  mkdirSync(folder, { recursive: true });
  return JARS.map((artifact) => {
    const [, name, version] = artifact.split(":");
    const path = join(folder, `${name}-${version}.jar`);
    if (!readdirSync(folder).includes(`${name}-${version}.jar`)) {
      const args = ["-q", "-B", "dependency:copy", `-Dartifact=${artifact}`];
      const { status, stdout } = spawnSync("mvn", [...args, `-DoutputDirectory=${folder}`], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout);
    }
    return path;
  }).join(",");
}

/** A Spark that does one thing after the other. */
class Spark {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor() {
    const env = { ...process.env, SPARK_LOCAL_IP: "127.0.0.1" };
    this.#child = spawn(python, [join(HERE, "delta_spark.py"), jars()], { env });
    this.#child.stderr.on("data", (chunk) => this.#errors = (this.#errors + chunk).slice(-4000));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  // deno-lint-ignore no-explicit-any
  async ask(...action: readonly unknown[]): Promise<any> {
    this.#child.stdin.write(`${JSON.stringify(action)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`Spark has ended: ${this.#errors}`);
      if (!value.startsWith("answer ")) continue;
      const answer = JSON.parse(value.slice("answer ".length));
      if (answer.error !== undefined) throw new Error(`${action.join(" ")}: ${answer.error}`);
      return answer.value;
    }
  }

  stop(): void {
    this.#child.kill();
  }
}

const OF = schema({ day: t.utf8().nullable(), id: t.int64().nullable() });
const BY_DAY = { partitionBy: ["day"] };
const dayOf = (id: number) => id % 3 === 0 ? null : `2026-01-0${id % 3}`;

async function commit(
  folder: string,
  ids: readonly number[],
  options: Parameters<typeof commitToDelta>[2] = {},
): Promise<number> {
  const writer = new DatasetWriter(folder, OF, BY_DAY);
  await writer.write(ids.map((id) => ({ day: dayOf(id), id })));
  return (await commitToDelta(folder, await writer.close(), { schema: OF, ...options })).version;
}

/** Removes what a cleanup of the log would remove. */
function forgetBefore(folder: string, version: number): void {
  const log = join(folder, "_delta_log");
  for (const name of readdirSync(log)) {
    const isOld = /^\.?\d{20}\./.test(name) &&
      Number(name.replace(/^\./, "").slice(0, 20)) < version;
    if (isOld) rmSync(join(log, name));
  }
}

const CHECKPOINTS: Readonly<Record<string, [properties: object, settings: object, name: RegExp]>> =
  {
    "in one file": [{}, {}, /checkpoint\.parquet$/],
    "in parts": [
      {},
      { "spark.databricks.delta.checkpoint.partSize": "3" },
      /checkpoint\.\d{10}\.\d{10}\.parquet$/,
    ],
    "V2, JSON": [
      { "delta.checkpointPolicy": "v2" },
      { "spark.databricks.delta.checkpointV2.topLevelFileFormat": "json" },
      /checkpoint\.[\w-]{36}\.json$/,
    ],
    "V2, Parquet": [
      { "delta.checkpointPolicy": "v2" },
      { "spark.databricks.delta.checkpointV2.topLevelFileFormat": "parquet" },
      /checkpoint\.[\w-]{36}\.parquet$/,
    ],
    "with statistics as columns, too": [
      { "delta.checkpoint.writeStatsAsStruct": "true" },
      {},
      /checkpoint\.parquet$/,
    ],
    "with statistics as columns alone": [
      {
        "delta.checkpoint.writeStatsAsStruct": "true",
        "delta.checkpoint.writeStatsAsJson": "false",
      },
      {},
      /checkpoint\.parquet$/,
    ],
  };

/** Properties of tables of ours. */
const OURS: readonly Readonly<Record<string, string>>[] = [
  {},
  { "delta.checkpoint.writeStatsAsStruct": "true" },
  { "delta.checkpoint.writeStatsAsStruct": "true", "delta.checkpoint.writeStatsAsJson": "false" },
];

const root = mkdtempSync(join(tmpdir(), "parquet-ext-interop-"));
const spark = new Spark();
let failed = 0;

async function attempt(name: string, run: (folder: string) => Promise<void>): Promise<void> {
  const folder = join(root, name.replaceAll(/\W+/g, "_"));
  try {
    await run(folder);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.stack : error}`);
  }
}

async function holds(folder: string, version: number, ids: readonly number[]): Promise<void> {
  const rows = [...ids].sort((a, b) => a - b).map((id) => [id, dayOf(id)]);
  assert.deepEqual(await spark.ask("rows", folder), { version, rows });
  const sum = ids.filter((id) => id >= 5 && id <= 11 && id % 3 !== 0)
    .reduce((sum, id) => sum + id, 0);
  assert.equal(await spark.ask("sum_of", folder), sum === 0 ? null : sum);
}

try {
  for (const [name, [properties, settings, file]] of Object.entries(CHECKPOINTS)) {
    await attempt(
      `a table of Spark's whose log begins with its checkpoint, ${name}`,
      async (folder) => {
        await spark.ask("create", folder, [1, 2, 3], properties);
        for (const ids of [[4, 5], [6], [7, 8], [9]]) await spark.ask("append", folder, ids);
        const version = await spark.ask("checkpoint", folder, settings);
        forgetBefore(folder, version);
        const names = readdirSync(join(folder, "_delta_log"));
        assert.ok(names.some((name) => file.test(name)), names.join());
        const txn = { appId: "interop", version: 1 };
        const next = await commit(folder, [10, 11, 12], { txn });
        await holds(folder, next, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        await spark.ask("append", folder, [13, 14]);
        await commit(folder, [15], { mode: { replaceWhere: { day: null } } });
        await holds(folder, next + 2, [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 15]);
        assert.equal(await commit(folder, [10], { txn }), next + 2);
      },
    );
  }

  for (const properties of OURS) {
    await attempt(
      `a table of ours, and Spark in turns, with our checkpoints alone: ${
        JSON.stringify(properties)
      }`,
      async (folder) => {
        await createDeltaTable(folder, OF, { ...BY_DAY, configuration: properties });
        await commit(folder, [1, 2, 3]);
        await spark.ask("append", folder, [4, 5, 6]);
        const version = await commit(folder, [7, 8], { checkpointInterval: 1 });
        forgetBefore(folder, version);
        await holds(folder, version, [1, 2, 3, 4, 5, 6, 7, 8]);
        await spark.ask("delete", folder, "id = 4");
        await spark.ask("optimize", folder);
        await commit(folder, [9]);
        await spark.ask("append", folder, [10]);
        await holds(folder, version + 4, [1, 2, 3, 5, 6, 7, 8, 9, 10]);
        await commit(folder, [11], { mode: "overwrite" });
        await holds(folder, version + 5, [11]);
      },
    );
  }
} finally {
  spark.stop();
  rmSync(root, { recursive: true, force: true });
}
console.log(failed === 0 ? "all right" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
