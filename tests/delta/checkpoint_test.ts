/** Tables whose logs begin with a checkpoint: of one file, of parts, with sidecars, damaged, written by others. */

import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { schema, t, type WriterOptions } from "../../mod.ts";
import { type DataFile, DatasetWriter } from "../../src/dataset/mod.ts";
import {
  commitToDelta,
  type CommitToDeltaOptions,
  createDeltaTable,
  listUncommitted,
} from "../../src/delta/mod.ts";
import { tableState } from "../../src/delta/table_state.ts";
import { FileStore } from "../../src/store/file_store.ts";
import { inFolder } from "../support/folder.ts";
import { deltaRs, NO_DELTA_RS } from "./delta_rs.ts";
import {
  checkpointBytes,
  type CheckpointRow,
  forgetBefore,
  logName,
  putCheckpoint,
} from "./old_log.ts";

const OF = schema({ day: t.date32().nullable(), id: t.int64().nullable() });
const BY_DAY = { partitionBy: ["day"] };

async function written(folder: string, rows: readonly object[]): Promise<DataFile[]> {
  const writer = new DatasetWriter(folder, OF, { ...BY_DAY, options: { parallelism: 0 } });
  await writer.write(rows);
  return await writer.close();
}

/** What a state has, as plain values. */
async function shown(folder: string) {
  const { version, protocol, metaData, files, removed, txns, domains } = await tableState(
    new FileStore(folder),
  );
  const sorted = (map: ReadonlyMap<string, object>) =>
    [...map].sort(([a], [b]) => a < b ? -1 : 1).map(([key, { ...value }]) => [key, value]);
  return {
    version,
    protocol,
    metaData,
    files: sorted(files),
    removed: sorted(removed),
    txns: sorted(txns),
    domains: sorted(domains),
  };
}

test("the state that a checkpoint has is that of all the commits before", () =>
  inFolder(async (folder) => {
    const whole = join(folder, "whole"), cut = join(folder, "cut");
    await createDeltaTable(whole, OF, { ...BY_DAY, description: "d" });
    for (let i = 1; i <= 11; i++) {
      const files = await written(whole, [{ day: i % 3 === 0 ? null : "2026-01-01", id: i }]);
      await commitToDelta(whole, files, {
        txn: { appId: `app ${i % 2}`, version: i },
        mode: i === 6 ? { replaceWhere: { day: null } } : "append",
        checkpointInterval: 10,
      });
    }
    cpSync(whole, cut, { recursive: true });
    for (const name of readdirSync(join(whole, "_delta_log"))) {
      if (/checkpoint/.test(name)) rmSync(join(whole, "_delta_log", name));
    }
    forgetBefore(cut, 10);
    const before = await shown(cut);
    // Files of a checkpoint are no change of the table; what is null in one is absent in the other.
    const plain = (state: object) =>
      JSON.parse(
        JSON.stringify(state, (key, value) =>
          key === "dataChange" || value === null ? undefined : value),
      );
    assert.deepEqual(plain(before), plain(await shown(whole)));
    assert.equal(before.files.length + before.removed.length, 11);
    assert.equal(before.removed.length, 1);

    assert.deepEqual(await listUncommitted(cut), []);
    await assert.rejects(createDeltaTable(cut, OF), {
      name: "TableError",
      message: /there is already one/,
    });
    assert.deepEqual(await createDeltaTable(cut, OF, { ifNotExists: true }), { version: 11 });
    const files = await written(cut, [{ day: "2026-01-01", id: 12 }]);
    assert.deepEqual(await commitToDelta(cut, files, { txn: { appId: "app 1", version: 11 } }), {
      version: 11,
      committed: false,
    });
    const mode = { replaceWhere: { day: "2026-01-01" } };
    assert.deepEqual(await commitToDelta(cut, files, { mode }), { version: 12, committed: true });
    const after = await shown(cut);
    assert.deepEqual([before.files.length, after.files.length], [10, 3]);
    assert.deepEqual(await listUncommitted(cut), []);
  }));

