import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { giveBack, SourceGuard } from "../../src/arrow/source_guard.ts";

const never = (): Promise<never> => new Promise(() => {});
const failure = new Error("the write ended");

/** An async iterable that notes when it is given back. */
function noting(
  next: () => unknown,
  giveBack: () => unknown = () => ({ done: true, value: undefined }),
): AsyncIterable<number> & { returns: number } {
  const source = {
    returns: 0,
    [Symbol.asyncIterator]: () => ({
      next,
      return: () => {
        source.returns++;
        return giveBack();
      },
    }),
  };
  return source as never;
}

test("end() rejects a pending read with the error and gives the iterator back at once", async () => {
  const guard = new SourceGuard();
  const source = noting(never);
  const items = guard.iterateAsync(source);
  const pending = items.next();
  guard.end(failure, "reason");
  assert.equal(source.returns, 1);
  await assert.rejects(pending, failure);
  await assert.rejects(items.next(), failure);
  await items.return!();
  guard.end(new Error("another"), "again");
  assert.equal(source.returns, 1);
});

test("end() cancels a stream with the reason while a read is pending", async () => {
  const guard = new SourceGuard();
  let reason: unknown;
  const stream = new ReadableStream<number>({ cancel: (why) => void (reason = why) });
  const pending = guard.iterateAsync(stream).next();
  guard.end(failure, "enough");
  await assert.rejects(pending, failure);
  assert.equal(reason, "enough");
  assert.equal(stream.locked, false);
});

test("a source that is opened after the end is given back, and never asked", async () => {
  const guard = new SourceGuard();
  guard.end(failure, "enough");
  let asked = 0;
  const source = noting(() => ({ done: false, value: asked++ }));
  await assert.rejects(guard.iterateAsync(source).next(), failure);
  let reason: unknown;
  const stream = new ReadableStream<number>({ cancel: (why) => void (reason = why) });
  await assert.rejects(guard.iterateAsync(stream).next(), failure);
  function* numbers(): Generator<number> {
    yield asked++;
  }
  const generator = numbers();
  assert.throws(() => guard.iterate(generator).next(), failure);
  assert.equal(generator.next().done, true);
  assert.deepEqual([asked, source.returns, reason], [0, 1, "enough"]);
});

test("a Node stream is destroyed, also before its first chunk and while one is pending", async () => {
  for (const begun of [false, true]) {
    const guard = new SourceGuard();
    const stream = new Readable({ read() {} });
    const items = guard.iterateAsync(stream as AsyncIterable<unknown>);
    const pending = begun ? items.next() : null;
    guard.end(failure, "enough");
    await pending?.catch(() => {});
    assert.equal(stream.destroyed, true);
  }
});

test("a source that hangs, throws or rejects when it is given back changes nothing", async () => {
  const answers = [never, () => Promise.reject(new Error("late")), () => {
    throw new Error("at once");
  }];
  for (const answer of answers) {
    const guard = new SourceGuard();
    const source = noting(never, answer);
    const pending = guard.iterateAsync(source).next();
    guard.end(failure, null);
    await assert.rejects(pending, failure);
    const early = noting(never, answer);
    assert.deepEqual(await new SourceGuard().iterateAsync(early).return!(), {
      done: true,
      value: undefined,
    });
    assert.deepEqual([source.returns, early.returns], [1, 1]);
  }
});

test("a source that ended or failed by itself is not given back", async () => {
  for (
    const next of [() => ({ done: true, value: undefined }), () => Promise.reject(failure), () => {
      throw failure;
    }]
  ) {
    const guard = new SourceGuard();
    const source = noting(next);
    const items = guard.iterateAsync(source);
    await items.next().catch((error) => assert.equal(error, failure));
    await items.return!();
    guard.end(new Error("late"), null);
    assert.equal(source.returns, 0);
    assert.equal((await items.next()).done, true);
  }
});

test("a generator that ends its own write is given back when it has answered", () => {
  const guard = new SourceGuard();
  let tidied = 0;
  function* numbers(): Generator<number> {
    try {
      guard.end(failure, null);
      yield 1;
    } finally {
      tidied++;
    }
  }
  const items = guard.iterate(numbers());
  assert.throws(() => items.next(), failure);
  assert.equal(tidied, 1);
});

test("an iterator that answers nonsense is an error that says so", async () => {
  const guard = new SourceGuard();
  for (const answer of [undefined, null, 7]) {
    await assert.rejects(guard.iterateAsync(noting(() => answer)).next(), {
      name: "TypeError",
      message: `Cannot read a source: its iterator returned ${answer}`,
    });
  }
});

test("giveBack() cancels streams, bodies and what promises give, and returns iterators", async () => {
  const reasons: unknown[] = [];
  const stream = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({ cancel: (why) => void reasons.push(why) });
  const noted = noting(never);
  const sources = [
    stream(),
    new Response(stream()),
    Promise.resolve(stream()),
    Promise.reject(failure),
    noted,
    Promise.resolve(noted),
    null,
    "path",
    7,
    {},
    [],
    new Uint8Array(3),
  ];
  for (const source of sources) giveBack(source, "enough");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(reasons, ["enough", "enough", "enough"]);
  assert.equal(noted.returns, 2);
});
