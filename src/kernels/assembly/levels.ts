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

export function listLevels(
  rep: usize,
  def: usize,
  n: u32,
  live: u32,
  slots: usize,
  base: u32,
  validity: usize,
  bitOffset: u32,
  offsets: usize,
  listSize: u32,
  repLevel: u32,
  itemLevel: u32,
  outRep: usize,
  outDef: usize,
  outSlots: usize,
  result: usize,
): void {
  const reps = i8x16.splat(<i8>repLevel);
  const items = i8x16.splat(<i8>itemLevel);
  const empty = itemLevel - 1;
  let toRep = outRep;
  let toDef = outDef;
  let nextSlot = base;
  let slotAt = slots;
  let out = outSlots;
  let children: u32 = 0;
  let first: u32 = 0;
  let expected: u32 = 0;
  let unbroken = true;
  for (let entry: u32 = 0; entry < n; entry++) {
    const entryRep: u32 = rep ? <u32>load<u8>(rep + entry) : 0;
    const entryDef: u32 = def ? <u32>load<u8>(def + entry) : live;
    const isLive = <u32>(entryDef == live);
    let slot = nextSlot;
    if (slots) {
      // Read even where no entry is live any more; its value is not used then, and is kept from leading astray.
      slot = load<u32>(slotAt) & -isLive;
      slotAt += isLive << 2;
    }
    nextSlot += isLive;
    let from: u32;
    let length: u32;
    if (offsets) {
      const at = offsets + (<usize>slot << 2);
      from = load<u32>(at);
      length = load<u32>(at, 4) - from;
    } else {
      from = slot * listSize;
      length = listSize;
    }
    let level = empty;
    length &= -isLive;
    if (validity) {
      const bit = bitAt(validity, bitOffset + slot);
      length &= -bit;
      level = select<u32>(empty, live, bit);
    }
    // Without a branch from here to the stores: which lists are empty is not predictable.
    level = select<u32>(itemLevel, level, length);
    level = select<u32>(level, entryDef, isLive);
    if (<i32>(length != 0) & <i32>(from != expected || !unbroken)) {
      if (children == 0) {
        first = from;
      } else {
        if (unbroken) {
          unbroken = false;
          for (let child: u32 = 0; child < children; child++) {
            store<u32>(out, first + child);
            out += 4;
          }
        }
        for (let child: u32 = 0; child < length; child++) {
          store<u32>(out, from + child);
          out += 4;
        }
      }
    }
    expected = select<u32>(from + length, expected, length);
    children += length;
    const written = max<u32>(length, 1);
    if (n - entry > 16) {
      // Each entry to come writes at least one level, so that 16 may be written here.
      v128.store(toRep, reps);
      v128.store(toDef, items);
      for (let item: u32 = 16; item < written; item += 16) {
        v128.store(toRep + item, reps);
        v128.store(toDef + item, items);
      }
    } else {
      memory.fill(toRep, <u8>repLevel, written);
      memory.fill(toDef, <u8>itemLevel, written);
    }
    store<u8>(toRep, entryRep);
    store<u8>(toDef, level);
    toRep += written;
    toDef += written;
  }
  store<u32>(result, <u32>(toRep - outRep));
  store<u32>(result, children, 4);
  store<u32>(result, <u32>unbroken, 8);
  store<u32>(result, first, 12);
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

export function histogram(levels: usize, n: u32, counts: usize): void {
  const end = levels + n;
  while (levels + 16 <= end) {
    const block = v128.load(levels);
    let rest: u32 = 0xffff;
    // One round a distinct level: there are few.
    do {
      const level = <usize>load<u8>(levels + ctz<u32>(rest));
      const same = <u32>i8x16.bitmask(i8x16.eq(block, i8x16.splat(<i8>level)));
      const at = counts + (level << 2);
      store<u32>(at, load<u32>(at) + popcnt<u32>(same));
      rest &= ~same;
    } while (rest != 0);
    levels += 16;
  }
  for (; levels < end; levels++) {
    const at = counts + (<usize>load<u8>(levels) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}
