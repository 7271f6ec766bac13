/**
 * Processes that append to one table at once, on a folder and on the stores that are there: no commit lost, none doubled.
 *
 * `PARQUET_EXT_COMMITS=50`: ten processes of so many commits each on every store, instead of a few on some.
 */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { schema, t } from "../../mod.ts";
import { createDeltaTable } from "../../src/delta/mod.ts";
import { openStore } from "../../src/store/open_store.ts";
import { tableState } from "../../src/delta/table_state.ts";
import type { Store } from "../../src/store/store.ts";
import { query, quoted } from "../support/duckdb.ts";
import { startAzurite } from "../store/servers/azurite.ts";
import { startFakeGcs } from "../store/servers/fake_gcs.ts";
import { startVersitygw } from "../store/servers/versitygw.ts";
import { inFolder } from "../support/folder.ts";
import { deltaRs, NO_DELTA_RS } from "./delta_rs.ts";
import { readTable } from "./log_reader.ts";

const asked = process.env["PARQUET_EXT_COMMITS"];
const COMMITS = Number(asked ?? 5);
const script = fileURLToPath(new URL("append_script.ts", import.meta.url));

/** Rows of a table by DuckDB's own reader of Delta, in a Python that has `duckdb-extension-delta` (`PARQUET_EXT_DUCKDB_DELTA`). */
const DELTA_SCAN = `
import duckdb, json, sys
from duckdb_extensions import import_extension
import_extension("delta")
connection = duckdb.connect()
connection.load_extension("delta")
print(json.dumps(connection.execute("select app, commit from delta_scan(?) order by all", [sys.argv[1]]).fetchall()))`;

/** A place for a table. */
interface Place {
  readonly url: string;
  readonly store: Store;
  /** What other processes reach it by. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the files are on this machine. */
  readonly folder?: string;
  /** What delta-rs reaches it by; `null`: it does not. */
  readonly storageOptions: Readonly<Record<string, string>> | null;
}

async function appendAll(place: Place, processes: number): Promise<void> {
  await createDeltaTable(place.store, schema({ app: t.int32(), commit: t.int32() }));
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const env = { ...process.env, ...place.env };
  await Promise.all(
    Array.from({ length: processes }, (_, app) =>
      new Promise<void>((resolve, reject) => {
        const args = [...run, script, place.url, String(app), String(COMMITS)];
        const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
        let text = "";
        child.stderr.on("data", (chunk) => text += chunk);
        child.on("close", (code) => code === 0 ? resolve() : reject(new Error(text)));
      })),
  );
  await check(place, processes);
}

async function check(place: Place, processes: number): Promise<void> {
  const { store, folder, url, storageOptions } = place;
  const count = processes * COMMITS;
  const state = await tableState(store);
  assert.deepEqual([state.version, state.files.size, state.txns.size], [count, count, processes]);
  const rows = Array.from({ length: count }, (_, i) => [Math.floor(i / COMMITS), i % COMMITS]);
  if (folder !== undefined) {
    const { version, files, commitInfos } = readTable(folder);
    assert.deepEqual([version, files.size], [count, count]);
    assert.equal(new Set(commitInfos.map((info) => info["txnId"])).size, count + 1);
    const paths = [...files.keys()].map((path) => quoted(join(folder, path)));
    const select = `select app, commit from read_parquet([${paths.join()}]) order by all`;
    assert.deepEqual(await query(select), rows);
  }
  const duckdb = process.env["PARQUET_EXT_DUCKDB_DELTA"];
  if (folder !== undefined && duckdb !== undefined) {
    const { status, stdout, stderr } = spawnSync(duckdb, ["-c", DELTA_SCAN, folder], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), rows);
  }
  if (NO_DELTA_RS === false && storageOptions !== null) {
    const found = deltaRs("rows", url, ["app, commit"], storageOptions);
    assert.deepEqual(found, { version: count, rows });
  }
}

test("ten processes that append at once: no commit lost, none doubled", () =>
  inFolder(async (folder) => {
    const store = await openStore(folder);
    await appendAll({ url: folder, folder, store, env: {}, storageOptions: {} }, 10);
  }));

const processes = asked === undefined ? 3 : 10;
const versitygw = await startVersitygw();
const azurite = asked === undefined ? null : await startAzurite();
const fakeGcs = asked === undefined ? null : await startFakeGcs();
after(async () => {
  for (const server of [versitygw, azurite, fakeGcs]) await server?.stop();
});

test("processes that append at once to versitygw", { skip: versitygw === null }, async () => {
  const { folder, options, newBucket } = versitygw!;
  const bucket = await newBucket();
  const url = `s3://${bucket}/table`;
  const env = {
    AWS_ACCESS_KEY_ID: options.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: options.credentials.secretAccessKey,
    AWS_ENDPOINT_URL: options.endpoint,
    // Comes before the one above, and another file's tests may have set it: some runtimes have all files in one process.
    AWS_ENDPOINT_URL_S3: options.endpoint,
    AWS_REGION: "us-east-1",
  };
  await appendAll({
    url,
    store: await openStore(url, { s3: options }),
    env,
    folder: join(folder, bucket, "table"),
    storageOptions: { ...env, AWS_ALLOW_HTTP: "true" },
  }, processes);
});

test("processes that append at once to azurite", { skip: azurite === null }, async () => {
  const { options, newContainer } = azurite!;
  const { account, accountKey, endpoint } = options;
  const url = `az://${await newContainer()}/table`;
  await appendAll({
    url,
    store: await openStore(url, { azure: options }),
    env: {
      AZURE_STORAGE_CONNECTION_STRING:
        `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint}`,
    },
    storageOptions: {
      account_name: account,
      account_key: accountKey,
      endpoint,
      allow_http: "true",
    },
  }, processes);
});

test("processes that append at once to fake-gcs-server", { skip: fakeGcs === null }, async () => {
  const { options, newBucket } = fakeGcs!;
  const url = `gs://${await newBucket()}/table`;
  await appendAll({
    url,
    store: await openStore(url, { gcs: options }),
    env: { STORAGE_EMULATOR_HOST: options.endpoint },
    // Its addresses are Google's.
    storageOptions: null,
  }, processes);
});