test("a table that goes on in other hands while its log is cut is read again", () =>
  inFolder(async (folder) => {
    await createDeltaTable(folder, OF, BY_DAY);
    await commitToDelta(folder, await written(folder, [{ id: 0 }]));
    // Another process, with a memory of its own.
    const others = new FileStore(folder);
    Object.defineProperty(others, "url", { value: "file:///elsewhere" });
    for (let i = 1; i < 5; i++) {
      await commitToDelta(others, await written(folder, [{ id: i }]), { checkpointInterval: 4 });
    }
    forgetBefore(folder, 4);
    assert.deepEqual(await commitToDelta(folder, await written(folder, [{ id: 5 }])), {
      version: 6,
      committed: true,
    });
    assert.equal((await shown(folder)).files.length, 6);
    // Removed, and made anew in the same place.
    rmSync(folder, { recursive: true });
    await createDeltaTable(folder, OF, BY_DAY);
    assert.deepEqual((await shown(folder)).files, []);
  }));

const SCHEMA_STRING = JSON.stringify({
  type: "struct",
  fields: [
    { name: "day", type: "date", nullable: true, metadata: {} },
    { name: "id", type: "long", nullable: true, metadata: {} },
  ],
});
const V2 = {
  protocol: {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["v2Checkpoint"],
    writerFeatures: ["v2Checkpoint", "domainMetadata", "appendOnly", "invariants"],
  },
};
const V1 = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
const META = {
  metaData: {
    id: "an id",
    format: { provider: "parquet", options: {} },
    schemaString: SCHEMA_STRING,
    partitionColumns: ["day"],
    configuration: { "delta.appendOnly": "false" },
    createdTime: 1,
  },
};
const settings: CheckpointRow[] = [
  META,
  { txn: { appId: "a", version: 9 } },
  { domainMetadata: { domain: "d", configuration: "{}", removed: false } },
];
const adds: CheckpointRow[] = Array.from({ length: 5000 }, (_, i) => ({
  add: {
    path: `day=2026-01-0${1 + i % 3}/${i}.parquet`,
    partitionValues: { day: i % 5 === 0 ? null : `2026-01-0${1 + i % 3}` },
    size: 2 ** 33 + i,
    modificationTime: 1_700_000_000_000 + i,
    dataChange: false,
    stats: `{"numRecords":${i}}`,
    stats_parsed: { numRecords: i, minValues: { x: i / 2, d: "1.25" } },
    ...(i % 7 === 0 ? { tags: { "ZCUBE_ID": `${i}`, empty: null } } : {}),
  },
}));
const removes: CheckpointRow[] = [
  { remove: { path: "gone.parquet", deletionTimestamp: Date.now(), dataChange: false } },
];

async function holdsAll(folder: string): Promise<void> {
  const { version, metaData, files, removed, txns, domains } = await shown(folder);
  assert.deepEqual([version, files.length, removed.length], [20, 5000, 1]);
  assert.deepEqual(metaData, META.metaData);
  assert.deepEqual(txns, [["a", { appId: "a", version: 9 }]]);
  assert.deepEqual(domains, [["d", { domain: "d", configuration: "{}", removed: false }]]);
  const byPath = new Map(files as [string, Record<string, unknown>][]);
  for (const { add } of adds) {
    const { stats_parsed: _, ...kept } = add!;
    const { stats_parsed: __, ...found } = byPath.get(String(kept["path"]))!;
    assert.deepEqual(found, kept);
  }
  // Another checkpoint is as good as the one before, and commits go on from there.
  const added = await written(folder, [{ day: "2026-02-01", id: 1 }]);
  assert.equal((await commitToDelta(folder, added, { checkpointInterval: 1 })).version, 21);
  rmSync(join(folder, "_delta_log", logName(21, "json")));
  const again = await shown(folder);
  assert.deepEqual([again.version, again.files.length], [21, 5001]);
  assert.deepEqual(again.domains, domains);
}

const UUID = "80a083e8-7026-4e79-81be-64bd76c43a11";
const sidecar = (path: string): CheckpointRow => ({
  sidecar: { path, sizeInBytes: 1, modificationTime: 1 },
});
const checkpointMetadata = { checkpointMetadata: { version: 20, tags: {} } };
const rows = [...settings, ...adds, ...removes];
const third = (i: number) => rows.slice(i * 1700, (i + 1) * 1700);

