/** S3 against a strict server of our own: what is sent, what is learnt, what is said. */

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { s3Sink, s3Store } from "../../src/store/s3.ts";
import type { S3Options } from "../../src/store/s3_options.ts";
import { S3Store } from "../../src/store/s3_store.ts";
import { PreconditionError, SinkError, StoreError } from "../../src/util/errors.ts";
import { listed, someBytes, testStore } from "./contract.ts";
import { FakeS3 } from "./servers/fake_s3.ts";

const server = await new FakeS3().start();
after(() => server.stop());
beforeEach(() => server.reset());
const MIB = 2 ** 20;
const options: S3Options = {
  endpoint: server.url,
  credentials: server.credentials,
  partSize: 5 * MIB,
  maxAttempts: 4,
};

testStore("fake S3", () => {
  server.reset();
  return Promise.resolve(new S3Store(server.bucket, "some prefix", options));
});

function store(more: S3Options = {}): S3Store {
  return new S3Store(server.bucket, "", { ...options, ...more });
}

const methods = () =>
  server.requests.map(({ method, query }) => [method, ...query.keys()].join(" "));

test("s3Sink(): up to one part is one request, with all that the object is to have", async () => {
  const sink = s3Sink({
    bucket: server.bucket,
    key: "a b/c.parquet",
    ...options,
    metadata: { Colour: "blue" },
    serverSideEncryption: "AES256",
    storageClass: "STANDARD_IA",
    tags: { team: "data & co" },
    cacheControl: "no-cache",
    acl: "private",
  });
  for (let i = 0; i < 5; i++) await sink.write(someBytes(MIB, i));
  await sink.close();
  assert.deepEqual(methods(), ["PUT"]);
  const { headers, bytes } = server.objects.get("a b/c.parquet")!;
  assert.equal(bytes.length, 5 * MIB);
  const { "x-amz-meta-parquet-ext-upload": mark, ...rest } = headers;
  assert.match(mark!, /^[0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    "content-type": "application/vnd.apache.parquet",
    "cache-control": "no-cache",
    "x-amz-acl": "private",
    "x-amz-meta-colour": "blue",
    "x-amz-server-side-encryption": "AES256",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-tagging": "team=data+%26+co",
  });
});

test("s3Sink(): beyond, equal parts, some at a time, and no more memory than they have", async () => {
  let now = 0, most = 0;
  const three = Promise.withResolvers<void>();
  server.before = async ({ query }) => {
    if (!query.has("partNumber")) return null;
    most = Math.max(most, ++now);
    // On a busy machine parts come slowly: the first ones wait for each other.
    if (now === 3) three.resolve();
    const late = setTimeout(three.resolve, 10_000);
    await three.promise;
    clearTimeout(late);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now--;
    return null;
  };
  const sink = s3Sink({ url: `s3://${server.bucket}/big`, ...options, concurrency: 3 });
  let held = 0;
  for (let i = 0; i < 42; i++) {
    await sink.write(someBytes(MIB, i));
    held = Math.max(held, sink.heldBytes!);
  }
  await sink.close();
  assert.equal(most, 3);
  assert.ok(held <= 4 * 5 * MIB && held > 10 * MIB, String(held));
  assert.equal(server.requests.filter(({ query }) => query.has("partNumber")).length, 9);
  assert.equal(server.objects.get("big")?.bytes.length, 42 * MIB);
  assert.equal(server.uploads.size, 0);
});

test("s3Sink() keeps within half of the writer's budget, down to two parts of the smallest size", () => {
  const sink = s3Sink({
    url: "s3://bucket/big",
    credentials: server.credentials,
    endpoint: server.url,
  });
  sink.shareBudget!(32 * MIB, () => {});
  for (let i = 0; i < 8; i++) void sink.write(someBytes(MIB));
  // The next byte begins a part, so that parts have 8 MiB.
  assert.equal(server.requests.length, 0);
  assert.equal(sink.heldBytes, 8 * MIB);
});

test("a bucket in another region is found, and remembered", async () => {
  server.region = "eu-west-3";
  const own = store();
  await own.put("x", someBytes(10));
  await own.put("y", someBytes(10));
  assert.deepEqual(methods(), ["PUT", "PUT", "PUT"]);
});

