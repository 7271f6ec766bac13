import { packGroups32, writeVarint } from "./hybrid";

const MINIBLOCKS: u32 = 4;
const MINIBLOCK_32: u32 = 32;
const BLOCK_32: u32 = MINIBLOCKS * MINIBLOCK_32;
const MINIBLOCK_64: u32 = 64;
const BLOCK_64: u32 = MINIBLOCKS * MINIBLOCK_64;

/** Differences of a block. */
const DELTAS = memory.data(256 * 8, 16);
/** Those of one miniblock of 64 bits that fit into 32. */
const NARROW = memory.data(64 * 4, 16);

function writeZigzag(at: usize, value: i64): usize {
  let zigzag = <u64>((value << 1) ^ (value >> 63));
  while (zigzag > 127) {
    store<u8>(at++, (zigzag & 127) | 128);
    zigzag >>= 7;
  }
  store<u8>(at++, zigzag);
  return at;
}

export function deltaBinaryPacked32(src: usize, n: u32, dst: usize): u32 {
  let to = writeVarint(writeVarint(writeVarint(dst, BLOCK_32), MINIBLOCKS), n);
  if (n == 0) return <u32>(writeVarint(to, 0) - dst);
  to = writeZigzag(to, load<i32>(src));
  for (const last = src + (<usize>(n - 1) << 2); src < last; src += BLOCK_32 << 2) {
    const count = min<u32>(BLOCK_32, <u32>((last - src) >> 2));
    const bytes = <usize>count << 2;
    let at: usize = 0;
    let minimum = i32x4.splat(i32.MAX_VALUE);
    for (const whole = bytes & ~15; at < whole; at += 16) {
      const delta = i32x4.sub(v128.load(src + at, 4), v128.load(src + at));
      v128.store(DELTAS + at, delta);
      minimum = i32x4.min_s(minimum, delta);
    }
    minimum = i32x4.min_s(minimum, v128.shuffle<i32>(minimum, minimum, 2, 3, 0, 1));
    minimum = i32x4.min_s(minimum, v128.shuffle<i32>(minimum, minimum, 1, 0, 3, 2));
    let least = i32x4.extract_lane(minimum, 0);
    for (; at < bytes; at += 4) {
      const delta = load<i32>(src + at, 4) - load<i32>(src + at);
      store<i32>(DELTAS + at, delta);
      least = min<i32>(least, delta);
    }
    // Up to the miniblock's end nothing is above the least.
    for (; at & (MINIBLOCK_32 * 4 - 1); at += 4) store<i32>(DELTAS + at, least);
    to = writeZigzag(to, least);
    const widths = to;
    store<u32>(to, 0);
    to += MINIBLOCKS;
    const subtrahend = i32x4.splat(least);
    const end = DELTAS + at;
    let miniblock: usize = 0;
    for (let from = DELTAS; from < end; from += MINIBLOCK_32 << 2) {
      let bits = i32x4.splat(0);
      for (let i: usize = 0; i < MINIBLOCK_32 << 2; i += 16) {
        const above = i32x4.sub(v128.load(from + i), subtrahend);
        v128.store(from + i, above);
        bits = v128.or(bits, above);
      }
      const halves = i64x2.extract_lane(bits, 0) | i64x2.extract_lane(bits, 1);
      const width = 32 - clz<u32>(<u32>halves | <u32>(halves >>> 32));
      store<u8>(widths + miniblock++, width);
      if (width > 0) to = packGroups32(from, MINIBLOCK_32, width, to);
    }
  }
  return <u32>(to - dst);
}

export function deltaBinaryPacked64(src: usize, n: u32, dst: usize): u32 {
  let to = writeVarint(writeVarint(writeVarint(dst, BLOCK_64), MINIBLOCKS), n);
  if (n == 0) return <u32>(writeVarint(to, 0) - dst);
  to = writeZigzag(to, load<i64>(src));
  for (const last = src + (<usize>(n - 1) << 3); src < last; src += BLOCK_64 << 3) {
    const count = min<u32>(BLOCK_64, <u32>((last - src) >> 3));
    const bytes = <usize>count << 3;
    let at: usize = 0;
    let minimum = i64x2.splat(i64.MAX_VALUE);
    for (const whole = bytes & ~15; at < whole; at += 16) {
      const delta = i64x2.sub(v128.load(src + at, 8), v128.load(src + at));
      v128.store(DELTAS + at, delta);
      minimum = v128.bitselect(delta, minimum, i64x2.lt_s(delta, minimum));
    }
    let least = min<i64>(i64x2.extract_lane(minimum, 0), i64x2.extract_lane(minimum, 1));
    if (at < bytes) {
      const delta = load<i64>(src + at, 8) - load<i64>(src + at);
      store<i64>(DELTAS + at, delta);
      least = min<i64>(least, delta);
      at += 8;
    }
    // Up to the miniblock's end nothing is above the least.
    for (; at & (MINIBLOCK_64 * 8 - 1); at += 8) store<i64>(DELTAS + at, least);
    to = writeZigzag(to, least);
    const widths = to;
    store<u32>(to, 0);
    to += MINIBLOCKS;
    const subtrahend = i64x2.splat(least);
    const end = DELTAS + at;
    let miniblock: usize = 0;
    for (let from = DELTAS; from < end; from += MINIBLOCK_64 << 3) {
      let bits = i64x2.splat(0);
      for (let i: usize = 0; i < MINIBLOCK_64 << 3; i += 32) {
        const first = i64x2.sub(v128.load(from + i), subtrahend);
        const second = i64x2.sub(v128.load(from + i, 16), subtrahend);
        v128.store(from + i, first);
        v128.store(from + i, second, 16);
        v128.store(NARROW + (i >> 1), v128.shuffle<i32>(first, second, 0, 2, 4, 6));
        bits = v128.or(bits, v128.or(first, second));
      }
      const width = 64 -
        <u32>clz<u64>(<u64>(i64x2.extract_lane(bits, 0) | i64x2.extract_lane(bits, 1)));
      store<u8>(widths + miniblock++, width);
      if (width > 32) to = packWide(from, width, to);
      else if (width > 0) to = packGroups32(NARROW, MINIBLOCK_64, width, to);
    }
  }
  return <u32>(to - dst);
}

/** Packs a miniblock of differences of more than 32 bits, which take a whole number of words together. */
function packWide(from: usize, width: u32, to: usize): usize {
  let held: u64 = 0;
  let bits: u32 = 0;
  for (const end = from + (MINIBLOCK_64 << 3); from < end; from += 8) {
    const value = load<u64>(from);
    held |= value << bits;
    bits += width;
    if (bits >= 64) {
      store<u64>(to, held);
      to += 8;
      bits -= 64;
      // Two shifts, since one by 64 would be one by 0.
      held = (value >> 1) >> (width - bits - 1);
    }
  }
  return to;
}
