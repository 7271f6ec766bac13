import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../src/util/queue.ts";

test("Queue() gives items in the order in which they came", () => {
  const queue = new Queue<number>();
  const expected: number[] = [];
  for (let i = 0; i < 5000; i++) {
    queue.push(i);
    expected.push(i);
    if (i % 3 === 2) assert.equal(queue.shift(), expected.shift());
    if (i % 500 === 0) {
      assert.equal(queue.first, expected[0]);
      assert.equal(queue.last, expected.at(-1));
      assert.equal(queue.at(1), expected[1]);
      assert.equal(queue.length, expected.length);
      assert.deepEqual([...queue], expected);
    }
  }
  while (expected.length > 0) assert.equal(queue.shift(), expected.shift());
  assert.equal(queue.shift(), undefined);
  assert.equal(queue.first, undefined);
  assert.equal(queue.last, undefined);
});

test("Queue() moves no more items than were taken, however long it is", () => {
  const queue = new Queue<number>();
  const items = 1_000_000;
  for (let i = 0; i < items; i++) queue.push(i);
  for (let i = 0; i < items; i++) queue.shift();
  assert.ok(queue.moved <= items, `${queue.moved} items were moved`);
});