test("a clock that is wrong is corrected", async () => {
  server.skewMs = 3 * 3600_000;
  const own = store();
  await own.put("x", someBytes(10));
  assert.equal((await own.head("x"))?.size, 10);
  assert.deepEqual(methods(), ["PUT", "PUT", "HEAD"]);
});

test("credentials of a function are asked for again when they have ended, and when the server says so", async () => {
  let asked = 0;
  const give = (lifetimeMs: number) => () => {
    asked++;
    return {
      ...server.credentials,
      sessionToken: server.sessionToken!,
      expiration: new Date(Date.now() + lifetimeMs),
    };
  };
  server.sessionToken = "first";
  const lasting = store({ credentials: give(3600_000) });
  await lasting.put("x", someBytes(1));
  await lasting.put("x", someBytes(1));
  assert.equal(asked, 1);
  server.sessionToken = "second";
  await lasting.put("x", someBytes(1));
  assert.equal(asked, 2);
  const short = store({ credentials: give(60_000) });
  await short.put("x", someBytes(1));
  await short.put("x", someBytes(1));
  assert.equal(asked, 4);
});

test("errors in answers of 200, SlowDown and 5xx are tried again", async () => {
  let bad = 3;
  server.before = ({ method, query }) => {
    if (method !== "POST" || !query.has("uploadId") || bad-- <= 0) return null;
    return bad === 2
      ? server.error(200, "InternalError")
      : bad === 1
      ? server.error(503, "SlowDown", "", { "retry-after": "0" })
      : server.error(409, "ConditionalRequestConflict");
  };
  const sink = store().sink("x", { overwrite: false });
  await sink.write(someBytes(6 * MIB));
  await sink.close();
  assert.equal(methods().filter((line) => line === "POST uploadId").length, 4);
  assert.equal(server.objects.get("x")?.bytes.length, 6 * MIB);
});

test("what is not worth another try is said at once, in the store's words", async () => {
  server.before = () => server.error(403, "AccessDenied");
  const error = await store().put("x", someBytes(1)).then(() => null, (error) => error);
  assert.ok(error instanceof StoreError);
  assert.equal(error.message, "Cannot write s3://bucket/x: AccessDenied: AccessDenied & more");
  assert.deepEqual(
    [error.status, error.code, error.requestId, error.outcome],
    [403, "AccessDenied", "FAKE", "failed"],
  );
  assert.deepEqual(methods(), ["PUT"]);
  // The answer to a HEAD has no words.
  await assert.rejects(store().head("x"), {
    name: "StoreError",
    message:
      "Cannot read s3://bucket/x: access denied (status 403): check the credentials and what they allow",
  });
});

test("credentials are not in errors, whatever goes wrong", async () => {
  const { secretAccessKey } = server.credentials;
  const wrong = store({
    credentials: { ...server.credentials, secretAccessKey: `${secretAccessKey}?` },
  });
  const nowhere = store({ endpoint: "http://127.0.0.1:1", maxAttempts: 1 });
  const errors = await Promise.all([
    wrong.put("x", someBytes(1)).catch((error) => error),
    nowhere.put("x", someBytes(1)).catch((error) => error),
    store({ credentials: () => Promise.reject(new Error("no key today")) }).head("x").catch((e) =>
      e
    ),
  ]);
  for (const error of errors) {
    let text = "";
    for (let at = error; at instanceof Error; at = at.cause) text += at.stack + JSON.stringify(at);
    assert.ok(!text.includes(secretAccessKey), text);
    assert.ok(!text.includes("Signature="), text);
  }
  assert.throws(
    () => store({ credentials: { accessKeyId: "", secretAccessKey } }),
    (error: Error) => error instanceof TypeError && !error.message.includes(secretAccessKey),
  );
});

test("a part that fails in the end fails the write, and ends the upload", async () => {
  server.before = ({ query }) =>
    query.get("partNumber") === "2" ? server.error(403, "AccessDenied") : null;
  const sink = store().sink("x");
  const error = await (async () => {
    for (let i = 0; i < 40; i++) await sink.write(someBytes(MIB));
    await sink.close();
  })().then(() => null, (error) => error);
  assert.ok(error instanceof Error);
  assert.match(error.message, /AccessDenied/);
  await sink.abort(error);
  assert.equal(server.uploads.size, 0);
  assert.equal(server.objects.size, 0);
});