const FORMS: [string, Readonly<Record<string, readonly CheckpointRow[]>>, WriterOptions][] = [
  ["of one file, snappy", { [logName(20, "checkpoint.parquet")]: [V1, ...rows] }, {
    compression: "snappy",
    maxRowGroupRowCount: 900,
  }],
  ["of one file, zstd and page v2", { [logName(20, "checkpoint.parquet")]: [V1, ...rows] }, {
    compression: "zstd",
    writerVersion: "2.0",
    encoding: "auto",
  }],
  ["of one file, gzip, without dictionaries", {
    [logName(20, "checkpoint.parquet")]: [V1, ...rows],
  }, { compression: "gzip", dictionaryEnabled: false, dataPageRowCountLimit: 500 }],
  [
    "of three parts, beside one whose last part is missing",
    {
      [logName(20, "checkpoint.0000000001.0000000003.parquet")]: [V1, ...third(0)],
      [logName(20, "checkpoint.0000000002.0000000003.parquet")]: third(1),
      [logName(20, "checkpoint.0000000003.0000000003.parquet")]: third(2),
      [logName(20, "checkpoint.0000000001.0000000002.parquet")]: [V1],
      [logName(21, "checkpoint.0000000001.0000000002.parquet")]: [V1],
    },
    {},
  ],
  ["of a text with sidecars", {
    [logName(20, `checkpoint.${UUID}.json`)]: [
      checkpointMetadata,
      V2,
      ...settings,
      sidecar("one.parquet"),
      sidecar("file:/anywhere/_delta_log/_sidecars/t%20wo.parquet"),
    ],
    "_sidecars/one.parquet": adds.slice(0, 2500),
    "_sidecars/t wo.parquet": [...adds.slice(2500), ...removes],
    "_sidecars/not.parquet": [{ add: { path: "no.parquet" } }],
  }, { compression: "snappy" }],
  ["of Parquet with sidecars", {
    [logName(20, `checkpoint.${UUID}.parquet`)]: [
      checkpointMetadata,
      V2,
      ...settings,
      sidecar("one.parquet"),
    ],
    "_sidecars/one.parquet": [...adds, ...removes],
  }, { compression: "lz4_raw" }],
  ["with the rows themselves, by the newer rules", {
    [logName(20, `checkpoint.${UUID}.parquet`)]: [checkpointMetadata, V2, ...rows],
  }, { compression: "uncompressed" }],
];

for (const [name, files, options] of FORMS) {
  test(`a checkpoint ${name}`, () =>
    inFolder(async (folder) => {
      await putCheckpoint(folder, files, options);
      await holdsAll(folder);
    }));
}

test("the last checkpoint is found whatever _last_checkpoint says", () =>
  inFolder(async (folder) => {
    const few = [V1, ...settings, ...adds.slice(0, 3)];
    await putCheckpoint(folder, {
      [logName(10, "checkpoint.parquet")]: [V1, ...settings],
      [logName(20, "checkpoint.parquet")]: few,
    });
    for (const hint of ['{"version":10,"size":1}', '{"version":30,"size":1}', "{", null]) {
      const path = join(folder, "_delta_log", "_last_checkpoint");
      if (hint === null) rmSync(path);
      else writeFileSync(path, hint);
      const { version, files } = await shown(folder);
      assert.deepEqual([version, files.length], [20, 3]);
    }
  }));

test("checkpoints that cannot be read are errors that say which", () =>
  inFolder(async (folder) => {
    const name = logName(20, "checkpoint.parquet");
    const path = join(folder, "_delta_log", name);
    const refused = async (message: RegExp) => {
      await assert.rejects(commitToDelta(folder, []), { name: "TableError", message });
    };
    await putCheckpoint(folder, { [name]: settings });
    await refused(/version 20 of .* has no protocol/);
    await putCheckpoint(folder, { [name]: [V1, ...rows] }, { compression: "snappy" });
    const bytes = readFileSync(path);
    for (const at of [200, 5000, bytes.length - 40]) {
      const damaged = new Uint8Array(bytes);
      damaged.fill(0xff, at, at + 20);
      writeFileSync(path, damaged);
      await refused(/Cannot read the checkpoint of version 20 .*00000020\.checkpoint\.parquet: /);
    }
    writeFileSync(path, bytes.subarray(0, 1000));
    await refused(/checkpoint\.parquet: /);
    // A size that no number holds.
    const huge = { add: { ...adds[0]!["add"], size: 2n ** 60n } };
    writeFileSync(path, await checkpointBytes([V1, META, huge]));
    await refused(/column "add\.size": 1152921504606846976 is beyond/);
    rmSync(path);
    await putCheckpoint(folder, {
      [logName(20, `checkpoint.${UUID}.json`)]: [V2, META, sidecar("none.parquet")],
    });
    await refused(/_sidecars\/none\.parquet: .*no such/);
    writeFileSync(join(folder, "_delta_log", logName(20, `checkpoint.${UUID}.json`)), "no json");
    await refused(/\.json: /);
    rmSync(join(folder, "_delta_log", logName(20, `checkpoint.${UUID}.json`)));
    // A commit after a checkpoint is missing.
    await putCheckpoint(folder, { [name]: [V1, META] });
    writeFileSync(join(folder, "_delta_log", logName(22, "json")), "{}\n");
    await refused(/commit 21 is missing/);
  }));

