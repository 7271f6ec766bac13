import assert from "node:assert/strict";
import { test } from "node:test";
import { bitmapOf, bitPatterns, LENGTHS, random, withKernels } from "./support.ts";

/** Every bit offset 0–17 with every length and pattern. */
function forEachBitmap(
  body: (bits: boolean[], bitOffset: number, bitmap: Uint8Array) => void,
): void {
  for (const n of LENGTHS) {
    for (const bits of bitPatterns(n)) {
      for (let bitOffset = 0; bitOffset <= 17; bitOffset++) {
        body(bits, bitOffset, bitmapOf(bits, bitOffset));
      }
    }
  }
}

test("countSetBits() counts", () => {
  withKernels((scope, kernels) => {
    forEachBitmap((bits, bitOffset, bitmap) => {
      const count = kernels.countSetBits(scope.put(bitmap), bitOffset, bits.length);
      assert.equal(count, bits.filter(Boolean).length);
      scope.release();
    });
  });
});

test("countSetBits() starts at any byte", () => {
  withKernels((scope, kernels) => {
    const bits = bitPatterns(1027)[4]!;
    for (let shift = 0; shift < 16; shift++) {
      const bitmap = new Uint8Array([...new Uint8Array(shift), ...bitmapOf(bits, 3)]);
      assert.equal(
        kernels.countSetBits(scope.put(bitmap) + shift, 3, bits.length),
        bits.filter(Boolean).length,
      );
    }
  });
});

test("expandBits() writes a byte a bit and counts", () => {
  withKernels((scope, kernels) => {
    forEachBitmap((bits, bitOffset, bitmap) => {
      const n = bits.length;
      const dst = scope.room(n);
      const [whenClear, whenSet] = bitOffset % 2 === 0 ? [0, 1] : [5, 3];
      const count = kernels.expandBits(scope.put(bitmap), bitOffset, n, dst, whenClear, whenSet);
      assert.equal(count, bits.filter(Boolean).length);
      assert.deepEqual(
        scope.bytes(dst, n + 1),
        Uint8Array.from([...bits.map((bit) => bit ? whenSet : whenClear), 0xcd]),
      );
      scope.release();
    });
  });
});

test("validityLevels() raises the live entries that are valid", () => {
  withKernels((scope, kernels) => {
    forEachBitmap((bits, bitOffset, bitmap) => {
      const n = bits.length;
      const next = random(n + bitOffset);
      const live = 2;
      const levels = Array.from({ length: n }, () => next() < 0.8 ? live : Math.floor(next() * 2));
      const liveCount = levels.filter((level) => level === live).length;
      // No slots: the live entries look at consecutive bits from `base` on.
      const base = Math.min(3, n - liveCount);
      const slots = Int32Array.from({ length: liveCount }, (_, k) => n - 1 - k);
      for (const given of [false, true]) {
        for (const out of ["none", "apart", "same"]) {
          if (out === "same" && !given) continue;
          const def = scope.put(Uint8Array.from(levels));
          const slotsAt = given ? scope.put(slots) : 0;
          const outSlots = out === "none"
            ? 0
            : out === "same"
            ? slotsAt
            : scope.room(liveCount * 4);
          const expected = [...levels];
          const valid: number[] = [];
          let k = 0;
          levels.forEach((level, i) => {
            if (level !== live) return;
            const slot = given ? slots[k]! : base + k;
            k++;
            if (!bits[slot]) return;
            expected[i] = live + 1;
            valid.push(slot);
          });
          const count = kernels.validityLevels(
            def,
            n,
            live,
            scope.put(bitmap),
            bitOffset,
            slotsAt,
            base,
            outSlots,
          );
          assert.equal(count, valid.length);
          assert.deepEqual(scope.bytes(def, n + 1), Uint8Array.from([...expected, 0xcd]));
          if (outSlots !== 0) assert.deepEqual(scope.i32(outSlots, count), valid);
        }
      }
      scope.release();
    });
  });
});