test("an upload that cannot be ended is named", async () => {
  server.before = ({ method, query }) =>
    method === "DELETE" || method === "POST" && query.has("uploadId")
      ? server.error(403, "AccessDenied")
      : null;
  const sink = store().sink("x");
  await sink.write(someBytes(6 * MIB));
  const error = await Promise.resolve(sink.close()).then(() => null, (error) => error);
  assert.ok(error instanceof SinkError);
  const [id] = server.uploads.keys();
  assert.match(error.message, /AccessDenied/);
  assert.ok(
    error.message.includes(`parts were left behind, upload ${id} of s3://bucket/x`),
    error.message,
  );
});

test("ifAbsent: an object that a lost attempt has written is one's own; that of another is in the way", async () => {
  const own = store();
  let lose = true;
  server.before = async ({ method, headers }) => {
    if (method !== "PUT" || !lose) return null;
    lose = false;
    // Carried out, and answered by an error.
    server.objects.set("x", {
      bytes: Buffer.from(someBytes(7)),
      tag: '"t"',
      headers: {
        "x-amz-meta-parquet-ext-upload": String(headers["x-amz-meta-parquet-ext-upload"]),
      },
      modified: new Date(),
    });
    return await Promise.resolve({ status: 500 });
  };
  const info = await own.put("x", someBytes(7), { ifAbsent: true });
  assert.equal(info.version, '"t"');
  lose = true;
  server.before = ({ method }) => {
    if (method !== "PUT" || !lose) return null;
    lose = false;
    return { status: 500 };
  };
  await assert.rejects(own.put("x", someBytes(7), { ifAbsent: true }), (error) => {
    assert.ok(error instanceof PreconditionError);
    assert.equal(error.outcome, "failed");
    return true;
  });
});

test("a completion that is never answered, nor to be found out about, is unknown", async () => {
  server.before = ({ method, query }) =>
    method === "POST" && query.has("uploadId") || method === "HEAD" ? { status: 500 } : null;
  const sink = store({ maxAttempts: 2 }).sink("x");
  await sink.write(someBytes(6 * MIB));
  const error = await Promise.resolve(sink.close()).then(() => null, (error) => error);
  assert.ok(error instanceof SinkError);
  assert.equal(error.outcome, "unknown");
});

test("s3Store() lists what keys hold that XML and URLs do not", async () => {
  const own = s3Store(`s3://${server.bucket}/p`, options);
  const keys = ["a&b<c>", "a+b", "a%20b", "ä é", "q?x#y", 'quo"te'];
  for (const key of keys) await own.put(key, someBytes(2));
  const found = (await listed(own)).map(({ key }) => key);
  assert.deepEqual(found.toSorted(), keys.toSorted());
});

test("options that are wrong are said", () => {
  const refused = (given: unknown, kind: typeof TypeError | typeof RangeError, message: RegExp) =>
    assert.throws(() => s3Sink(given as string), (error: Error) => {
      assert.ok(error instanceof kind, String(error));
      assert.match(error.message, message);
      return true;
    });
  refused(
    { bucket: "b-c", key: "k", regoin: "x" },
    TypeError,
    /unknown option "regoin"; did you mean "region"\?/,
  );
  refused({ bucket: "b-c" }, TypeError, /it needs key/);
  refused({ key: "k" }, TypeError, /it needs bucket/);
  refused("az://container/key", TypeError, /is not an s3: URL/);
  refused("s3://bucket/", TypeError, /has no object name/);
  refused({ bucket: "b/c", key: "k" }, TypeError, /not a valid bucket name/);
  refused({ bucket: "b-c", key: "k", partSize: 100 }, RangeError, /partSize/);
  refused({ bucket: "b-c", key: "k", concurrency: 0 }, RangeError, /concurrency/);
  refused({ bucket: "b-c", key: "k", metadata: { a: "ü" } }, TypeError, /printable ASCII/);
  refused({ bucket: "b-c", key: "k", overwrite: 1 }, TypeError, /overwrite/);
  refused(null, TypeError, /options must be an object/);
});