test(
  "delta-rs and we write in turns to a table whose log is cut",
  { skip: NO_DELTA_RS },
  () =>
    inFolder(async (folder) => {
      const of = schema({ day: t.utf8().nullable(), id: t.int64().nullable() });
      const commit = async (ids: readonly number[], options: CommitToDeltaOptions) => {
        const writer = new DatasetWriter(folder, of, { ...BY_DAY, options: { parallelism: 0 } });
        await writer.write(ids.map((id) => ({ day: dayOf(id), id })));
        return await commitToDelta(folder, await writer.close(), { schema: of, ...options });
      };
      const dayOf = (id: number) => id % 3 === 0 ? null : `2026-01-0${id % 3}`;
      deltaRs("create", folder, [1, 2, 3]);
      deltaRs("append", folder, [4, 5, 6]);
      forgetBefore(folder, deltaRs("cut", folder));
      await commit([7], { txn: { appId: "a", version: 1 } });
      await commit([9], { mode: { replaceWhere: { day: null } } });
      deltaRs("append", folder, [10, 11, 12]);
      const { version } = await commit([13, 14], { checkpointInterval: 1 });
      assert.equal(version, 5);
      forgetBefore(folder, version);
      const ids = [1, 2, 4, 5, 7, 9, 10, 11, 12, 13, 14];
      assert.deepEqual(deltaRs("rows", folder, ["id, day"]), {
        version,
        rows: ids.map((id) => [id, dayOf(id)]),
      });
      const { committed } = await commit([7], { txn: { appId: "a", version: 1 } });
      assert.equal(committed, false);
    }),
);

/** Made by `scripts/interop/delta_spark.py` and `delta_rs.py`: rows 1 to 3, then 4 and 5; of Spark's, row 2 was deleted. */
const OTHERS: Readonly<Record<string, [version: number, ids: readonly number[]]>> = {
  "spark_parts": [2, [1, 3, 4, 5]],
  "spark_v2": [2, [1, 3, 4, 5]],
  "delta_rs": [1, [1, 2, 3, 4, 5]],
};

for (const [name, [version, ids]] of Object.entries(OTHERS)) {
  test(`a checkpoint as others have it: ${name}`, () =>
    inFolder(async (folder) => {
      const fixture = new URL(`../fixtures/delta/${name}`, import.meta.url);
      cpSync(fixture, folder, { recursive: true });
      const state = await shown(folder);
      assert.equal(state.version, version);
      assert.deepEqual(state.metaData!.partitionColumns, ["day"]);
      const found = state.files.map(([path, add]) => {
        const { partitionValues, stats, size } = add as Record<string, unknown>;
        const { numRecords, minValues, maxValues } = JSON.parse(String(stats));
        assert.ok(String(path).endsWith(".parquet") && Number(size) > 400);
        assert.deepEqual([numRecords, minValues], [1, maxValues]);
        return [minValues.id, (partitionValues as Record<string, unknown>)["day"] ?? null];
      });
      const dayOf = (id: number) => id % 3 === 0 ? null : `2026-01-0${id % 3}`;
      assert.deepEqual(
        found.sort(([a], [b]) => Number(a) - Number(b)),
        ids.map((id) => [id, dayOf(id)]),
      );
      assert.equal(state.removed.length, name === "delta_rs" ? 0 : 1);
      const of = schema({ day: t.utf8().nullable(), id: t.int64().nullable() });
      const writer = new DatasetWriter(folder, of, { ...BY_DAY, options: { parallelism: 0 } });
      await writer.write([{ day: "2026-01-01", id: 6 }]);
      const mode = { replaceWhere: { day: "2026-01-01" } };
      const done = await commitToDelta(folder, await writer.close(), {
        mode,
        schema: of,
        checkpointInterval: 1,
      });
      assert.deepEqual(done, { version: version + 1, committed: true });
      const { files, removed } = await shown(folder);
      assert.deepEqual([files.length, removed.length], [
        ids.length - 1,
        state.removed.length + 2,
      ]);
    }));
}
