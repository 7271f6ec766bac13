import { bitAt, bitsAt } from "./bits";

export function countSetBits(bitmap: usize, bitOffset: u32, n: u32): u32 {
  let count: u64 = 0;
  let bit = bitOffset;
  const end = bitOffset + n;
  if (n >= 64) {
    // To a byte's beginning, so that the words need no shifting.
    const head = (8 - (bit & 7)) & 7;
    count = popcnt<u64>(bitsAt(bitmap, bit) & ((<u64>1 << head) - 1));
    bit += head;
    let at = bitmap + (bit >> 3);
    for (; bit + 64 <= end; bit += 64) {
      count += popcnt<u64>(load<u64>(at));
      at += 8;
    }
  }
  const rest = end - bit;
  if (rest > 0) count += popcnt<u64>(bitsAt(bitmap, bit) & (<u64>-1 >> (64 - rest)));
  return <u32>count;
}

export function expandBits(
  bitmap: usize,
  bitOffset: u32,
  n: u32,
  dst: usize,
  whenClear: u32,
  whenSet: u32,
): u32 {
  const clear = i8x16.splat(<i8>whenClear);
  const difference = i8x16.splat(<i8>(whenClear ^ whenSet));
  const spread = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const single = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  let set: u32 = 0;
  let i: u32 = 0;
  for (; i + 16 <= n; i += 16) {
    const bit = bitOffset + i;
    const bits = (load<u32>(bitmap + (bit >> 3)) >> (bit & 7)) & 0xffff;
    set += popcnt<u32>(bits);
    const bytes = i8x16.swizzle(i32x4.splat(bits), spread);
    const mask = i8x16.eq(v128.and(bytes, single), single);
    v128.store(dst + i, v128.xor(clear, v128.and(mask, difference)));
  }
  for (; i < n; i++) {
    const bit = bitAt(bitmap, bitOffset + i);
    set += bit;
    store<u8>(dst + i, whenClear ^ (-bit & (whenClear ^ whenSet)));
  }
  return set;
}

/** For each mask of eight bits, eight bytes: how many bits are set below each position. Made at the first call. */
const RANKS = memory.data(2048, 16);
let ranked = false;

function makeRanks(): void {
  for (let mask: u32 = 0; mask < 256; mask++) {
    for (let position: u32 = 0; position < 8; position++) {
      store<u8>(RANKS + (mask << 3) + position, popcnt<u32>(mask & ((1 << position) - 1)));
    }
  }
  ranked = true;
}

export function validityLevels(
  def: usize,
  n: u32,
  live: u32,
  validity: usize,
  bitOffset: u32,
  slots: usize,
  base: u32,
  outSlots: usize,
): u32 {
  const end = def + n;
  let valid: u32 = 0;
  let out = outSlots;
  if (slots != 0) {
    let at = slots;
    for (; def < end; def++) {
      if (<u32>load<u8>(def) != live) continue;
      const slot = load<u32>(at);
      at += 4;
      const bit = bitAt(validity, bitOffset + slot);
      store<u8>(def, live + bit);
      valid += bit;
      if (outSlots != 0) {
        store<u32>(out, slot);
        out += bit << 2;
      }
    }
    return valid;
  }
  if (!ranked) makeRanks();
  const lives = i8x16.splat(<i8>live);
  const spread = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const single = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  let bit = bitOffset + base;
  while (def < end) {
    if (def + 16 <= end) {
      const levels = v128.load(def);
      const isLive = i8x16.eq(levels, lives);
      if (i8x16.all_true(isLive)) {
        // Sixteen live entries look at sixteen consecutive bits.
        let bits = (load<u32>(validity + (bit >> 3)) >> (bit & 7)) & 0xffff;
        const mask = i8x16.eq(
          v128.and(i8x16.swizzle(i32x4.splat(bits), spread), single),
          single,
        );
        v128.store(def, i8x16.sub(levels, mask));
        valid += popcnt<u32>(bits);
        if (outSlots != 0) {
          for (; bits != 0; bits &= bits - 1) {
            store<u32>(out, bit - bitOffset + ctz<u32>(bits));
            out += 4;
          }
        }
        bit += 16;
        def += 16;
        continue;
      }
      // The k-th live entry looks at the k-th of the next bits: as bytes, these are moved to where the entries are.
      const lives16 = <u32>i8x16.bitmask(isLive);
      const lowCount = popcnt<u32>(lives16 & 255);
      const count = lowCount + popcnt<u32>(lives16 >> 8);
      const bits = (load<u32>(validity + (bit >> 3)) >> (bit & 7)) & 0xffff;
      const bytes = i8x16.eq(
        v128.and(i8x16.swizzle(i32x4.splat(bits), spread), single),
        single,
      );
      const ranks = i8x16.add(
        v128.load64_lane(
          RANKS + ((lives16 >> 8) << 3),
          v128.load64_zero(RANKS + ((lives16 & 255) << 3)),
          1,
        ),
        i64x2.replace_lane(i64x2.splat(0), 1, <u64>lowCount * 0x0101010101010101),
      );
      const raise = v128.and(i8x16.swizzle(bytes, ranks), isLive);
      v128.store(def, i8x16.sub(levels, raise));
      let validBits = bits & ((1 << count) - 1);
      valid += popcnt<u32>(validBits);
      if (outSlots != 0) {
        for (; validBits != 0; validBits &= validBits - 1) {
          store<u32>(out, bit - bitOffset + ctz<u32>(validBits));
          out += 4;
        }
      }
      bit += count;
      def += 16;
      continue;
    }
    for (const stop = min<usize>(def + 16, end); def < stop; def++) {
      const level = <u32>load<u8>(def);
      const isLive = <u32>(level == live);
      const raise = isLive & bitAt(validity, bit);
      store<u8>(def, level + raise);
      if (outSlots != 0 && isLive) {
        store<u32>(out, bit - bitOffset);
        out += raise << 2;
      }
      bit += isLive;
      valid += raise;
    }
  }
  return valid;
}

