/** What every store has to do, whatever is behind it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareKeys, type ObjectInfo, type Store } from "../../src/store/store.ts";
import { ObjectNotFoundError, PreconditionError, SinkError } from "../../src/util/errors.ts";

/** What a store is, beyond what all are. */
export interface ContractOptions {
  /** Keeps user metadata. Default `true`. */
  readonly keepsMetadata?: boolean;
  /** Replaces a version that is named. Default `true`. */
  readonly replacesVersions?: boolean;
  /** Is a file system, where a name is a file or a folder, not both. Default `false`. */
  readonly hasFolders?: boolean;
  /** Orders keys by UTF-16 units, which no real store does. Default `false`. */
  readonly ordersByUnits?: boolean;
  /** Bytes of an object that is written in several parts. Default 13 MiB. */
  readonly largeBytes?: number;
}

/** Bytes that are all different from their neighbours, from a seed. */
export function someBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let x = seed * 2654435761 >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  return bytes;
}

/** All that a store lists. */
export async function listed(
  store: Store,
  prefix?: string,
  startAfter?: string,
): Promise<ObjectInfo[]> {
  return await Array.fromAsync(store.list(prefix, { startAfter }));
}

/** Declares the tests of a store, which `open` gives, empty. `null`: it is not there, and the tests are skipped. */
export function testStore(
  name: string,
  open: (() => Promise<Store>) | null,
  {
    keepsMetadata = true,
    replacesVersions = true,
    hasFolders = false,
    ordersByUnits = false,
    largeBytes = 13 * 2 ** 20,
  }: ContractOptions = {},
): void {
  const check = (title: string, run: (store: Store) => Promise<void>) =>
    test(`${name}: ${title}`, { skip: open === null }, async () => await run(await open!()));

  check("put, head, get, delete", async (store) => {
    const bytes = someBytes(1000);
    assert.equal(await store.head("a/b.bin"), undefined);
    const put = await store.put("a/b.bin", bytes, {
      metadata: { colour: "blue" },
      contentType: "text/plain",
    });
    assert.equal(put.size, 1000);
    assert.equal(put.key, "a/b.bin");
    const found = await store.head("a/b.bin");
    assert.equal(found?.size, 1000);
    assert.equal(found?.key, "a/b.bin");
    assert.equal(found?.version, put.version);
    assert.ok(Math.abs(Date.now() - found!.lastModified!.getTime()) < 120_000);
    if (keepsMetadata) assert.deepEqual({ ...found?.metadata }, { colour: "blue" });
    assert.deepEqual(await store.get("a/b.bin"), bytes);
    await store.delete("a/b.bin");
    assert.equal(await store.head("a/b.bin"), undefined);
    await store.delete("a/b.bin");
  });

  check("get reads ranges, and no further than the object goes", async (store) => {
    const bytes = someBytes(100);
    const { version } = await store.put("r", bytes);
    assert.deepEqual(await store.get("r", { start: 10, end: 20 }), bytes.subarray(10, 20));
    assert.deepEqual(await store.get("r", { start: 0, end: 1 }), bytes.subarray(0, 1));
    assert.deepEqual(await store.get("r", { start: 90 }), bytes.subarray(90));
    assert.deepEqual(await store.get("r", { start: 90, end: 500 }), bytes.subarray(90));
    assert.deepEqual(await store.get("r", { start: 100, end: 500 }), new Uint8Array(0));
    assert.deepEqual(await store.get("r", { start: 5, end: 5 }), new Uint8Array(0));
    assert.deepEqual(await store.get("r", { suffix: 7 }), bytes.subarray(93));
    assert.deepEqual(await store.get("r", { suffix: 700 }), bytes);
    assert.deepEqual(await store.get("r", { suffix: 0 }), new Uint8Array(0));
    assert.deepEqual(await store.get("r", { start: 1 }, { ifMatch: version }), bytes.subarray(1));
    await store.put("r", someBytes(90, 2));
    await assert.rejects(store.get("r", { start: 1 }, { ifMatch: version }), PreconditionError);
    await assert.rejects(store.get("r", { start: -1 }), RangeError);
    await assert.rejects(store.get("r", { start: 3, end: 2 }), RangeError);
  });

  check("what is not there is an ObjectNotFoundError", async (store) => {
    await assert.rejects(store.get("missing"), ObjectNotFoundError);
    await assert.rejects(store.get("missing", { suffix: 3 }), ObjectNotFoundError);
  });

  check("an object may be empty", async (store) => {
    await store.put("empty", new Uint8Array(0));
    assert.equal((await store.head("empty"))?.size, 0);
    assert.deepEqual(await store.get("empty"), new Uint8Array(0));
    assert.deepEqual(await store.get("empty", { suffix: 8 }), new Uint8Array(0));
    const sink = store.sink("empty too");
    await sink.close();
    assert.equal((await store.head("empty too"))?.size, 0);
  });

  check("put with ifAbsent succeeds once, however many try", async (store) => {
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => store.put("once", someBytes(50, i), { ifAbsent: true })),
    );
    const won = tries.flatMap(({ status }, i) => status === "fulfilled" ? [i] : []);
    assert.equal(won.length, 1);
    for (const one of tries) {
      if (one.status === "rejected") assert.ok(one.reason instanceof PreconditionError, one.reason);
    }
    assert.deepEqual(await store.get("once"), someBytes(50, won[0]));
  });

  check("put with ifMatch replaces the version that is named", async (store) => {
    if (!replacesVersions) {
      await assert.rejects(store.put("v", someBytes(1), { ifMatch: "x" }), TypeError);
      return;
    }
    const first = await store.put("v", someBytes(10, 1));
    const second = await store.put("v", someBytes(10, 2), { ifMatch: first.version });
    assert.notEqual(second.version, first.version);
    await assert.rejects(
      store.put("v", someBytes(10, 3), { ifMatch: first.version }),
      PreconditionError,
    );
    assert.deepEqual(await store.get("v"), someBytes(10, 2));
  });

  check("list gives keys in their order", async (store) => {
    const keys = [
      "a",
      "a-b",
      "a/b",
      "a/b/c",
      "a0",
      "b",
      "b/ü",
      "b/\u{ffe6}",
      "b/\u{1f600}",
      "c d+e%f&g",
    ];
    // Names of folders and of files cannot be the same in a file system.
    const own = !hasFolders ? [...keys] : keys.filter((key) => !["a", "a/b", "b"].includes(key));
    if (ordersByUnits) own.splice(own.indexOf("b/\u{ffe6}"), 1);
    for (const key of own.toReversed()) await store.put(key, someBytes(key.length));
    const names = (infos: readonly ObjectInfo[]) => infos.map(({ key }) => key);
    assert.deepEqual(names(await listed(store)), own);
    assert.deepEqual(own.toSorted(compareKeys), own);
    assert.deepEqual(names(await listed(store, "a/")), own.filter((key) => key.startsWith("a/")));
    assert.deepEqual(names(await listed(store, "b/\u{1f600}")), ["b/\u{1f600}"]);
    for (const after of [...own, "a/", "b", "bb", "zz"]) {
      const expected = own.filter((key) => compareKeys(key, after) > 0);
      assert.deepEqual(names(await listed(store, "", after)), expected, after);
    }
    assert.deepEqual(names(await listed(store, "nothing")), []);
    const [first] = await listed(store, own[0]);
    assert.equal(first?.size, own[0]!.length);
    assert.ok(first?.version !== "" && first?.lastModified instanceof Date);
    for (const key of own) assert.deepEqual(await store.get(key), someBytes(key.length), key);
  });

  check("sink writes a small object in one step", async (store) => {
    const sink = store.sink("small");
    await sink.write(someBytes(1000).slice(0, 400));
    assert.equal(await store.head("small"), undefined);
    await sink.write(someBytes(1000).slice(400));
    await sink.close();
    assert.deepEqual(await store.get("small"), someBytes(1000));
  });

  check("sink writes a large object in parts, which is there at the end", async (store) => {
    const bytes = someBytes(largeBytes);
    const sink = store.sink("folder/large", keepsMetadata ? { metadata: { a: "1" } } : {});
    for (let at = 0; at < bytes.length; at += 700_000) {
      await sink.write(bytes.slice(at, at + 700_000));
    }
    assert.equal(await store.head("folder/large"), undefined);
    await sink.close();
    const found = await store.head("folder/large");
    assert.equal(found?.size, bytes.length);
    if (keepsMetadata) assert.deepEqual({ ...found?.metadata }, { a: "1" });
    assert.ok(Buffer.compare(await store.get("folder/large"), bytes) === 0);
  });

  for (const size of [10, largeBytes]) {
    check(`sink of ${size} bytes with overwrite: false leaves what is there`, async (store) => {
      await store.put("taken", someBytes(3));
      const sink = store.sink("taken", { overwrite: false });
      const write = async () => {
        await sink.write(someBytes(size));
        await sink.close();
      };
      const error = await write().then(() => null, (error) => error);
      assert.ok(error !== null);
      const cause = error instanceof SinkError ? error.cause : error;
      assert.ok(cause instanceof PreconditionError, String(error));
      assert.equal(error.outcome, "failed");
      await sink.abort(error);
      assert.deepEqual(await store.get("taken"), someBytes(3));
      const free = store.sink("free", { overwrite: false });
      await free.write(someBytes(size));
      await free.close();
      assert.equal((await store.head("free"))?.size, size);
    });
  }

  check("sink that is aborted leaves nothing", async (store) => {
    const sink = store.sink("aborted");
    await sink.write(someBytes(largeBytes));
    await sink.abort(new Error("enough"));
    assert.equal(await store.head("aborted"), undefined);
    assert.deepEqual(await listed(store), []);
  });

  check("keys that cannot be are TypeErrors", async (store) => {
    for (const key of ["", "..", "a/../b", "./a", "a\0b", "\ud800", "x".repeat(1025)]) {
      await assert.rejects(async () => await store.put(key, someBytes(1)), TypeError, key);
      await assert.rejects(async () => await store.get(key), TypeError, key);
      assert.throws(() => store.sink(key), TypeError, key);
    }
  });

  check("a signal that has fired ends a request", async (store) => {
    const signal = AbortSignal.abort(new Error("no more"));
    await assert.rejects(store.get("x", undefined, { signal }), /no more/);
    await assert.rejects(store.put("x", someBytes(1), { signal }), /no more/);
    await assert.rejects(Array.fromAsync(store.list("", { signal })), /no more/);
  });
}
