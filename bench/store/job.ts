/**
 * One client: sends the same bytes to one object, and prints what it took as JSON. Runs on Node, Deno and Bun.
 *
 * @module
 */

import process from "node:process";
import { s3Sink } from "../../src/store/s3.ts";

const MIB = 2 ** 20;
const [client, endpoint, mebibytes = "1024"] = process.argv.slice(2);
const total = Number(mebibytes);
const credentials = { accessKeyId: "bench", secretAccessKey: "secret of the bench" };
const key = `${client}-${process.pid}`;

/** A writer's output: chunks of a MiB, no two of them the same. */
function* chunks(): Generator<Uint8Array<ArrayBuffer>> {
  const random = crypto.getRandomValues(new Uint8Array(65536));
  for (let i = 0; i < total; i++) {
    const chunk = new Uint8Array(MIB);
    for (let at = 0; at < MIB; at += random.length) chunk.set(random, at);
    new DataView(chunk.buffer).setUint32(0, i);
    yield chunk;
  }
}

const CLIENTS: Readonly<Record<string, () => Promise<void>>> = {
  "parquet-ext": async () => {
    const sink = s3Sink({ bucket: "bench", key, endpoint: endpoint!, credentials });
    for (const chunk of chunks()) await sink.write(chunk);
    await sink.close();
  },
  "lib-storage": async () => {
    const { Readable } = await import("node:stream");
    // Not dependencies: `npm install --no-save @aws-sdk/client-s3 @aws-sdk/lib-storage`.
    const [sdk, storage] = await Promise.all(
      ["@aws-sdk/client-s3", "@aws-sdk/lib-storage"].map((name) => import(name)),
    );
    const s3 = new sdk.S3Client({
      endpoint,
      region: "us-east-1",
      credentials,
      forcePathStyle: true,
    });
    const Body = Readable.from(chunks(), { objectMode: false });
    const params = { Bucket: "bench", Key: key, Body };
    const upload = new storage.Upload({ client: s3, params, partSize: 16 * MIB, queueSize: 4 });
    await upload.done();
  },
  "Bun.S3Client": async () => {
    const { Bun } = globalThis as unknown as {
      Bun: {
        S3Client: new (
          options: object,
        ) => { file(key: string): { writer(options: object): BunWriter } };
      };
    };
    const s3 = new Bun.S3Client({ endpoint, bucket: "bench", region: "us-east-1", ...credentials });
    const writer = s3.file(key).writer({ partSize: 16 * MIB, queueSize: 4 });
    for (const chunk of chunks()) {
      writer.write(chunk);
      await writer.flush();
    }
    await writer.end();
  },
};

interface BunWriter {
  write(bytes: Uint8Array): unknown;
  flush(): unknown;
  end(): Promise<unknown>;
}

const started = performance.now();
await CLIENTS[client!]!();
const milliseconds = performance.now() - started;
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ milliseconds, cpu: (user + system) / 1000 }));
process.exit(0);
