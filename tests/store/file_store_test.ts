/** A folder as a store. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { FileStore } from "../../src/store/file_store.ts";
import { openStore, openStoreOf } from "../../src/store/open_store.ts";
import { listed, someBytes, testStore } from "./contract.ts";

const root = await mkdtemp(join(tmpdir(), "parquet-ext-store-"));
after(() => rm(root, { recursive: true }));
let stores = 0;
const newFolder = () => join(root, `store ${++stores}`);

testStore("FileStore", () => Promise.resolve(new FileStore(newFolder())), {
  keepsMetadata: false,
  replacesVersions: false,
  hasFolders: true,
});

test("FileStore: url names the folder, and no folder is made before there is an object", async () => {
  const folder = newFolder();
  const store = new FileStore(`${folder}/`);
  assert.equal(store.url, pathToFileURL(folder).href);
  assert.deepEqual(await listed(store), []);
  await assert.rejects(readdir(folder), { code: "ENOENT" });
});

test("FileStore: temporary files of writers are not objects", async () => {
  const folder = newFolder();
  const store = new FileStore(folder);
  const sink = store.sink("x/y");
  await sink.write(someBytes(10));
  assert.equal((await readdir(join(folder, "x"))).length, 1);
  assert.deepEqual(await listed(store), []);
  await sink.abort(null);
  assert.deepEqual(await readdir(join(folder, "x")), []);
});

test("openStore takes paths, file: URLs and stores", async () => {
  const folder = newFolder();
  const store = await openStore(folder);
  await store.put("k", someBytes(3));
  assert.deepEqual(await (await openStore(pathToFileURL(folder))).get("k"), someBytes(3));
  assert.deepEqual(await (await openStore(pathToFileURL(folder).href)).get("k"), someBytes(3));
  assert.equal(await openStore(store), store);
  const { store: parent, key } = await openStoreOf(join(folder, "k"));
  assert.equal(key, "k");
  assert.deepEqual(await parent.get(key), someBytes(3));
  await assert.rejects(openStore("gopher://x/y"), TypeError);
  await assert.rejects(openStore("s3:///y"), TypeError);
  await assert.rejects(openStoreOf("s3://bucket/folder/"), TypeError);
});

test("FileStore: a folder has no empty names", async () => {
  const store = new FileStore(newFolder());
  for (const key of ["/a", "a//b", "a\\b"]) await assert.rejects(store.get(key), TypeError, key);
});
