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
