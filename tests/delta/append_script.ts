/** A process that appends to a table: `append_script.ts TABLE APP COMMITS`. */

import process from "node:process";
import { schema, t } from "../../mod.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { commitToDelta } from "../../src/delta/mod.ts";

const [table, app, commits] = process.argv.slice(2) as [string, string, string];
const of = schema({ app: t.int32(), commit: t.int32() });
for (let commit = 0; commit < Number(commits); commit++) {
  const writer = new DatasetWriter(table, of, { options: { parallelism: 0 } });
  await writer.write([{ app: Number(app), commit }]);
  await commitToDelta(table, await writer.close(), { txn: { appId: app, version: commit } });
}
