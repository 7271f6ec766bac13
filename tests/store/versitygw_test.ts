/** S3 as versitygw has it, where it is found (`PARQUET_EXT_VERSITYGW`, or on the PATH). */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { textOfReply } from "../../src/store/http_client.ts";
import { S3Client } from "../../src/store/s3_client.ts";
import { S3Store } from "../../src/store/s3_store.ts";
import { testStore } from "./contract.ts";
import { findProgram, type RunningServer, startServer } from "./servers/process.ts";

const program = findProgram("versitygw", "PARQUET_EXT_VERSITYGW");
const credentials = { accessKeyId: "parquet", secretAccessKey: "secret of tests" };
let server: RunningServer | null = null;
let folder = "";
let buckets = 0;

if (program !== null) {
  folder = await mkdtemp(join(tmpdir(), "parquet-ext-versitygw-"));
  await mkdir(join(folder, "meta"));
  await mkdir(join(folder, "data"));
  server = await startServer(
    program,
    (
      port,
    ) => [
      "--port",
      `127.0.0.1:${port}`,
      "--quiet",
      "posix",
      "--sidecar",
      join(folder, "meta"),
      join(folder, "data"),
    ],
    { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
  );
}
after(async () => {
  await server?.stop();
  if (folder !== "") await rm(folder, { recursive: true });
});

async function newStore(): Promise<S3Store> {
  const bucket = `bucket-${++buckets}`;
  const options = { endpoint: server!.url, credentials, partSize: 5 * 2 ** 20 };
  await new S3Client(bucket, options).send({ verb: "create", method: "PUT", key: "" });
  return new S3Store(bucket, "some prefix", options);
}

// Behind it is a file system.
testStore("versitygw", server === null ? null : newStore, { hasFolders: true });

test("versitygw: no upload is left open", { skip: server === null }, async () => {
  for (let i = 1; i <= buckets; i++) {
    const client = new S3Client(`bucket-${i}`, { endpoint: server!.url, credentials });
    const reply = await client.send({
      verb: "list",
      method: "GET",
      key: "",
      query: { uploads: "" },
    });
    assert.equal(/<Upload>/.exec(textOfReply(reply)), null);
  }
});
