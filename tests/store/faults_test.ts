/** Every request of an upload, spoilt in every way. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { S3Store } from "../../src/store/s3_store.ts";
import { outcomeOf, SinkError } from "../../src/util/errors.ts";
import { someBytes } from "./contract.ts";
import { FakeS3 } from "./servers/fake_s3.ts";
import { type Fault, FaultProxy, FAULTS } from "./servers/fault_proxy.ts";

const MIB = 2 ** 20;
/** Client and both servers are one process here, and Deno's servers are slow with large bodies: those are tried on Node. */
const IS_NODE = process.versions["deno"] === undefined && process.versions["bun"] === undefined;
const TIMEOUT_MS = IS_NODE ? 1000 : 4000;
const server = await new FakeS3().start();
const proxy = await new FaultProxy(server.url, 2 * TIMEOUT_MS).start();
after(async () => {
  await proxy.stop();
  await server.stop();
});
const store = new S3Store(server.bucket, "", {
  endpoint: proxy.url,
  credentials: server.credentials,
  partSize: 5 * MIB,
  concurrency: 2,
  requestTimeoutMs: TIMEOUT_MS,
  maxAttempts: 3,
});
const small = someBytes(MIB);
const large = someBytes(12 * MIB);
const old = someBytes(5, 9);

const DOUBTFUL: ReadonlySet<Fault> = new Set([
  "answer lost",
  "done but answered by 500",
  "doubled",
]);

/** Writes an object. Returns what it failed with; `null`: nothing. */
async function write(bytes: Uint8Array<ArrayBuffer>, overwrite: boolean): Promise<unknown> {
  const sink = store.sink("x", { overwrite });
  try {
    for (let at = 0; at < bytes.length; at += MIB) await sink.write(bytes.slice(at, at + MIB));
  } catch (error) {
    await sink.abort(error);
    return error;
  }
  try {
    await sink.close();
    return null;
  } catch (error) {
    return error;
  } finally {
    assert.equal(sink.heldBytes, 0);
  }
}

function begin(faults: ReadonlyMap<number, Fault>, overwrite: boolean): void {
  server.reset();
  if (overwrite) {
    server.objects.set("x", {
      bytes: Buffer.from(old),
      tag: '"old"',
      headers: {},
      modified: new Date(),
    });
  }
  proxy.reset(faults);
}

const isNew = (bytes: Uint8Array) => {
  const found = server.objects.get("x")?.bytes;
  return found !== undefined && found.equals(bytes);
};
const isOld = (overwrite: boolean) => overwrite ? isNew(old) : server.objects.size === 0;

for (const overwrite of [true, false]) {
  for (const [name, bytes, requests] of [["small", small, 1], ["large", large, 5]] as const) {
    // Large ones in place of another only where an answer does not say what happened.
    const isAll = IS_NODE && (bytes === small || !overwrite);
    if (!IS_NODE && bytes === large) continue;
    const faults: readonly Fault[] = [...FAULTS, "changed on its way"];
    for (const fault of isAll ? faults : faults.filter((fault) => DOUBTFUL.has(fault))) {
      test(`a ${name} object ${overwrite ? "in place of another" : "where there is none"}: each request ${fault}`, async () => {
        await Promise.resolve();
        for (let at = 0; at < requests; at++) {
          begin(new Map([[at, fault]]), overwrite);
          const error = await write(bytes, overwrite);
          const where = `${proxy.seen[at]}: ${proxy.seen.join(", ")}`;
          assert.equal(error, null, where);
          assert.ok(isNew(bytes), where);
          // That there are two, nobody can know where the request was doubled on its way.
          const twins = fault === "doubled" && proxy.seen[at] === "POST uploads" ? 1 : 0;
          assert.equal(server.uploads.size, twins, where);
        }
      });
    }
  }
}

for (const fault of IS_NODE ? ["refused", "answer lost", "busy"] as const : []) {
  test(`from some request on, all ${fault}: the old object or the new one, and the outcome says which`, async () => {
    for (let from = 0; from < 6; from++) {
      begin(new Map(Array.from({ length: 60 }, (_, i) => [from + i, fault])), true);
      const error = await write(large, true);
      const where = proxy.seen.join(", ");
      if (error === null) {
        assert.ok(isNew(large), where);
        continue;
      }
      assert.ok(outcomeOf(error) === "failed" || outcomeOf(error) === "unknown", String(error));
      if (outcomeOf(error) === "failed") assert.ok(isOld(true), where);
      else assert.ok(isOld(true) || isNew(large), where);
      // What is left is named.
      for (const [id] of server.uploads) {
        const isNamed = error instanceof SinkError && error.message.includes(id);
        const isUnheard = fault === "answer lost" && from === 0;
        assert.ok(isNamed || isUnheard || outcomeOf(error) === "unknown", `${id}: ${error}`);
      }
    }
  });
}

test("aborted at any moment: the old object, and no upload", async () => {
  for (let writes = 0; writes <= 12; writes += 2) {
    begin(new Map(), true);
    const sink = store.sink("x");
    for (let i = 0; i < writes; i++) await sink.write(someBytes(MIB, i));
    await sink.abort(new Error("enough"));
    assert.ok(isOld(true));
    assert.equal(server.uploads.size, 0);
    assert.equal(sink.heldBytes, 0);
  }
});

test("a commit that is called off before the last part has gone leaves the old object", async () => {
  begin(new Map([[3, "delayed"]]), true);
  const sink = store.sink("x");
  for (let at = 0; at < large.length; at += MIB) await sink.write(large.slice(at, at + MIB));
  const controller = new AbortController();
  const closing = Promise.resolve(sink.close(controller.signal));
  controller.abort(new Error("not after all"));
  const error = await closing.then(() => null, (error) => error);
  assert.equal(outcomeOf(error), "failed");
  assert.ok(isOld(true));
  assert.equal(server.uploads.size, 0);
});

test("aborted between two parts: what was about to be begun is not", async () => {
  // Every moment counts by turns of the microtask queue.
  for (let turns = 0; turns < 12; turns++) {
    begin(new Map(), true);
    const sink = store.sink("x");
    await sink.write(someBytes(5 * MIB));
    const writing = Promise.resolve(sink.write(someBytes(MIB))).catch(() => {});
    for (let i = 0; i < turns; i++) await null;
    await sink.abort(new Error("enough"));
    await writing;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(isOld(true));
    assert.equal(server.uploads.size, 0, `after ${turns} turns: ${proxy.seen}`);
  }
});
