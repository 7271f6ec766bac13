import assert from "node:assert/strict";
import { test } from "node:test";
import { copyBytes } from "../../src/runtime/bytes.ts";

test("copyBytes() copies to and from any memory, or throws", () => {
  const source = Uint8Array.from({ length: 100 }, (_, i) => i);
  const shared = new Uint8Array(new SharedArrayBuffer(100));
  copyBytes(shared, 3, source, 10, 90);
  assert.deepEqual([...shared.subarray(0, 5), ...shared.subarray(80)], [
    ...[0, 0, 0, 10, 11],
    ...source.subarray(87, 90),
    ...new Uint8Array(17),
  ]);
  const target = new Uint8Array(100);
  copyBytes(target, 0, shared, 3, 83);
  assert.deepEqual(target.subarray(0, 80), source.subarray(10, 90));
  copyBytes(target, 100, source, 0, 0);
  // Where nulls have no bytes.
  copyBytes(target, 0, source, 98, 130);
  copyBytes(target, 0, source, 120, 130);
  copyBytes(target, 0, new Uint8Array(0), 36, 36);
  assert.deepEqual([...target.subarray(0, 3)], [98, 99, 12]);
  // Nothing is cut short without a word.
  assert.throws(() => copyBytes(target, 50, source, 0, 60), RangeError);
});
