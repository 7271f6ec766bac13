/** S3 as versitygw has it, where it is found (`PARQUET_EXT_VERSITYGW`, or on the PATH). */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { textOfReply } from "../../src/store/http_client.ts";
import { S3Client } from "../../src/store/s3_client.ts";
import { S3Store } from "../../src/store/s3_store.ts";
import { testTable } from "../delta/table_contract.ts";
import { testStore } from "./contract.ts";
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
