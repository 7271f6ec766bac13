/** What a dataset and a table do on every store, whatever is behind it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readParquetMetadata, schema, t } from "../../mod.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { commitToDelta, createDeltaTable, listUncommitted } from "../../src/delta/mod.ts";
import { tableState } from "../../src/delta/table_state.ts";
import type { Store } from "../../src/store/store.ts";

const OF = schema({ day: t.utf8().nullable(), id: t.int32() });
const BY_DAY = { partitionBy: ["day"] };
const DAYS = ["2026/01/01 ü%", null, "a=b"];

async function written(store: Store, ids: readonly number[]) {
  const writer = new DatasetWriter(store, OF, { ...BY_DAY, options: { parallelism: 0 } });
  await writer.write(ids.map((id) => ({ day: DAYS[id % DAYS.length], id })));
  return await writer.close();
}

/** Declares the tests of a store, which `open` gives, empty. `null`: it is not there, and the tests are skipped. */
export function testTable(name: string, open: (() => Promise<Store>) | null): void {
  const skip = open === null;

  test(
    `${name}: a dataset is there when it is closed, each file as a whole`,
    { skip },
    async () => {
      const store = await open!();
      const writer = new DatasetWriter(store, OF, { ...BY_DAY, options: { parallelism: 0 } });
      await writer.write(DAYS.map((day, id) => ({ day, id })));
      assert.deepEqual(await Array.fromAsync(store.list()), []);
      const files = await writer.close();
      const found = await Array.fromAsync(store.list());
      assert.deepEqual(
        found.map(({ key, size }) => [key, size]).sort(),
        files.map(({ path, size }) => [path, size]).sort(),
      );
      for (const { path, rows } of files) {
        assert.equal((await readParquetMetadata(await store.get(path))).numRows, rows);
      }
      const aborted = new DatasetWriter(store, OF, { ...BY_DAY, options: { parallelism: 0 } });
      await aborted.write([{ day: null, id: 1 }]);
      await aborted.abort(new Error("enough"));
      assert.equal((await Array.fromAsync(store.list())).length, files.length);
    },
  );

  test(
    `${name}: a table is given files by several at once, and read from a checkpoint`,
    { skip },
    async () => {
      const store = await open!();
      await createDeltaTable(store, OF, BY_DAY);
      await assert.rejects(createDeltaTable(store, OF, BY_DAY), { name: "TableError" });
      const files = await Promise.all([[0, 1, 2], [3, 4], [5]].map((ids) => written(store, ids)));
      const txn = { appId: "a", version: 1 };
      const commits = await Promise.all(
        files.map((some, i) => commitToDelta(store, some, i === 0 ? { txn } : {})),
      );
      assert.deepEqual(commits.map(({ version }) => version).sort(), [1, 2, 3]);
      assert.equal((await commitToDelta(store, files[0]!, { txn })).committed, false);
      await commitToDelta(store, await written(store, [6, 9]), {
        mode: { replaceWhere: { day: DAYS[0]! } },
        checkpointInterval: 1,
      });
      const before = await tableState(store);
      assert.deepEqual([before.version, before.files.size, before.removed.size], [4, 5, 2]);
      const log = await Array.fromAsync(store.list("_delta_log/"));
      for (const { key } of log) {
        if (/[0-3]\.json$/.test(key)) await store.delete(key);
      }
      await commitToDelta(store, await written(store, [7]));
      const after = await tableState(store);
      assert.deepEqual([after.version, after.files.size, after.removed.size], [5, 6, 2]);
      for (const [path, { size }] of after.files) {
        assert.equal((await store.head(decodeURIComponent(path)))?.size, size, path);
      }
      const [lost] = await written(store, [8]);
      assert.deepEqual((await listUncommitted(store)).map(({ path }) => path), [lost!.path]);
    },
  );
}
