import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchMemory } from "../../src/arrow/batch_memory.ts";

test("BatchMemory lends each buffer once, until it is released", () => {
  const first = new BatchMemory();
  const second = new BatchMemory();
  const lengths = [1, 4096, 4097, 100_000, 2 ** 20 + 1, 2 ** 25 + 1];
  const taken = lengths.map((length) => first.take(length));
  lengths.forEach((length, i) => assert.ok(taken[i]!.byteLength >= length));
  const others = lengths.map((length) => second.take(length));
  assert.equal(new Set([...taken, ...others]).size, 2 * lengths.length);
  first.release();
  // What is too large for others is not kept.
  const again = lengths.slice(0, -1).map((length) => second.take(length));
  assert.deepEqual(new Set(again), new Set(taken.slice(0, -1)));
  for (const other of others) assert.ok(!again.includes(other));
  second.release();
});
