/** Promises are what has a callable `then`: of another realm, of a library, badly behaved. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import { toParquet, writeParquet } from "../../src/pipeline/write_parquet.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { SinkError } from "../../src/util/errors.ts";
import { numbers, schema } from "./arrow_batches.ts";
import { turns } from "./gated_sink.ts";

const fault = new Error("disk full");
const foreign = runInNewContext(
  `({
  resolve: (value) => Promise.resolve(value),
  reject: (error) => new Promise((_, reject) => setTimeout(reject, 1, error)),
})`,
  { setTimeout },
) as { resolve(value?: unknown): never; reject(error: unknown): never };

// deno-lint-ignore no-explicit-any
type Settle = (value?: any) => void;

/** Thenables that fail, in every way that there is. */
const FAILING: Record<string, () => unknown> = {
  "a promise of another realm": () => foreign.reject(fault),
  "a thenable whose then returns nothing": () => ({
    then: (_: Settle, reject: Settle) => void setTimeout(() => reject(fault), 1),
  }),
  "a thenable that rejects at once": () => ({ then: (_: Settle, reject: Settle) => reject(fault) }),
  "a thenable that settles twice": () => ({
    then(resolve: Settle, reject: Settle) {
      reject(fault);
      resolve();
    },
  }),
  "a thenable that throws": () => ({
    then() {
      throw fault;
    },
  }),
  "a getter that throws": () => ({
    get then(): unknown {
      throw fault;
    },
  }),
  "a function with a then": () =>
    Object.assign(() => {}, { then: (_: Settle, reject: Settle) => reject(fault) }),
  "an ordinary promise": () => Promise.reject(fault),
  "a throw": () => {
    throw fault;
  },
};

/** Thenables that succeed. */
const SUCCEEDING: Record<string, () => unknown> = {
  "a promise of another realm": () => foreign.resolve(),
  "a thenable whose then returns nothing": () => ({
    then: (resolve: Settle) => void setTimeout(resolve, 1),
  }),
  "a thenable that settles twice": () => ({
    then(resolve: Settle, reject: Settle) {
      resolve();
      reject(fault);
      throw fault;
    },
  }),
  "something that is no promise": () => ({ then: "no function" }),
};

for (const [what, answer] of Object.entries(FAILING)) {
  for (const call of ["write", "close"] as const) {
    test(`a ${call} that fails by ${what} fails the file`, async () => {
      for (const takesSmallWrites of [true, false]) {
        const calls: string[] = [];
        const made = (name: string) => {
          calls.push(name);
          return (name === call ? answer() : undefined) as undefined;
        };
        const sink: Sink = {
          takesSmallWrites,
          write: () => made("write"),
          close: () => made("close"),
          abort: () => made("abort"),
        };
        await assert.rejects(writeParquet(numbers(0, 10) as never, sink), (error: unknown) => {
          assert.ok(error instanceof SinkError);
          assert.equal(error.cause, fault);
          assert.equal(error.bytesAccepted > 0, call === "close");
          assert.equal(error.outcome, call === "close" ? "unknown" : "failed");
          return true;
        });
        await turns();
        assert.deepEqual(
          calls,
          call === "write" ? ["write", "abort"] : calls.slice(0, -1).concat("close"),
        );
      }
    });
  }

  test(`an abort that fails by ${what} is told by abort() alone`, async () => {
    const sink = { write() {}, close() {}, abort: () => answer() as undefined };
    const writer = new AsyncArrowWriter(sink, schema);
    await assert.rejects(writer.abort(), SinkError);
    await assert.rejects(writeParquet([7] as never, sink), TypeError);
  });

  test(`a source whose next fails by ${what} fails the file`, async () => {
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => answer() as Promise<never> }),
    };
    await assert.rejects(toParquet(source as never), fault);
  });

  if (what !== "a throw") {
    test(`onProgress that fails by ${what} fails the file`, async () => {
      const sink = new MemorySink();
      const failing = new AsyncArrowWriter(sink, schema, {
        onProgress: (() => answer()) as () => void,
      });
      await failing.write(numbers(0, 10)).catch(() => {});
      await turns();
      await assert.rejects(
        failing.close(),
        (error) => error === fault || (error as Error).cause === fault,
      );
    });
  }
}

for (const [what, answer] of Object.entries(SUCCEEDING)) {
  test(`a sink that answers with ${what} gets the whole file`, async () => {
    const memory = new MemorySink();
    const sink: Sink = {
      write: (bytes) => (memory.write(bytes), answer() as undefined),
      close: () => (memory.close(), answer() as undefined),
      abort: () => {},
    };
    await writeParquet([numbers(0, 10), numbers(10, 10)] as never, sink);
    assert.equal((await readParquetMetadata(memory.bytes())).numRows, 20);
  });
}

test("a source whose promises are of another realm is read to its end", async () => {
  const items = [numbers(0, 10), numbers(10, 10)];
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => foreign.resolve({ done: items.length === 0, value: items.shift() }),
    }),
  };
  assert.equal((await readParquetMetadata(await toParquet(source as never))).numRows, 20);
});
