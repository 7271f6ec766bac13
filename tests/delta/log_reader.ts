/** A small strict reader of Delta's log, by the protocol's text, that shares nothing with `src/delta/`. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A table at its newest version. */
export interface Table {
  readonly version: number;
  readonly protocol: Record<string, unknown>;
  readonly metaData: Record<string, unknown>;
  /** Active files by their path in the folder. */
  readonly files: ReadonlyMap<string, Record<string, unknown>>;
  readonly commitInfos: readonly Record<string, unknown>[];
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  protocol: ["minReaderVersion", "minWriterVersion"],
  metaData: ["id", "format", "schemaString", "partitionColumns", "configuration"],
  add: ["path", "partitionValues", "size", "modificationTime", "dataChange"],
  remove: ["path", "dataChange"],
  txn: ["appId", "version"],
  commitInfo: ["timestamp", "operation"],
};

/** Reads a table, and asserts everything that the protocol asks for and that can be seen. */
export function readTable(folder: string): Table {
  const log = join(folder, "_delta_log");
  const names = readdirSync(log).filter((name) => /^\d{20}\.json$/.test(name)).sort();
  const files = new Map<string, Record<string, unknown>>();
  const commitInfos: Record<string, unknown>[] = [];
  let protocol: Record<string, unknown> | undefined, metaData: Record<string, unknown> | undefined;
  names.forEach((name, version) => {
    assert.equal(name, `${String(version).padStart(20, "0")}.json`, "versions have no gap");
    const text = readFileSync(join(log, name), "utf8");
    assert.ok(text.endsWith("\n"));
    const paths = new Set<string>();
    for (const line of text.trimEnd().split("\n")) {
      const entries = Object.entries(JSON.parse(line) as Record<string, Record<string, unknown>>);
      assert.equal(entries.length, 1, "an action a line");
      const [[kind, action]] = entries as [[string, Record<string, unknown>]];
      assert.ok(kind in MEMBERS, kind);
      for (const member of MEMBERS[kind]!) assert.ok(member in action, `${kind}.${member}`);
      switch (kind) {
        case "commitInfo":
          commitInfos.push(action);
          break;
        case "protocol":
          protocol = action;
          break;
        case "metaData":
          metaData = action;
          break;
        case "add": {
          const path = decodeURIComponent(String(action["path"]));
          assert.ok(!files.has(path) && !paths.has(path), "a file is added once");
          paths.add(path);
          files.set(path, action);
          break;
        }
        case "remove": {
          const path = decodeURIComponent(String(action["path"]));
          assert.ok(files.delete(path), "what is removed was there");
        }
      }
    }
    if (version === 0) assert.ok(protocol !== undefined && metaData !== undefined);
  });
  const partitionColumns = metaData!["partitionColumns"] as string[];
  for (const [path, add] of files) {
    assert.ok(existsSync(join(folder, path)), path);
    assert.equal(statSync(join(folder, path)).size, add["size"]);
    const values = add["partitionValues"] as Record<string, unknown>;
    assert.deepEqual(Object.keys(values).sort(), [...partitionColumns].sort());
    for (const value of Object.values(values)) {
      assert.ok(value === null || typeof value === "string");
    }
    const stats = JSON.parse(String(add["stats"])) as Record<string, unknown>;
    assert.ok(Number.isInteger(stats["numRecords"]));
  }
  return {
    version: names.length - 1,
    protocol: protocol!,
    metaData: metaData!,
    files,
    commitInfos,
  };
}
