import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOffsets } from "../../src/arrow/offsets.ts";
import type { Scope } from "../../src/arrow/scope.ts";
import { InvalidBatchError } from "../../src/util/errors.ts";

const scope: Scope = { path: "c", isLive: () => true, row: (slot) => slot };

/** What numbers say: the first slot that does not ascend from 0 to `limit`, or −1. */
function firstWrong(offsets: readonly bigint[], limit: number): number {
  return offsets.slice(1).findIndex((end, slot) =>
    offsets[slot]! < 0n || end < offsets[slot]! || end > BigInt(limit)
  );
}

test("checkOffsets() takes 64-bit offsets by their values, on either side of 2^31 and 2^32", () => {
  const edges = [0n, 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n];
  const bases = [...edges, -1n, -(2n ** 31n), -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n];
  let refused = 0;
  for (const limit of [10, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    for (const a of bases) {
      for (const b of bases) {
        for (const lengths of [1, 2, 3, 4, 5, 9]) {
          // All at `a`, but one of them, at every place.
          for (let place = 0; place <= lengths; place++) {
            const values = Array.from({ length: lengths + 1 }, (_, i) => i === place ? b : a);
            const wrong = firstWrong(values, limit);
            const check = () => checkOffsets(BigInt64Array.from(values), 0, lengths, limit, scope);
            if (wrong < 0) check();
            else {
              refused++;
              assert.throws(
                check,
                (error) => error instanceof InvalidBatchError && error.row === wrong,
                `${values} up to ${limit}`,
              );
            }
          }
        }
      }
    }
  }
  assert.ok(refused > 1000);
});
