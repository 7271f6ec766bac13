/** fake-gcs-server, where it is found (`PARQUET_EXT_FAKE_GCS`, or on the PATH): Google Cloud Storage in memory. */

import assert from "node:assert/strict";
import { findProgram, startServer } from "./process.ts";

/** A running server. */
export interface FakeGcs {
  readonly options: { readonly endpoint: string; readonly token: "anonymous" };
  /** Makes a bucket, and gives its name. */
  newBucket(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the server; `null`: it is not there. */
export async function startFakeGcs(): Promise<FakeGcs | null> {
  const program = findProgram("fake-gcs-server", "PARQUET_EXT_FAKE_GCS");
  if (program === null) return null;
  const server = await startServer(program, (port) => [
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
  let buckets = 0;
  return {
    options: { endpoint: server.url, token: "anonymous" },
    newBucket: async () => {
      const bucket = `bucket-${++buckets}`;
      const reply = await fetch(`${server.url}/storage/v1/b?project=tests`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: bucket }),
      });
      assert.equal(reply.status, 200, await reply.text());
      return bucket;
    },
    stop: () => server.stop(),
  };
}
