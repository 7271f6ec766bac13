import assert from "node:assert/strict";
import { test } from "node:test";
import { CostModel, placeColumns } from "../../src/executor/placement.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";

function plan(shape: "fixed" | "bytes", nodes = 0): ColumnPlan {
  return { leaf: { shape }, nodes: new Array(nodes).fill({}) } as unknown as ColumnPlan;
}

test("placeColumns() gives the dearest column to the lane that is free the soonest", () => {
  const loads = [5, 0];
  assert.deepEqual(placeColumns([1, 10, 3, 3], loads), [1, 1, 0, 0]);
  assert.deepEqual(loads, [11, 11]);
});

test("placeColumns() spreads equal columns evenly", () => {
  for (const lanes of [1, 2, 3, 7]) {
    const counts = new Array<number>(lanes).fill(0);
    for (const lane of placeColumns(new Array(21).fill(2), new Array(lanes).fill(0))) {
      counts[lane]!++;
    }
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  }
});

test("placeColumns() is never worse than 4/3 of the best", () => {
  // Graham's bound for longest processing time first.
  const costs = [7, 7, 6, 6, 5, 5, 4, 4, 4];
  const loads = [0, 0, 0, 0];
  placeColumns(costs, loads);
  assert.ok(Math.max(...loads) <= 12 * 4 / 3, `${loads}`);
});

test("a single column goes to the lane that has nothing to do", () => {
  assert.deepEqual(placeColumns([4], [3, 0]), [1]);
});

test("CostModel() guesses by type, then believes what was measured", () => {
  const model = new CostModel([plan("fixed"), plan("bytes"), plan("bytes", 1)]);
  const [fixed, bytes, nested] = [0, 1, 2].map((column) => model.milliseconds(column, 1000)) as [
    number,
    number,
    number,
  ];
  assert.ok(fixed < bytes && bytes < nested);
  model.learn(0, 1000, 5);
  assert.equal(model.milliseconds(0, 2000), 10);
  model.learn(0, 1000, 15);
  assert.equal(model.milliseconds(0, 2000), 20);
  model.learn(0, 0, 1);
  assert.equal(model.milliseconds(0, 2000), 20);
  assert.equal(model.milliseconds(1, 1000), bytes);
});
