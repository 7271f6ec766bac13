import assert from "node:assert/strict";
import { test } from "node:test";
import { CostMemory, CostModel, placeColumns } from "../../src/executor/placement.ts";
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

test("balance() learns from who waited how much the caller's thread has to do", () => {
  const model = new CostModel([plan("fixed")]);
  const before = model.callerMilliseconds(1e6);
  model.balance(1e6, 3, 1);
  assert.ok(Math.abs(model.callerMilliseconds(1e6) - (before + 1)) < 1e-9, "half of 3 - 1");
  model.balance(0, 5, 0);
  model.balance(2e6, 0, 4);
  assert.ok(
    Math.abs(model.callerMilliseconds(1e6) - before) < 1e-9,
    "half of 4, for twice the bytes",
  );
  model.balance(1e6, 0, 1000);
  assert.equal(model.callerMilliseconds(1e6), 0);
});

test("balance() leads to lanes that end together", () => {
  // The caller's thread needs 4 ms besides encoding, and a worker 20 % more than measured; there are twenty columns of 1 ms.
  const columns = 20, bytes = 1e7;
  const model = new CostModel(new Array(columns).fill(plan("fixed")));
  let caller = 0, worker = 0;
  for (let rowGroup = 0; rowGroup < 30; rowGroup++) {
    const loads = [model.callerMilliseconds(bytes), 0];
    const lanes = placeColumns(new Array(columns).fill(1), loads);
    const onCaller = lanes.filter((lane) => lane === 0).length;
    caller = 4 + onCaller;
    worker = (columns - onCaller) * 1.2;
    model.balance(bytes, Math.max(0, caller - worker), Math.max(0, worker - caller));
  }
  assert.ok(Math.abs(caller - worker) <= 2.2, `${caller} ms against ${worker} ms`);
});

test("CostMemory() has one model for each plan", () => {
  const memory = new CostMemory();
  const plans = [plan("fixed")];
  memory.of(plans).learn(0, 1000, 5);
  assert.equal(memory.of(plans).milliseconds(0, 1000), 5);
  assert.notEqual(memory.of([plan("fixed")]).milliseconds(0, 1000), 5);
});