export function raiseLevels(def: usize, n: u32, live: u32): void {
  const lives = i8x16.splat(<i8>live);
  const end = def + n;
  for (; def + 16 <= end; def += 16) {
    const levels = v128.load(def);
    v128.store(def, i8x16.sub(levels, i8x16.eq(levels, lives)));
  }
  for (; def < end; def++) {
    const level = <u32>load<u8>(def);
    store<u8>(def, level + <u32>(level == live));
  }
}

export function takeRows(
  rep: usize,
  def: usize,
  n: i32,
  maxDef: u32,
  maxRows: i32,
  maxValues: i32,
  result: usize,
): void {
  let entries: i32 = 0;
  let rows: i32 = 0;
  let values: i32 = 0;
  if (!rep && !def) {
    entries = max<i32>(0, min<i32>(n, min<i32>(maxRows, maxValues)));
    rows = entries;
    values = entries;
  } else {
    const most = i8x16.splat(<i8>maxDef);
    if (!rep) n = min<i32>(n, maxRows);
    // By sixteen, while no limit is met within them.
    while (entries + 16 <= n) {
      const blockRows: i32 = rep
        ? popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(rep + entries), i8x16.splat(0))))
        : 16;
      const blockValues: i32 = def
        ? popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(def + entries), most)))
        : 16;
      if (blockRows > maxRows - rows || blockValues >= maxValues - values) break;
      rows += blockRows;
      values += blockValues;
      entries += 16;
    }
    for (; entries < n; entries++) {
      if (!rep || load<u8>(rep + entries) == 0) {
        if (rows >= maxRows || values >= maxValues) break;
        rows++;
      }
      values += def ? <i32>(<u32>load<u8>(def + entries) == maxDef) : 1;
    }
  }
  store<i32>(result, entries);
  store<i32>(result, rows, 4);
  store<i32>(result, values, 8);
}

/** Bytes that are counted before a count of bytes may overflow. */
const COUNTED: usize = 255 * 16;

// @ts-ignore: decorator
@inline
function addCounts(at: usize, counts: v128): u32 {
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts));
  const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  if (sum != 0) store<u32>(at, load<u32>(at) + sum);
  return sum;
}

export function histogram(levels: usize, n: u32, counts: usize): void {
  const end = levels + n;
  while (levels + 16 <= end) {
    const stop = levels + (min<usize>(end - levels, COUNTED) & ~15);
    let left = <u32>(stop - levels);
    // Four levels at a time, until all are counted: mostly there are no others.
    for (let level: u32 = 0; left > 0; level += 4) {
      const first = i8x16.splat(<i8>level);
      const second = i8x16.splat(<i8>(level + 1));
      const third = i8x16.splat(<i8>(level + 2));
      const fourth = i8x16.splat(<i8>(level + 3));
      let firsts = i8x16.splat(0);
      let seconds = firsts;
      let thirds = firsts;
      let fourths = firsts;
      for (let at = levels; at < stop; at += 16) {
        const block = v128.load(at);
        firsts = i8x16.sub(firsts, i8x16.eq(block, first));
        seconds = i8x16.sub(seconds, i8x16.eq(block, second));
        thirds = i8x16.sub(thirds, i8x16.eq(block, third));
        fourths = i8x16.sub(fourths, i8x16.eq(block, fourth));
      }
      const to = counts + (<usize>level << 2);
      left -= addCounts(to, firsts) + addCounts(to + 4, seconds) + addCounts(to + 8, thirds) +
        addCounts(to + 12, fourths);
    }
    levels = stop;
  }
  for (; levels < end; levels++) {
    const at = counts + (<usize>load<u8>(levels) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}
