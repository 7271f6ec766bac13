import { loadBytes } from "./bits";
import { compareBytes, rankOf } from "./statistics";

/** Ids looked at before it is asked whether both were found. */
const BLOCK: usize = 64 * 4;

export function containsIds(ids: usize, n: u32, first: u32, second: u32): u32 {
  const end = ids + (<usize>n << 2);
  const firsts = i32x4.splat(first);
  const seconds = i32x4.splat(second);
  let hasFirst = i32x4.splat(0);
  let hasSecond = hasFirst;
  while (ids + BLOCK <= end) {
    const blockEnd = ids + BLOCK;
    for (; ids < blockEnd; ids += 16) {
      const four = v128.load(ids);
      hasFirst = v128.or(hasFirst, i32x4.eq(four, firsts));
      hasSecond = v128.or(hasSecond, i32x4.eq(four, seconds));
    }
    if (<i32>v128.any_true(hasFirst) & <i32>v128.any_true(hasSecond)) return 1;
  }
  for (; ids < end; ids += 4) {
    const one = v128.load32_splat(ids);
    hasFirst = v128.or(hasFirst, i32x4.eq(one, firsts));
    hasSecond = v128.or(hasSecond, i32x4.eq(one, seconds));
  }
  return <u32>v128.any_true(hasFirst) & <u32>v128.any_true(hasSecond);
}

export function usedIds(ids: usize, n: u32, entries: u32, marks: usize, dst: usize): u32 {
  memory.fill(marks, 0, entries);
  const end = ids + (<usize>n << 2);
  for (; ids + 16 <= end; ids += 16) {
    store<u8>(marks + load<u32>(ids), 1);
    store<u8>(marks + load<u32>(ids, 4), 1);
    store<u8>(marks + load<u32>(ids, 8), 1);
    store<u8>(marks + load<u32>(ids, 12), 1);
  }
  for (; ids < end; ids += 4) store<u8>(marks + load<u32>(ids), 1);
  const start = dst;
  const zeros = i8x16.splat(0);
  for (let from: u32 = 0; from < entries; from += 16) {
    let marked = <u32>i8x16.bitmask(i8x16.ne(v128.load(marks + from), zeros));
    if (entries - from < 16) marked &= (1 << (entries - from)) - 1;
    for (; marked != 0; marked &= marked - 1) {
      store<u32>(dst, from + ctz<u32>(marked));
      dst += 4;
    }
  }
  return <u32>(dst - start) >> 2;
}

export function prefixKeys(offsets: usize, data: usize, n: u32, skip: u32, dst: usize): void {
  let end = load<u32>(offsets);
  for (const dstEnd = dst + (<usize>n << 3); dst < dstEnd; dst += 8) {
    const from = end + skip;
    offsets += 4;
    end = load<u32>(offsets);
    store<u64>(dst, rankOf(loadBytes(data + from, min<u32>(end - from, 8))));
  }
}

/** Compares byte arrays by their ids. */
// @ts-ignore: decorator
@inline
function compareIds(offsets: usize, data: usize, left: u32, right: u32): i32 {
  const leftAt = offsets + (<usize>left << 2);
  const rightAt = offsets + (<usize>right << 2);
  const leftFrom = load<u32>(leftAt);
  const rightFrom = load<u32>(rightAt);
  return compareBytes(
    data + leftFrom,
    load<u32>(leftAt, 4) - leftFrom,
    data + rightFrom,
    load<u32>(rightAt, 4) - rightFrom,
  );
}

export function minMaxIds(
  ids: usize,
  n: u32,
  keys: usize,
  offsets: usize,
  data: usize,
  result: usize,
): void {
  const end = ids + (<usize>n << 2);
  let least = load<u32>(ids);
  let leastKey = load<u64>(keys + (<usize>least << 3));
  let most = least;
  let mostKey = leastKey;
  for (ids += 4; ids < end; ids += 4) {
    const id = load<u32>(ids);
    const key = load<u64>(keys + (<usize>id << 3));
    if ((<i32>(key > leastKey) & <i32>(key < mostKey)) != 0) continue;
    // Values that come again and again, as they do where they are sorted.
    if (id == most) continue;
    if (key <= leastKey && id != least) {
      if (key < leastKey || compareIds(offsets, data, id, least) < 0) {
        least = id;
        leastKey = key;
      }
    }
    if (key >= mostKey && id != most) {
      if (key > mostKey || compareIds(offsets, data, id, most) > 0) {
        most = id;
        mostKey = key;
      }
    }
  }
  store<u32>(result, least);
  store<u32>(result, most, 4);
}
