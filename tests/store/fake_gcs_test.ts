/** Google Cloud Storage as fake-gcs-server has it, where it is found (`PARQUET_EXT_FAKE_GCS`, or on the PATH). */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { GcsStore } from "../../src/store/gcs_store.ts";
import { testStore } from "./contract.ts";
import { findProgram, type RunningServer, startServer } from "./servers/process.ts";

const program = findProgram("fake-gcs-server", "PARQUET_EXT_FAKE_GCS");
let server: RunningServer | null = null;
let buckets = 0;
if (program !== null) {
  server = await startServer(program, (port) => [
    "-scheme",
    "http",
    "-host",
    "127.0.0.1",
    "-port",
    String(port),
    "-public-host",
    `127.0.0.1:${port}`,
    "-backend",
    "memory",
  ]);
}
after(() => server?.stop());

async function newStore(): Promise<GcsStore> {
  const bucket = `bucket-${++buckets}`;
  const reply = await fetch(`${server!.url}/storage/v1/b?project=tests`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: bucket }),
  });
  assert.equal(reply.status, 200, await reply.text());
  const options = { endpoint: server!.url, token: "anonymous", partSize: 2 ** 20 };
  return new GcsStore(bucket, "some prefix", options);
}

testStore("fake-gcs-server", server === null ? null : newStore, { largeBytes: 5 * 2 ** 20 + 7 });

test("fake-gcs-server: the store says where it is", { skip: server === null }, async () => {
  assert.equal((await newStore()).url, `gs://bucket-${buckets}/some prefix`);
});
