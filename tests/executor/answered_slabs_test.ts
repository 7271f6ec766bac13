import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsweredSlabs } from "../../src/executor/answered_slabs.ts";

test("AnsweredSlabs shows another thread what was answered, in whatever order", () => {
  const seen = new AnsweredSlabs();
  const worker = new AnsweredSlabs(seen.places);
  assert.equal(seen.has(0), false);
  for (const ordinal of [1, 0, 3, 64 + 5]) worker.add(ordinal);
  assert.deepEqual([0, 1, 2, 3, 4].map((ordinal) => seen.has(ordinal)), [
    true,
    true,
    false,
    true,
    false,
  ]);
  assert.equal(seen.has(64 + 5), true);
  assert.equal(seen.has(2 * 64 + 5), false);
  // A late answer to an old one does not take a newer one back.
  worker.add(5);
  assert.equal(seen.has(64 + 5), true);
});

test("AnsweredSlabs knows nothing without shared memory", () => {
  const nobody = new AnsweredSlabs(null);
  nobody.add(0);
  assert.equal(nobody.has(0), false);
});
