/** Writes in parallel, closes nothing by hand, and has to end by itself. First argument: "closed", "open" or "aborted". */

import process from "node:process";
import { encoderPool } from "../../src/executor/encoder_resources.ts";
import { createColumnWriter } from "../../src/pipeline/batch_writer.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { NullSink } from "../../src/sink/null_sink.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { batch, schema } from "../pipeline/support.ts";

const how = process.argv[2];
const options = resolveOptions({
  parallelism: 2,
  sinkTimeoutMs: 3_600_000,
  maxRowGroupRowCount: 50_000,
});
const end = () => new WriteEnd(new NullSink(), options);
const { core } = createColumnWriter(end, planWriter(schema, options));
for (let i = 0; i < 20; i++) await core.append(batch(i * 10_000, 10_000));
if (how === "closed") await core.close();
if (how === "aborted") await core.abort();
console.log(`workers ${encoderPool().workers.length}, ${core.state}`);
