/** Azure Blob Storage as azurite has it. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { findRuntime } from "../../scripts/runtimes.mjs";
import { AzureClient } from "../../src/store/azure_client.ts";
import { AzureStore } from "../../src/store/azure_store.ts";
import { StoreError } from "../../src/util/errors.ts";
import { someBytes, testStore } from "./contract.ts";
import { startServer } from "./servers/process.ts";

const MAIN = fileURLToPath(
  new URL("../../node_modules/azurite/dist/src/blob/main.js", import.meta.url),
);
const account = "devstoreaccount1";
/** The emulator's, which everybody may know. */
const accountKey =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const server = await startServer(findRuntime("node").binary, (port) => [
  MAIN,
  "--blobPort",
  String(port),
  "--inMemoryPersistence",
  "--disableTelemetry",
  "--silent",
]);
after(() => server.stop());
const options = { account, accountKey, endpoint: `${server.url}/${account}`, partSize: 2 ** 20 };
let containers = 0;

async function newStore(): Promise<AzureStore> {
  const container = `container-${++containers}`;
  await new AzureClient(container, options).send({
    verb: "create",
    method: "PUT",
    key: "",
    query: { restype: "container" },
  });
  return new AzureStore(container, "some prefix", options);
}

testStore("azurite", newStore, { largeBytes: 5 * 2 ** 20 + 7, ordersByUnits: true });

test("azurite: a wrong key is an error that does not tell it", async () => {
  const wrong = btoa("not the key at all");
  const store = new AzureStore("container-1", "", { ...options, accountKey: wrong });
  const error = await store.put("x", someBytes(1)).then(() => null, (error) => error);
  assert.ok(error instanceof StoreError);
  assert.equal(error.status, 403);
  assert.ok(!`${error.message} ${JSON.stringify(error)}`.includes(wrong));
});

test("azurite: a shared access signature is enough, and is not told", async () => {
  const { createHmac } = await import("node:crypto");
  const expiry = new Date(Date.now() + 3600_000).toISOString().replace(/\.\d+Z$/, "Z");
  const fields = {
    sv: "2021-12-02",
    ss: "b",
    srt: "co",
    sp: "rwdlac",
    se: expiry,
    spr: "https,http",
  };
  const text = [
    account,
    fields.sp,
    fields.ss,
    fields.srt,
    "",
    fields.se,
    "",
    fields.spr,
    fields.sv,
    "",
    "",
  ].join("\n");
  const sig = createHmac("sha256", Buffer.from(accountKey, "base64")).update(text).digest("base64");
  const sasToken = new URLSearchParams({ ...fields, sig }).toString();
  const { endpoint } = options;
  await newStore();
  const store = new AzureStore(`container-${containers}`, "", {
    account,
    endpoint,
    sasToken: `?${sasToken}`,
  });
  await store.put("by sas", someBytes(10));
  assert.deepEqual(await store.get("by sas", { suffix: 4 }), someBytes(10).subarray(6));
  const refused = new AzureStore(`container-${containers}`, "", {
    account,
    endpoint,
    sasToken: "sv=2021-12-02&sig=abc",
  });
  const error = await refused.head("by sas").then(() => null, (error) => error);
  assert.ok(error instanceof StoreError);
  assert.ok(!error.message.includes("abc"));
});