test("raiseLevels() raises the live entries", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      const levels = Uint8Array.from({ length: n }, (_, i) => (i * 7) % 4);
      const def = scope.put(levels);
      kernels.raiseLevels(def, n, 2);
      assert.deepEqual(
        scope.bytes(def, n + 1),
        Uint8Array.from([...levels.map((level) => level === 2 ? 3 : level), 0xcd]),
      );
    }
  });
});

interface ListCase {
  readonly rep: number[] | null;
  readonly def: number[] | null;
  readonly n: number;
  readonly live: number;
  readonly slots: number[] | null;
  readonly base: number;
  readonly validity: boolean[] | null;
  readonly offsets: number[] | null;
  readonly listSize: number;
  readonly repLevel: number;
}

function naiveListLevels(input: ListCase) {
  const { live, repLevel } = input;
  const itemLevel = live + (input.validity === null ? 1 : 2);
  const rep: number[] = [];
  const def: number[] = [];
  const children: number[] = [];
  let k = 0;
  for (let i = 0; i < input.n; i++) {
    const entryRep = input.rep?.[i] ?? 0;
    const entryDef = input.def?.[i] ?? live;
    if (entryDef !== live) {
      rep.push(entryRep);
      def.push(entryDef);
      continue;
    }
    const slot = input.slots === null ? input.base + k : input.slots[k]!;
    k++;
    if (input.validity !== null && !input.validity[slot]) {
      rep.push(entryRep);
      def.push(live);
      continue;
    }
    const from = input.offsets === null ? slot * input.listSize : input.offsets[slot]!;
    const to = input.offsets === null ? from + input.listSize : input.offsets[slot + 1]!;
    if (from === to) {
      rep.push(entryRep);
      def.push(itemLevel - 1);
    }
    for (let child = from; child < to; child++) {
      rep.push(child === from ? entryRep : repLevel);
      def.push(itemLevel);
      children.push(child);
    }
  }
  const unbroken = children.every((child, i) => child === children[0]! + i);
  return { rep, def, children, unbroken, itemLevel };
}

test("listLevels() expands a list layer as a naive shredder does", () => {
  withKernels((scope, kernels) => {
    const next = random(11);
    const pick = <T>(...choices: T[]): T => choices[Math.floor(next() * choices.length)]!;
    for (const n of [...LENGTHS, ...LENGTHS, ...LENGTHS]) {
      for (let round = 0; round < 12; round++) {
        const live = pick(0, 1, 3);
        const flat = next() < 0.3;
        const density = pick(1, 0.9, 0.2);
        const rep = flat ? null : Array.from({ length: n }, () => pick(0, 0, 1));
        const def = flat
          ? null
          : Array.from({ length: n }, () => live === 0 || next() < density ? live : live - 1);
        const liveCount = def === null ? n : def.filter((level) => level === live).length;
        const base = pick(0, 5);
        const slotCount = base + n + 3;
        const slots = next() < 0.5
          ? null
          : Array.from({ length: liveCount }, (_, k) => k + (k > n / 2 ? 2 : 0));
        const typical = pick(0, 1, 5, 40);
        const lengths = Array.from(
          { length: slotCount },
          () => typical === 40 ? (next() < 0.1 ? 70 : 0) : Math.floor(next() * 2 * typical + 0.5),
        );
        const offsets = next() < 0.2 ? null : [pick(0, 17)];
        if (offsets !== null) {
          for (const length of lengths) offsets.push(offsets.at(-1)! + length);
        }
        const nulls = pick(0, 0.5, 0.1);
        const validity = next() < 0.4
          ? null
          : Array.from({ length: slotCount }, () => next() >= nulls);
        const listSize = pick(0, 1, 3, 17);
        const input: ListCase = {
          rep,
          def,
          n,
          live,
          slots,
          base,
          validity,
          offsets,
          listSize,
          repLevel: 2,
        };
        const expected = naiveListLevels(input);
        const total = expected.rep.length;
        const bitOffset = Math.floor(next() * 18);
        const outRep = scope.room(n + expected.children.length);
        const outDef = scope.room(n + expected.children.length);
        const outSlots = scope.room(expected.children.length * 4);
        const result = scope.room(16);
        kernels.listLevels(
          rep === null ? 0 : scope.put(Uint8Array.from(rep)),
          def === null ? 0 : scope.put(Uint8Array.from(def)),
          n,
          live,
          slots === null ? 0 : scope.put(Int32Array.from(slots)),
          base,
          validity === null ? 0 : scope.put(bitmapOf(validity, bitOffset)),
          bitOffset,
          offsets === null ? 0 : scope.put(Int32Array.from(offsets)),
          listSize,
          2,
          expected.itemLevel,
          outRep,
          outDef,
          outSlots,
          result,
        );
        assert.deepEqual(scope.i32(result, 4), [
          total,
          expected.children.length,
          expected.unbroken ? 1 : 0,
          expected.children[0] ?? 0,
        ]);
        assert.deepEqual(scope.bytes(outRep, total), Uint8Array.from(expected.rep));
        assert.deepEqual(scope.bytes(outDef, total), Uint8Array.from(expected.def));
        const room = n + expected.children.length;
        for (const out of [outRep, outDef]) {
          assert.ok(scope.bytes(out + room, 16).every((byte) => byte === 0xcd), "written beyond");
        }
        if (!expected.unbroken) {
          assert.deepEqual(scope.i32(outSlots, expected.children.length), expected.children);
        }
        scope.release();
      }
    }
  });
});

