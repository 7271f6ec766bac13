/** Google Cloud Storage as fake-gcs-server has it, where it is found (`PARQUET_EXT_FAKE_GCS`, or on the PATH). */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { GcsStore } from "../../src/store/gcs_store.ts";
import { testTable } from "../delta/table_contract.ts";
import { testStore } from "./contract.ts";
import { startFakeGcs } from "./servers/fake_gcs.ts";

const server = await startFakeGcs();
after(() => server?.stop());

async function newStore(): Promise<GcsStore> {
  return new GcsStore(await server!.newBucket(), "some prefix", {
    ...server!.options,
    partSize: 2 ** 20,
  });
}

testStore("fake-gcs-server", server === null ? null : newStore, { largeBytes: 5 * 2 ** 20 + 7 });
testTable("fake-gcs-server", server === null ? null : newStore);

test("fake-gcs-server: the store says where it is", { skip: server === null }, async () => {
  assert.match((await newStore()).url, /^gs:\/\/bucket-\d+\/some prefix$/);
});
