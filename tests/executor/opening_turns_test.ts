/**
 * What comes before the first page leaves the event loop its turns too: schemas of very many columns, and the copy of a huge row. Time is
 * counted, not measured.
 */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type ArrowSource, MemorySink, toParquet, writeParquet } from "../../mod.ts";
import type { ColumnBatch } from "../../src/arrow/column_array.ts";
import { rawArray, RawRecordBatch } from "../../src/arrow/raw_array.ts";
import type { ArrowField, ArrowSchema } from "../../src/arrow/types.ts";
import {
  CONTROL_RECORD_BYTES,
  OPEN_CHUNK,
  writeControlRecord,
} from "../../src/executor/control_record.ts";
import { type ChunkEncoder, EncoderHost } from "../../src/executor/encoder_host.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { openColumnWriter } from "../../src/pipeline/batch_writer.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { TURN_MS, useClock } from "../../src/runtime/clock.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { AbortError, SchemaError } from "../../src/util/errors.ts";
import { resources, testPool } from "../pipeline/support.ts";
import { CountingClock } from "../support/counting_clock.ts";

afterEach(() => useClock(null));

const INT32 = { kind: "int", bitWidth: 32, signed: true } as const;

function field(name: string, type: ArrowField["type"] = INT32): ArrowField {
  return { name, type, nullable: false, metadata: new Map() };
}

function wideSchema(columns: number): ArrowSchema {
  return {
    fields: Array.from({ length: columns }, (_, i) => field(`c${i}`)),
    metadata: new Map(),
  };
}

/** Encodes nothing, and counts. */
class IdleEncoder implements ChunkEncoder {
  readonly memoryBytes = 0;
  begun = 0;
  begin(): void {
    this.begun++;
  }
  advance(): boolean {
    return false;
  }
  settle(): boolean {
    return false;
  }
  finish(): never {
    throw new Error("nothing to finish");
  }
  dispose(): void {}
}

test("the chunks of a wide table are opened in turns", () => {
  useClock(new CountingClock());
  const columns = 5 * TURN_MS;
  const { columns: plans } = planWriter(wideSchema(columns), resolveOptions({})).schema;
  let opened = 0;
  const host = new EncoderHost(createKernels("typescript"), () => {
    opened++;
    return new IdleEncoder();
  });
  host.open(1, plans);
  const slab = new ArrayBuffer(columns * CONTROL_RECORD_BYTES);
  for (let i = 0; i < columns; i++) {
    writeControlRecord(new Int32Array(slab), i * CONTROL_RECORD_BYTES, OPEN_CHUNK, i + 1, i, 0);
  }
  const run = host.begin(1, slab, slab.byteLength);
  assert.ok(host.advance(run), "all at once");
  // A millisecond each.
  assert.equal(opened, TURN_MS);
  let turns = 1;
  for (let more = true; more; turns++) {
    host.turns.restart();
    more = host.advance(run);
  }
  assert.equal(opened, columns);
  assert.ok(turns >= columns / TURN_MS, `${turns} turns`);
});

test("a huge row that took its time to be copied is encoded in the next turn", async () => {
  const data = new Uint8Array(8 * 1024 * 1024).fill(97);
  const row: ColumnBatch = {
    numRows: 1,
    byteLength: data.length,
    columns: [{
      shape: "bytes",
      length: 1,
      validity: null,
      offsets: Int32Array.of(0, data.length),
      data,
    }],
  };
  const encoder = new IdleEncoder();
  const host = new EncoderHost(createKernels(), () => encoder);
  const options = resolveOptions({});
  const plan = planWriter({ fields: [field("s", { kind: "utf8" })], metadata: new Map() }, options);
  const end = new WriteEnd(new MemorySink(), options);
  const writer = new WriterCore(end, plan, { ...resources(testPool(), 0), host: () => host });
  // Opening the chunk and copying the row take more than a turn together, either alone does not.
  useClock(new CountingClock(TURN_MS * 3 / 4));
  const appended = writer.append(row);
  assert.equal(encoder.begun, 0);
  await appended;
  assert.equal(encoder.begun, 1);
  await writer.abort();
});

test("a wide schema is planned in turns, and is the same file", async () => {
  const schema = wideSchema(1500);
  const values = (i: number) => rawArray({ length: 3, values: new Uint8Array(12).fill(i) });
  const batch = new RawRecordBatch(schema, 3, schema.fields.map((_, i) => values(i)));
  const source = [batch] as unknown as ArrowSource;
  const expected = await toParquet(source);
  const clock = new CountingClock(TURN_MS);
  useClock(clock);
  const options = resolveOptions({});
  const opened = openColumnWriter(new WriteEnd(new MemorySink(), options), schema, options);
  assert.ok(opened instanceof Promise);
  const writer = await opened;
  assert.equal(clock.turns, 1);
  await writer.core.abort();
  assert.deepEqual(await toParquet(source), expected);
});

test("a signal may end a call between its opening and its planning", async () => {
  const schema = {
    fields: [field("u", { kind: "union", mode: "sparse", typeIds: [], children: [] })],
    metadata: new Map(),
  } as ArrowSchema;
  const batch = new RawRecordBatch(schema, 0, [rawArray({ length: 0 })]);
  const source = [batch] as unknown as ArrowSource;
  await assert.rejects(toParquet(source), SchemaError);
  const controller = new AbortController();
  const clock = new CountingClock(TURN_MS);
  clock.onTurn = () => controller.abort(new Error("enough"));
  useClock(clock);
  const sink = new MemorySink();
  await assert.rejects(writeParquet(source, sink, { signal: controller.signal }), AbortError);
});
