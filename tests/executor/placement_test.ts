import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteCost, CostMemory, CostModel, placeColumns } from "../../src/executor/placement.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";

function plan(shape: "fixed" | "bytes", nodes = 0): ColumnPlan {
  return { leaf: { shape }, nodes: new Array(nodes).fill({}) } as unknown as ColumnPlan;
}

/** Columns that cost the same everywhere. */
function alike(...costs: number[]) {
  return costs.map((cost) => ({ own: cost, worker: cost, handing: 0 }));
}

test("placeColumns() gives the dearest column to the lane that is free the soonest", () => {
  const loads = [5, 0];
  assert.deepEqual(placeColumns(alike(1, 10, 3, 3), loads, false), [1, 1, 0, 0]);
  assert.deepEqual(loads, [11, 11]);
});

test("placeColumns() spreads equal columns evenly", () => {
  for (const lanes of [1, 2, 3, 7]) {
    const counts = new Array<number>(lanes).fill(0);
    const costs = alike(...new Array<number>(21).fill(2));
    for (const lane of placeColumns(costs, new Array(lanes).fill(0), true)) {
      counts[lane]!++;
    }
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  }
});

test("placeColumns() is never worse than 4/3 of the best", () => {
  // Graham's bound for longest processing time first.
  const loads = [0, 0, 0, 0];
  placeColumns(alike(7, 7, 6, 6, 5, 5, 4, 4, 4), loads, false);
  assert.ok(Math.max(...loads) <= 12 * 4 / 3, `${loads}`);
});

test("a single column goes to the lane that has nothing to do", () => {
  assert.deepEqual(placeColumns(alike(4), [3, 0], true), [1]);
});

test("placeColumns() counts what handing over costs the caller's thread, and what a worker takes longer", () => {
  const costs = new Array(8).fill({ own: 2, worker: 3, handing: 1 });
  const loads = [0, 0];
  const lanes = placeColumns(costs, loads, true);
  const handed = lanes.filter((lane) => lane === 1).length;
  assert.deepEqual(loads, [2 * (8 - handed) + handed, 3 * handed]);
  assert.equal(handed, 4);
  // Handing over takes it as long as to encode: then it does.
  const dear = new Array(4).fill({ own: 2, worker: 2, handing: 2 });
  assert.ok(placeColumns(dear, [0, 100], true).every((lane) => lane === 0));
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

test("CostModel() bounds how much longer than encoding workers are busy", () => {
  const model = new CostModel([plan("fixed")]);
  for (let i = 0; i < 50; i++) model.learnWorker(1.5);
  assert.ok(Math.abs(model.workerFactor - 1.5) < 1e-6);
  for (let i = 0; i < 50; i++) model.learnWorker(0.2);
  assert.ok(Math.abs(model.workerFactor - 1) < 1e-6);
  for (let i = 0; i < 50; i++) model.learnWorker(100);
  assert.ok(Math.abs(model.workerFactor - 3) < 1e-6);
});

test("ByteCost believes the last measurement half", () => {
  const cost = new ByteCost(2);
  assert.equal(cost.of(10), 20);
  cost.learn(10, 40);
  assert.equal(cost.of(10), 30);
  cost.learn(0, 40);
  cost.learn(10, -5);
  assert.equal(cost.of(10), 15);
});

test("CostMemory() has one model for each plan", () => {
  const memory = new CostMemory();
  const plans = [plan("fixed")];
  memory.of(plans).learn(0, 1000, 5);
  assert.equal(memory.of(plans).milliseconds(0, 1000), 5);
  assert.notEqual(memory.of([plan("fixed")]).milliseconds(0, 1000), 5);
});
