import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncodedColumnChunk } from "../../src/column/encoded_column_chunk.ts";
import { FINISH_CHUNK, OPEN_CHUNK, writeControlRecord } from "../../src/executor/control_record.ts";
import { type ChunkEncoder, EncoderHost } from "../../src/executor/encoder_host.ts";
import { serveEncoder } from "../../src/executor/encoder_worker.ts";
import type { WorkerRequest, WorkerResponse } from "../../src/executor/messages.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import { InvalidBatchError, WorkerError } from "../../src/util/errors.ts";

const kernels = createKernels("typescript");

/** Remembers the first byte after the header of each record; fails when that byte is 13 (known) or 14 (unknown). */
class FakeEncoder implements ChunkEncoder {
  static live = 0;
  readonly seen: number[] = [];
  constructor() {
    FakeEncoder.live++;
  }
  get memoryBytes(): number {
    return this.seen.length * 100;
  }
  begin(segment: number): void {
    const value = kernels.memory.u8[segment + 16]!;
    if (value === 13) throw new InvalidBatchError("a", 5, "bad luck");
    if (value === 14) throw new RangeError("trap");
    this.seen.push(value);
  }
  advance(): boolean {
    return false;
  }
  settle(): boolean {
    return false;
  }
  finish(): EncodedColumnChunk {
    this.dispose();
    return {
      column: 0,
      parts: [Uint8Array.from(this.seen)],
      byteLength: this.seen.length,
      metaData: {},
    } as unknown as EncodedColumnChunk;
  }
  dispose(): void {
    FakeEncoder.live--;
  }
}

const plans = [{
  arrowPath: "a",
  properties: { compression: "uncompressed" },
}] as unknown as ColumnPlan[];

type Record = ["open" | "finish" | number, number];

/** A slab of records: openings, ends, and segments of one byte, each with its chunk id. */
function slab(...records: Record[]): ArrayBuffer {
  const bytes = new Uint8Array(records.length * 32);
  const words = new Int32Array(bytes.buffer);
  records.forEach(([what, chunkId], i) => {
    if (what === "open") writeControlRecord(words, i * 32, OPEN_CHUNK, chunkId, 0, chunkId * 10);
    else if (what === "finish") writeControlRecord(words, i * 32, FINISH_CHUNK, chunkId, 0, 0);
    else {
      new Int32Array(bytes.buffer, i * 32, 3).set([32, chunkId, 1]);
      bytes[i * 32 + 16] = what;
    }
  });
  return bytes.buffer;
}

function newHost(): EncoderHost {
  FakeEncoder.live = 0;
  const host = new EncoderHost(kernels, () => new FakeEncoder());
  host.open(1, plans);
  return host;
}

test("EncoderHost() runs the records of several chunks, over several slabs", () => {
  const host = newHost();
  const first = slab(["open", 1], [7, 1], ["open", 2], [8, 2], [9, 1]);
  assert.deepEqual(host.run(1, first, first.byteLength), { memoryBytes: 300, chunks: [] });
  const second = slab([10, 2], ["finish", 1], ["open", 3]);
  const { memoryBytes, chunks } = host.run(1, second, second.byteLength);
  assert.equal(memoryBytes, 200);
  assert.equal(chunks.length, 1);
  assert.equal(chunks[0]!.rowGroup, 10);
  assert.equal(chunks[0]!.recordBytes, 64);
  assert.deepEqual([...chunks[0]!.chunk.parts[0]!], [7, 9]);
  host.close(1);
  assert.equal(FakeEncoder.live, 0);
});

test("EncoderHost() looks at no more than it was given", () => {
  const host = newHost();
  host.run(1, slab(["open", 1], [14, 1]), 32);
  host.close(1);
});

test("EncoderHost() passes known errors on and stays usable", () => {
  const host = newHost();
  const bad = slab(["open", 1], [13, 1]);
  assert.throws(() => host.run(1, bad, bad.byteLength), InvalidBatchError);
  assert.equal(host.broken, null);
  host.close(1);
  assert.equal(FakeEncoder.live, 0);
});

test("EncoderHost() is broken after an error that nobody foresaw", () => {
  const host = newHost();
  const bad = slab(["open", 4], [14, 4]);
  assert.throws(() => host.run(1, bad, bad.byteLength), (error: unknown) => {
    assert.ok(error instanceof WorkerError);
    assert.equal(error.rowGroup, 40);
    assert.equal(error.column, "a");
    return true;
  });
  assert.ok(host.broken instanceof WorkerError);
  host.open(2, plans);
  assert.throws(() => host.run(2, slab(["open", 1]), 32), WorkerError);
});

test("EncoderHost() gives back the window of a single huge row", () => {
  const host = newHost();
  const before = kernels.memory.allocatedBytes;
  const huge = new ArrayBuffer(4 * 1024 * 1024);
  new Uint8Array(huge).set(new Uint8Array(slab(["open", 1])));
  host.run(1, huge, 32);
  host.window(8 * 1024 * 1024);
  host.window(32);
  assert.ok(kernels.memory.allocatedBytes - before <= 1024 * 1024);
  host.close(1);
});

test("serveEncoder() answers in order, and gives slabs of failed writers back", () => {
  const answers: WorkerResponse[] = [];
  const serve = serveEncoder(
    { postMessage: (message) => answers.push(message) },
    () => new EncoderHost(kernels, () => new FakeEncoder()),
  );
  const send = (...requests: WorkerRequest[]) => requests.forEach(serve);
  let slabs = 0;
  const slabOf = (writer: number, buffer: ArrayBuffer): WorkerRequest => ({
    type: "slab",
    writer,
    slab: slabs++,
    buffer,
    byteLength: buffer.byteLength,
    blocks: [],
  });
  send(
    { type: "modules", modules: { kernels: null }, answered: null },
    { type: "open", writer: 1, plans, codecs: {} },
    { type: "open", writer: 2, plans, codecs: {} },
    slabOf(1, slab(["open", 1], [7, 1])),
    slabOf(2, slab(["open", 1], [13, 1])),
    slabOf(2, slab([7, 1])),
    slabOf(1, slab(["finish", 1])),
    { type: "close", writer: 2 },
    { type: "close", writer: 1 },
  );
  assert.deepEqual(answers.map(({ type, writer }) => `${type} ${writer}`), [
    "ready -1",
    "done 1",
    "failed 2",
    "done 2",
    "done 1",
  ]);
  assert.deepEqual(answers.map(({ slab }) => slab), [null, 0, 1, 2, 3]);
  assert.equal(answers[4]!.type === "done" && answers[4]!.chunks.length, 1);
  send({ type: "open", writer: 3, plans, codecs: {} }, slabOf(3, slab(["open", 1], [14, 1])));
  assert.equal(answers[5]!.type, "broken");
});
