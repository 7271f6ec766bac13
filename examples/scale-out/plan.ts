/**
 * Lists the inputs, makes the table if there is none, and queues the jobs: `node plan.ts INPUTS TABLE [--run NAME] [--wait]`.
 *
 * Queueing the same run again changes nothing: jobs have the run's name and their place in the list of inputs as id.
 *
 * @module
 */

import { type FlowJob, FlowProducer, QueueEvents } from "bullmq";
import process from "node:process";
import { parseArgs } from "node:util";
import { openStore } from "../../src/store/mod.ts";
import { listParts, type Part } from "./parts.ts";
import {
  COMMIT_QUEUE,
  connection,
  JOB_OPTIONS,
  type Run,
  WRITE_QUEUE,
  type WriteJob,
} from "./queue.ts";
import { schemaOf } from "./read_part.ts";
import { createDeltaTable } from "../../src/delta/mod.ts";

const { values, positionals: [inputs, table] } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    run: { type: "string", default: "run-1" },
    "part-bytes": { type: "string", default: String(256 * 1024 * 1024) },
    wait: { type: "boolean", default: false },
  },
});
if (inputs === undefined || table === undefined) {
  console.error("Usage: node plan.ts INPUTS TABLE [--run NAME] [--part-bytes N] [--wait]");
  process.exit(2);
}

const store = await openStore(inputs);
const partBytes = Number(values["part-bytes"]);
const run: Run = { id: values.run, inputs, table };
const parts: Part[] = [];
for await (const part of listParts(store, partBytes)) parts.push(part);
if (parts.length === 0) {
  console.error(`No CSV, NDJSON, JSON, Arrow or Parquet files in ${inputs}`);
  process.exit(2);
}
const rowSchema = await schemaOf(store, parts[0]!);
await createDeltaTable(table, rowSchema, { ifNotExists: true });

const flow = new FlowProducer({ connection: connection() });
const children: FlowJob[] = parts.map((part, i) => ({
  name: "write",
  queueName: WRITE_QUEUE,
  data: { ...run, part, schema: JSON.stringify(rowSchema) } satisfies WriteJob,
  opts: { ...JOB_OPTIONS, jobId: `${run.id}-${i}`, failParentOnFailure: true },
}));
const { job } = await flow.add({
  name: "commit",
  queueName: COMMIT_QUEUE,
  data: run,
  opts: { ...JOB_OPTIONS, jobId: run.id },
  children,
});
console.log(`${run.id}: ${parts.length} parts queued`);
if (values.wait) {
  const events = new QueueEvents(COMMIT_QUEUE, { connection: connection() });
  await events.waitUntilReady();
  console.log(`${run.id}: version ${await job.waitUntilFinished(events)}`);
  await events.close();
}
await flow.close();
process.exit(0);
