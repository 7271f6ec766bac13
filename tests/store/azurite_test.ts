/** Azure Blob Storage as azurite has it. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { AzureStore } from "../../src/store/azure_store.ts";
import { StoreError } from "../../src/util/errors.ts";
import { testTable } from "../delta/table_contract.ts";
import { someBytes, testStore } from "./contract.ts";
import { ACCOUNT, ACCOUNT_KEY, startAzurite } from "./servers/azurite.ts";

const server = await startAzurite();
after(() => server.stop());
const options = { ...server.options, partSize: 2 ** 20 };

async function newStore(): Promise<AzureStore> {
  return new AzureStore(await server.newContainer(), "some prefix", options);
}

testStore("azurite", newStore, { largeBytes: 5 * 2 ** 20 + 7, ordersByUnits: true });
testTable("azurite", newStore);

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
    ACCOUNT,
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
  const sig = createHmac("sha256", Buffer.from(ACCOUNT_KEY, "base64")).update(text).digest(
    "base64",
  );
  const sasToken = new URLSearchParams({ ...fields, sig }).toString();
  const { endpoint } = options;
  const container = await server.newContainer();
  const store = new AzureStore(container, "", {
    account: ACCOUNT,
    endpoint,
    sasToken: `?${sasToken}`,
  });
  await store.put("by sas", someBytes(10));
  assert.deepEqual(await store.get("by sas", { suffix: 4 }), someBytes(10).subarray(6));
  const refused = new AzureStore(container, "", {
    account: ACCOUNT,
    endpoint,
    sasToken: "sv=2021-12-02&sig=abc",
  });
  const error = await refused.head("by sas").then(() => null, (error) => error);
  assert.ok(error instanceof StoreError);
  assert.ok(!error.message.includes("abc"));
});

test("lists begin where they are asked to, on services that know how to; on others they are cut", async () => {
  const asked: [version: string, from: string | null][] = [];
  const service = createServer((request, response) => {
    const version = String(request.headers["x-ms-version"]);
    const from = new URL(request.url!, "http://x").searchParams.get("startFrom");
    asked.push([version, from]);
    if (version !== "2021-12-02" && !isNew) {
      response.writeHead(400, { "x-ms-error-code": "InvalidHeaderValue" }).end();
      return;
    }
    const names = ["p/a", "p/b", "p/c"].filter((name) => from === null || name >= from);
    const blobs = names.map((name) => `<Blob><Name>${name}</Name></Blob>`).join("");
    response.end(`<EnumerationResults><Blobs>${blobs}</Blobs></EnumerationResults>`);
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  let isNew = true;
  const newOne = () =>
    new AzureStore("container", "p", { ...options, endpoint: `http://127.0.0.1:${port}/a` });
  const keys = async (store: AzureStore, startAfter?: string) =>
    (await Array.fromAsync(store.list("", { startAfter }))).map(({ key }) => key);
  try {
    const store = newOne();
    assert.deepEqual(await keys(store, "a"), ["b", "c"]);
    assert.deepEqual(await keys(store, "c"), []);
    assert.deepEqual(await keys(store), ["a", "b", "c"]);
    assert.deepEqual(asked, [["2026-02-06", "p/a"], ["2026-02-06", "p/c"], ["2021-12-02", null]]);
    isNew = false;
    asked.length = 0;
    const old = newOne();
    for (let i = 0; i < 2; i++) assert.deepEqual(await keys(old, "b"), ["c"]);
    // It is asked once.
    assert.deepEqual(asked, [["2026-02-06", "p/b"], ["2021-12-02", null], ["2021-12-02", null]]);
  } finally {
    service.closeAllConnections();
    service.close();
  }
});
