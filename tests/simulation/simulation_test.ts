import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "./simulate.ts";

test("a seed gives the same events each time", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { trace } = await simulate(seed);
    assert.deepEqual((await simulate(seed)).trace, trace, `seed ${seed}`);
  }
});
