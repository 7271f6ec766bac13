import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "./simulate.ts";

/** Seeds of the gate; `npm run simulate` runs more. */
const SEEDS = 300;

test("whatever happens when: the file of one thread, or the right error from the right call", async () => {
  const failed: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { problems } = await simulate(seed);
    if (problems.length === 0) continue;
    failed.push(`npm run simulate -- --seed ${seed}\n  ${problems.join("\n  ")}`);
  }
  assert.deepEqual(failed, []);
});

test("a seed gives the same events each time", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { trace } = await simulate(seed);
    assert.deepEqual((await simulate(seed)).trace, trace, `seed ${seed}`);
  }
});
