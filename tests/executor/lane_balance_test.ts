import assert from "node:assert/strict";
import { test } from "node:test";
import { LaneBalance } from "../../src/executor/lane_balance.ts";
import type { CostModel } from "../../src/executor/placement.ts";
import { ManualClock } from "../pipeline/manual_clock.ts";

/** A balance, and what it learns: name, bytes and milliseconds. */
function setUp() {
  const learned: [what: string, ...values: number[]][] = [];
  const cost = (what: string) => ({
    learn: (bytes: number, milliseconds: number) => void learned.push([what, bytes, milliseconds]),
  });
  const costs = {
    checking: cost("checking"),
    handing: cost("handing"),
    filling: cost("filling"),
    learnWorker: (factor: number) => void learned.push(["worker", factor]),
  };
  const caller = { encoded: 0 };
  const balance = new LaneBalance(costs as never as CostModel, () => caller.encoded);
  return { balance, learned, caller };
}

test("LaneBalance learns what the caller's thread does besides encoding, over spans that are long enough", () => {
  using clock = new ManualClock();
  const { balance, learned, caller } = setUp();
  balance.begin();
  clock.pass(1);
  balance.handing();
  clock.pass(2);
  balance.filling();
  clock.pass(1);
  balance.written(100, 50);
  balance.settle(false);
  assert.deepEqual(learned, []);
  clock.pass(3);
  balance.handing();
  balance.filling();
  clock.pass(13);
  caller.encoded += 10;
  balance.written(0, 50);
  balance.settle(false);
  assert.deepEqual(learned.splice(0), [
    ["checking", 200, 4],
    ["handing", 100, 2],
    ["filling", 100, 4],
  ]);
  // What was learned once is not learned again.
  balance.handing();
  clock.pass(9);
  balance.written(30, 0);
  balance.settle(false);
  assert.deepEqual(learned, [["checking", 30, 0], ["handing", 30, 9], ["filling", 0, 0]]);
});

test("LaneBalance leaves out what the caller's thread waits, and encodes meanwhile", () => {
  using clock = new ManualClock();
  const { balance, learned, caller } = setUp();
  balance.callerWaits(false);
  clock.pass(100);
  balance.begin();
  clock.pass(5);
  balance.callerWaits(true);
  clock.pass(30);
  caller.encoded += 20;
  balance.callerWaits(false);
  balance.callerWaits(false);
  // The next batch is made.
  clock.pass(5);
  balance.begin();
  balance.complete();
  clock.pass(30);
  balance.callerWaits(false);
  clock.pass(30);
  balance.settle(true);
  assert.deepEqual(learned[0], ["checking", 0, 10]);
});

test("LaneBalance learns from workers when nothing is unfinished", () => {
  const { balance, learned } = setUp();
  balance.settle(true);
  balance.worked(3, 0);
  balance.settle(false);
  balance.worked(12, 10);
  assert.deepEqual(learned, []);
  balance.settle(true);
  assert.deepEqual(learned, [["worker", 1.5]]);
});
