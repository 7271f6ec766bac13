/** S3 as moto has it, a second opinion, where it is found (`PARQUET_EXT_MOTO`, or on the PATH). */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { S3Client } from "../../src/store/s3_client.ts";
import { S3Store } from "../../src/store/s3_store.ts";
import { testStore } from "./contract.ts";
import { findProgram, type RunningServer, startServer } from "./servers/process.ts";

const program = findProgram("moto_server", "PARQUET_EXT_MOTO");
let server: RunningServer | null = null;
let buckets = 0;
if (program !== null) {
  server = await startServer(program, (port) => ["-H", "127.0.0.1", "-p", String(port)]);
}
after(() => server?.stop());

async function newStore(): Promise<S3Store> {
  const bucket = `bucket-${++buckets}`;
  const credentials = { accessKeyId: "moto", secretAccessKey: "moto" };
  const options = { endpoint: server!.url, credentials, partSize: 5 * 2 ** 20 };
  await new S3Client(bucket, options).send({ verb: "create", method: "PUT", key: "" });
  return new S3Store(bucket, "some prefix", options);
}

testStore("moto", server === null ? null : newStore);

test("moto: the store says where it is", { skip: server === null }, async () => {
  assert.equal((await newStore()).url, `s3://bucket-${buckets}/some prefix`);
});
