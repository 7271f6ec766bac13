import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LIKELY,
  MAX,
  MIDDLE,
  MIN,
  RARE,
  ROW,
  STATE_BYTES,
} from "../../src/kernels/content_chunker_state.ts";
import { random, withKernels } from "./support.ts";

interface Entry {
  readonly rep: number;
  readonly def: number;
  readonly hash: number;
  readonly size: number;
}

const LIMITS = { min: 200, middle: 400, max: 700, rare: 2 ** 22, likely: 2 ** 24, row: 9.7 };
const MAX_DEF = 2;

/** Entries at which chunks begin, the naive way: with a hash made anew of the last 32 entries. */
function boundaries(entries: readonly Entry[], levelBytes: number): number[] {
  const steps = entries.map(({ rep, def, hash }) => {
    const levels = BigInt.asUintN(32, BigInt(rep * 256 + def) * 0x9e3779b1n);
    return def === MAX_DEF ? levels ^ BigInt(hash) : levels;
  });
  const cuts: number[] = [];
  let bytes = 0;
  let due = false;
  entries.forEach(({ rep, def, size }, i) => {
    if (due && rep === 0) {
      cuts.push(i);
      due = false;
      bytes = 0;
    }
    const window = steps.slice(Math.max(0, i - 31), i + 1).reverse();
    const hash = BigInt.asUintN(32, window.reduce((sum, step, k) => sum + (step << BigInt(k)), 0n));
    const entryBytes = Math.max(
      levelBytes + (def === MAX_DEF ? size : 0),
      rep === 0 ? LIMITS.row : 0,
    );
    bytes += entryBytes;
    const factor = bytes < LIMITS.middle ? LIMITS.rare : LIMITS.likely;
    if (bytes >= LIMITS.max) due = true;
    if (bytes >= LIMITS.min && Number(hash) < entryBytes * factor) due = true;
  });
  return cuts;
}

for (
  const [name, withRep, withDef, fixed] of [
    ["required values", false, false, true],
    ["nullable values", false, true, true],
    ["lists", true, true, true],
    ["byte arrays in lists", true, true, false],
  ] as const
) {
  test(`contentBoundary() cuts ${name} as the naive way does, however they come`, () => {
    const next = random(5);
    const entries = Array.from({ length: 6000 }, (): Entry => ({
      rep: withRep && next() < 0.6 ? 1 : 0,
      def: withDef && next() < 0.2 ? 1 : MAX_DEF,
      hash: Math.floor(next() * 2 ** 32),
      size: fixed ? 8 : Math.floor(next() * 30),
    }));
    const values = entries.filter(({ def }) => def === MAX_DEF);
    const expected = boundaries(entries, Number(withRep) + Number(withDef));
    assert.ok(expected.length > 10, "the limits make chunks");
    for (const step of [1, 7, 1000, Infinity]) {
      withKernels((scope, kernels) => {
        const put = (is: boolean, of: (entry: Entry) => number) =>
          is ? scope.put(Uint8Array.from(entries, of)) : 0;
        const rep = put(withRep, ({ rep }) => rep);
        const def = put(withDef, ({ def }) => def);
        const hashes = scope.put(Uint32Array.from(values, ({ hash }) => hash));
        const sizes = fixed ? 0 : scope.put(Uint32Array.from(values, ({ size }) => size));
        const state = scope.put(new Uint8Array(STATE_BYTES));
        const { f64 } = kernels.memory;
        f64[(state + MIN) / 8] = LIMITS.min;
        f64[(state + MIDDLE) / 8] = LIMITS.middle;
        f64[(state + MAX) / 8] = LIMITS.max;
        f64[(state + RARE) / 8] = LIMITS.rare;
        f64[(state + LIKELY) / 8] = LIMITS.likely;
        f64[(state + ROW) / 8] = LIMITS.row;
        const result = scope.room(12);
        const cuts: number[] = [];
        let value = 0;
        for (let at = 0; at < entries.length;) {
          kernels.contentBoundary(
            state,
            rep === 0 ? 0 : rep + at,
            def === 0 ? 0 : def + at,
            Math.min(step, entries.length - at),
            MAX_DEF,
            hashes + value * 4,
            sizes === 0 ? 0 : sizes + value * 4,
            8,
            result,
          );
          const [passed, passedValues, cut] = scope.u32(result, 3);
          at += passed!;
          value += passedValues!;
          if (cut === 1) cuts.push(at);
        }
        assert.deepEqual(cuts, expected, `${kernels.kind}, ${step} at a time`);
        assert.equal(value, values.length);
      });
    }
  });
}
