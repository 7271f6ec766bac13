/** S3 as versitygw has it, where it is found (`PARQUET_EXT_VERSITYGW`, or on the PATH). */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { textOfReply } from "../../src/store/http_client.ts";
import { S3Client } from "../../src/store/s3_client.ts";
import { S3Store } from "../../src/store/s3_store.ts";
import { testTable } from "../delta/table_contract.ts";
import { someBytes, testStore } from "./contract.ts";
import { FaultProxy } from "./servers/fault_proxy.ts";
import { startVersitygw } from "./servers/versitygw.ts";

const server = await startVersitygw();
after(() => server?.stop());
const buckets: string[] = [];

async function newStore(): Promise<S3Store> {
  const bucket = await server!.newBucket();
  buckets.push(bucket);
  return new S3Store(bucket, "some prefix", { ...server!.options, partSize: 5 * 2 ** 20 });
}

// Behind it is a file system.
testStore("versitygw", server === null ? null : newStore, { hasFolders: true });
testTable("versitygw", server === null ? null : newStore);

test("versitygw: no upload is left open", { skip: server === null }, async () => {
  for (const bucket of buckets) {
    const client = new S3Client(bucket, server!.options);
    const reply = await client.send({
      verb: "list",
      method: "GET",
      key: "",
      query: { uploads: "" },
    });
    assert.equal(/<Upload>/.exec(textOfReply(reply)), null);
  }
});

test(
  "versitygw: bytes that change on their way are sent again",
  { skip: server === null },
  async () => {
    const proxy = await new FaultProxy(server!.options.endpoint, 0).start();
    try {
      const bucket = await server!.newBucket();
      const options = { ...server!.options, endpoint: proxy.url, partSize: 5 * 2 ** 20 };
      const store = new S3Store(bucket, "", options);
      const bytes = someBytes(11 * 2 ** 20);
      for (const [size, requests] of [[1000, 1], [bytes.length, 5]] as const) {
        for (let at = 0; at < requests; at++) {
          proxy.reset(new Map([[at, "changed on its way"]]));
          const sink = store.sink("x");
          await sink.write(bytes.slice(0, size));
          await sink.close();
          const isSent = proxy.seen[at]!.startsWith("PUT") || proxy.seen[at] === "POST uploadId";
          assert.equal(proxy.seen.length, requests + (isSent ? 1 : 0), proxy.seen.join());
          assert.deepEqual(await store.get("x"), bytes.slice(0, size));
        }
      }
    } finally {
      await proxy.stop();
    }
  },
);
