/** versitygw, where it is found (`PARQUET_EXT_VERSITYGW`, or on the PATH): an S3 server before a folder. */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Options } from "../../../src/store/s3_options.ts";
import { S3Client } from "../../../src/store/s3_client.ts";
import { findProgram, startServer } from "./process.ts";

/** A server with folders as buckets. */
export interface Versitygw {
  readonly options: S3Options & {
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Where the buckets are. */
  readonly folder: string;
  /** Makes one, and gives its name. */
  newBucket(): Promise<string>;
  /** Ends the server, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts the server; `null`: it is not there. */
export async function startVersitygw(): Promise<Versitygw | null> {
  const program = findProgram("versitygw", "PARQUET_EXT_VERSITYGW");
  if (program === null) return null;
  const credentials = { accessKeyId: "parquet", secretAccessKey: "secret of tests" };
  const folder = await mkdtemp(join(tmpdir(), "parquet-ext-versitygw-"));
  const data = join(folder, "data"), meta = join(folder, "meta");
  await mkdir(data);
  await mkdir(meta);
  const server = await startServer(
    program,
    (port) => ["--port", `127.0.0.1:${port}`, "--quiet", "posix", "--sidecar", meta, data],
    { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
  );
  const options = { endpoint: server.url, credentials };
  let buckets = 0;
  return {
    options,
    folder: data,
    newBucket: async () => {
      const bucket = `bucket-${++buckets}`;
      await new S3Client(bucket, options).send({ verb: "create", method: "PUT", key: "" });
      return bucket;
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
