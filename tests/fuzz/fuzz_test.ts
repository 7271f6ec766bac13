/** Fuzzing within a time box. `npm run fuzz` goes on for longer, with other seeds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { TARGETS } from "./targets.ts";

/** Milliseconds for each target, and cases at the least, whatever they take. */
const TIME_BOX = 10_000, LEAST = 50;

for (const target of TARGETS) {
  test(`fuzzed inputs of ${target.name} end as they must`, async () => {
    const inputOf = await target.prepare();
    const started = performance.now();
    let seed = 1;
    for (; seed <= LEAST || performance.now() - started < TIME_BOX; seed++) {
      await target.run(inputOf(seed)).catch((cause) => {
        throw new Error(
          `seed ${seed}: npm run fuzz -- --target ${target.name} --seed ${seed} --count 1`,
          { cause },
        );
      });
    }
    assert.ok(seed > LEAST);
  });
}

test("inputs are the same for the same seed, and most of them differ", async () => {
  for (const target of TARGETS) {
    const inputOf = await target.prepare();
    const inputs = new Set(Array.from({ length: 100 }, (_, seed) => inputOf(seed).join()));
    assert.ok(inputs.size > 90, `${inputs.size}`);
    assert.deepEqual(inputOf(42), inputOf(42));
  }
});