test("takeRows() counts whole rows", () => {
  withKernels((scope, kernels) => {
    const next = random(5);
    const result = scope.room(12);
    for (const n of LENGTHS) {
      for (let round = 0; round < 40; round++) {
        const longRows = next() < 0.5 ? 0.1 : 0.6;
        const rep = next() < 0.5
          ? null
          : Array.from({ length: n }, (_, i) => i > 0 && next() < 1 - longRows ? 1 : 0);
        const valid = [0, 0.5, 0.95, 1][round % 4]!;
        const def = next() < 0.4 ? null : Array.from({ length: n }, () => next() < valid ? 2 : 1);
        const maxRows = Math.floor(next() * n * 1.2);
        const maxValues = Math.floor(next() * n * 1.2);
        let [entries, rows, values] = [0, 0, 0];
        for (; entries < n; entries++) {
          if (rep === null || rep[entries] === 0) {
            if (rows >= maxRows || values >= maxValues) break;
            rows++;
          }
          if (def === null || def[entries] === 2) values++;
        }
        kernels.takeRows(
          rep === null ? 0 : scope.put(Uint8Array.from(rep)),
          def === null ? 0 : scope.put(Uint8Array.from(def)),
          n,
          2,
          maxRows,
          maxValues,
          result,
        );
        assert.deepEqual(scope.i32(result, 3), [entries, rows, values]);
      }
    }
  });
});

test("takeRows() takes a row however long it is, and no limit where there is none", () => {
  withKernels((scope, kernels) => {
    const result = scope.room(12);
    const rep = Uint8Array.from({ length: 1000 }, (_, i) => i === 0 || i === 700 ? 0 : 1);
    kernels.takeRows(scope.put(rep), 0, 1000, 0, 1, 1, result);
    assert.deepEqual(scope.i32(result, 3), [700, 1, 700]);
    kernels.takeRows(scope.put(rep), 0, 1000, 0, 2 ** 31 - 1, 2 ** 31 - 1, result);
    assert.deepEqual(scope.i32(result, 3), [1000, 2, 1000]);
    kernels.takeRows(0, 0, 1000, 0, 2 ** 31 - 1, 10, result);
    assert.deepEqual(scope.i32(result, 3), [10, 10, 10]);
  });
});

test("histogram() adds to the counts", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const most of [1, 2, 3, 9, 256]) {
        const next = random(n + most);
        const levels = Uint8Array.from({ length: n }, () => next() * most);
        const counts = scope.put(new Uint32Array(256).fill(3));
        kernels.histogram(scope.put(levels), n, counts);
        const expected = new Array(256).fill(3);
        for (const level of levels) expected[level]++;
        assert.deepEqual(scope.u32(counts, 256), expected);
      }
      scope.release();
    }
  });
});
