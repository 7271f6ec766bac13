import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { WriteGatherer } from "../../src/sink/write_gatherer.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import { NullSink } from "../../src/sink/null_sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { SinkGuard } from "../../src/sink/sink_guard.ts";
import { StreamSink } from "../../src/sink/stream_sink.ts";
import { toSink } from "../../src/store/to_sink.ts";
import { SinkError, SinkTimeoutError } from "../../src/util/errors.ts";

/** Bytes that say where they stand in the whole. */
function pattern(length: number, from = 0): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, i) => (from + i) * 31 >>> 3);
}

class Recorder implements Sink {
  readonly calls: string[] = [];
  readonly parts: Uint8Array[] = [];
  fail: Partial<Record<"write" | "close" | "abort", unknown>> = {};
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.parts.push(bytes);
    return this.#answer("write");
  }
  close(): Promise<void> {
    return this.#answer("close");
  }
  abort(): Promise<void> {
    return this.#answer("abort");
  }
  #answer(call: "write" | "close" | "abort"): Promise<void> {
    this.calls.push(call);
    if (!(call in this.fail)) return Promise.resolve();
    const outcome = this.fail[call];
    return outcome === "never" ? new Promise(() => {}) : Promise.reject(outcome);
  }
}

test("MemorySink() gives the whole file, once it is closed", () => {
  const sink = new MemorySink();
  sink.write(pattern(3));
  sink.write(pattern(5, 3));
  assert.throws(() => sink.bytes(), TypeError);
  sink.close();
  assert.deepEqual(sink.bytes(), pattern(8));
  assert.deepEqual(sink.bytes(), pattern(8));
  const aborted = new MemorySink();
  aborted.abort();
  assert.throws(() => aborted.bytes(), TypeError);
});

test("NullSink() counts", () => {
  const sink = new NullSink();
  sink.write(pattern(3));
  sink.write(pattern(4));
  assert.equal(sink.byteLength, 7);
});

test("WriteGatherer() keeps every byte in its place, in chunks of 1 MiB at most", async () => {
  const target = new Recorder();
  const sink = new WriteGatherer((bytes) => target.write(bytes), false);
  const lengths = [1, 70_000, 100, 600_000, 524_287, 524_288, 3, 900_000, 2_000_000, 65_536, 1];
  let total = 0;
  for (let round = 0; round < 4; round++) {
    for (const length of lengths) {
      await sink.write(pattern(length, total));
      total += length;
    }
    if (round === 1) await sink.flush();
  }
  await sink.flush();
  const whole = Buffer.concat(target.parts);
  assert.equal(Buffer.compare(whole, Buffer.from(pattern(total))), 0);
  for (const part of target.parts) {
    assert.ok(part.length <= 1024 * 1024 || lengths.includes(part.length), `${part.length}`);
    assert.ok(part.buffer instanceof ArrayBuffer);
  }
  assert.ok(target.calls.every((call) => call === "write"));
});

test("WriteGatherer() fills a chunk that was only borrowed again, once it is written", async () => {
  const buffers = new Set<ArrayBufferLike>();
  const written: Uint8Array[] = [];
  const write = (later: boolean) => (bytes: Uint8Array<ArrayBuffer>) => {
    buffers.add(bytes.buffer);
    if (!later) {
      written.push(bytes.slice());
      return undefined;
    }
    return new Promise<void>((resolve) =>
      setTimeout(() => {
        written.push(bytes.slice());
        resolve();
      }, 1)
    );
  };
  for (const later of [false, true]) {
    buffers.clear();
    written.length = 0;
    const sink = new WriteGatherer(write(later), true);
    for (let i = 0; i < 100; i++) await sink.write(pattern(65_536, i * 65_536));
    await sink.flush();
    assert.equal(Buffer.compare(Buffer.concat(written), Buffer.from(pattern(6_553_600))), 0);
    assert.equal(buffers.size, 1);
  }
});

test("WriteGatherer() turns many small writes into few", async () => {
  const target = new Recorder();
  const sink = new WriteGatherer((bytes) => target.write(bytes), false);
  for (let i = 0; i < 1000; i++) await sink.write(pattern(5000));
  await sink.flush();
  assert.ok(target.parts.length <= 6, `${target.parts.length} parts`);
});

test("StreamSink() waits for the stream, and hands over its end", async () => {
  const seen: number[] = [];
  let release = () => {};
  const stream = new WritableStream<Uint8Array>({
    write(bytes) {
      seen.push(bytes.length);
      return new Promise<void>((resolve) => release = resolve);
    },
  }, { highWaterMark: 1000 });
  const sink = new StreamSink(stream);
  assert.throws(() => new StreamSink(stream), TypeError);
  let taken = false;
  const pending = sink.write(pattern(5)).then(() => taken = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(seen, [5]);
  assert.equal(taken, false);
  release();
  await pending;
  await sink.close();
  assert.equal(stream.locked, false);
});

test("StreamSink() aborts the stream with the reason", async () => {
  let reason: unknown;
  const sink = new StreamSink(
    new WritableStream({
      abort(why) {
        reason = why;
      },
    }),
  );
  await sink.write(pattern(2));
  await sink.abort("enough");
  assert.equal(reason, "enough");
});

test("SinkGuard() gives errors their class and counts what was accepted", async () => {
  const target = new Recorder();
  const guard = new SinkGuard(target, null);
  await guard.write(pattern(10));
  target.fail = { write: new Error("disk full") };
  await assert.rejects(Promise.resolve(guard.write(pattern(5))), (error: unknown) => {
    assert.ok(error instanceof SinkError);
    assert.equal(error.bytesAccepted, 10);
    assert.equal(error.outcome, "failed");
    assert.equal((error.cause as Error).message, "disk full");
    return true;
  });
  target.fail = { close: new Error("rename") };
  await assert.rejects(Promise.resolve(guard.close()), { name: "SinkError", outcome: "unknown" });
});

test("SinkGuard() makes errors of what is thrown, too", () => {
  const guard = new SinkGuard({
    write() {
      throw new Error("thrown");
    },
    close() {},
    abort() {},
  }, null);
  assert.throws(() => guard.write(pattern(1)), SinkError);
});

test("SinkGuard() gives up a silent sink", async () => {
  const target = new Recorder();
  target.fail = { write: "never" };
  const guard = new SinkGuard(target, 20);
  await assert.rejects(Promise.resolve(guard.write(pattern(1))), SinkTimeoutError);
});

test("SinkGuard() makes one terminal call", async () => {
  const target = new Recorder();
  const guard = new SinkGuard(target, null);
  await guard.close();
  await guard.abort("late");
  assert.deepEqual(target.calls, ["close"]);
});

test("toSink() refuses what is no sink", () => {
  for (const wrong of [null, undefined, 7, {}, { write() {} }, ""]) {
    assert.throws(() => toSink(wrong as never), TypeError);
  }
  const sink = new NullSink();
  assert.equal(toSink(sink), sink);
  assert.ok(toSink(new WritableStream()) instanceof StreamSink);
});
