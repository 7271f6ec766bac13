/** Room for the last group, filled up with zeros. */
const LAST_GROUP = memory.data(32, 16);

// @ts-ignore: decorator
@inline
function repetitionThreshold(width: u32): u32 {
  return width == 1 ? 24 : width == 2 ? 16 : 8;
}

// @ts-ignore: decorator
@inline
function isRepeatedRun(
  repeated: u32,
  remaining: u32,
  width: u32,
  threshold: u32,
  packing: bool,
): bool {
  if (repeated >= threshold) return true;
  if (repeated < remaining) return false;
  return 1 + ((width + 7) >> 3) <= ((repeated + 7) >> 3) * width + (packing ? -1 : 1);
}

export function writeVarint(at: usize, value: u32): usize {
  while (value > 127) {
    store<u8>(at++, (value & 127) | 128);
    value >>= 7;
  }
  store<u8>(at++, value);
  return at;
}

function writeRepeatedRun(at: usize, repeated: u32, value: u32, width: u32): usize {
  at = writeVarint(at, repeated << 1);
  for (let bits: u32 = 0; bits < width; bits += 8) store<u8>(at++, value >> bits);
  return at;
}

/** End of the equal values that begin at `at`. */
function repetitionEnd32(at: usize, end: usize): usize {
  const first = i32x4.splat(load<i32>(at));
  for (; at < end; at += 16) {
    const same = <u32>i32x4.bitmask(i32x4.eq(v128.load(at), first));
    if (same != 15) return min<usize>(at + (<usize>ctz<u32>(~same) << 2), end);
  }
  return end;
}

function repetitionEnd8(at: usize, end: usize): usize {
  const first = i8x16.splat(load<i8>(at));
  for (; at < end; at += 16) {
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), first));
    if (same != 0xffff) return min<usize>(at + ctz<u32>(~same), end);
  }
  return end;
}

export function hybrid32(src: usize, n: u32, width: u32, dst: usize): u32 {
  if (n == 0) return 0;
  if (width == 0) return <u32>(writeVarint(dst, n << 1) - dst);
  const threshold = repetitionThreshold(width);
  const end = src + (<usize>n << 2);
  let from = src;
  let to = dst;
  while (from < end) {
    let at = from;
    let repeated: u32 = 0;
    for (; at < end; at += 32) {
      if (at + 32 <= end) {
        // A glance at eight values; it mostly says no.
        const first = i32x4.splat(load<i32>(at));
        const same = v128.and(
          i32x4.eq(v128.load(at), first),
          i32x4.eq(v128.load(at, 16), first),
        );
        if (!i32x4.all_true(same)) continue;
      }
      const equal = <u32>((repetitionEnd32(at, end) - at) >> 2);
      if (isRepeatedRun(equal, <u32>((end - at) >> 2), width, threshold, at > from)) {
        repeated = equal;
        break;
      }
    }
    if (at > from) {
      const count = <u32>((min<usize>(at, end) - from) >> 2);
      to = writeVarint(to, (((count + 7) >> 3) << 1) | 1);
      to = packGroups32(from, count, width, to);
    }
    if (repeated > 0) to = writeRepeatedRun(to, repeated, load<u32>(at), width);
    from = at + (<usize>repeated << 2);
  }
  return <u32>(to - dst);
}

export function hybrid8(src: usize, n: u32, width: u32, dst: usize): u32 {
  if (n == 0) return 0;
  if (width == 0) return <u32>(writeVarint(dst, n << 1) - dst);
  const threshold = repetitionThreshold(width);
  const end = src + n;
  let from = src;
  let to = dst;
  while (from < end) {
    let at = from;
    let repeated: u32 = 0;
    for (; at < end; at += 8) {
      if (at + 8 <= end) {
        const eight = load<u64>(at);
        if (eight != (eight & 255) * 0x0101010101010101) continue;
      }
      const equal = <u32>(repetitionEnd8(at, end) - at);
      if (isRepeatedRun(equal, <u32>(end - at), width, threshold, at > from)) {
        repeated = equal;
        break;
      }
    }
    if (at > from) {
      const count = <u32>(min<usize>(at, end) - from);
      to = writeVarint(to, (((count + 7) >> 3) << 1) | 1);
      to = packGroups8(from, count, width, to);
    }
    if (repeated > 0) to = writeRepeatedRun(to, repeated, load<u8>(at), width);
    from = at + repeated;
  }
  return <u32>(to - dst);
}

/** In each half: eight values of 8 bits to 8 × width bits, by joining neighbours three times. */
// @ts-ignore: decorator
@inline
function joinBytes(bytes: v128, width: i32): v128 {
  const pairs = v128.or(
    v128.and(bytes, i16x8.splat(0x00ff)),
    i64x2.shr_u(v128.andnot(bytes, i16x8.splat(0x00ff)), 8 - width),
  );
  const fours = v128.or(
    v128.and(pairs, i32x4.splat(0x0000ffff)),
    i64x2.shr_u(v128.andnot(pairs, i32x4.splat(0x0000ffff)), 16 - 2 * width),
  );
  return v128.or(
    v128.and(fours, i64x2.splat(0xffffffff)),
    i64x2.shr_u(v128.andnot(fours, i64x2.splat(0xffffffff)), 32 - 4 * width),
  );
}

/** In each half: four values of 16 bits to 4 × width bits. */
// @ts-ignore: decorator
@inline
function joinWords(words: v128, width: i32): v128 {
  const pairs = v128.or(
    v128.and(words, i32x4.splat(0x0000ffff)),
    i64x2.shr_u(v128.andnot(words, i32x4.splat(0x0000ffff)), 16 - width),
  );
  return v128.or(
    v128.and(pairs, i64x2.splat(0xffffffff)),
    i64x2.shr_u(v128.andnot(pairs, i64x2.splat(0xffffffff)), 32 - 2 * width),
  );
}

/** Packs one group of eight. Writes up to 8 bytes beyond it. */
function packGroup32(from: usize, width: u32, to: usize): void {
  if (width <= 8) {
    const words = i16x8.narrow_i32x4_u(v128.load(from), v128.load(from, 16));
    const bytes = i8x16.narrow_i16x8_u(words, words);
    v128.store64_lane(to, joinBytes(bytes, width), 0);
  } else if (width < 16) {
    const fours = joinWords(i16x8.narrow_i32x4_u(v128.load(from), v128.load(from, 16)), width);
    const low = i64x2.extract_lane(fours, 0);
    const high = i64x2.extract_lane(fours, 1);
    const bits = <u64>(width << 2);
    store<u64>(to, low | (high << bits));
    store<u64>(to, <u64>high >> (64 - bits), 8);
  } else {
    let held: u64 = 0;
    let bits: u64 = 0;
    for (const end = from + 32; from < end; from += 4) {
      held |= <u64>load<u32>(from) << bits;
      bits += width;
      if (bits >= 32) {
        store<u32>(to, <u32>held);
        to += 4;
        held >>= 32;
        bits -= 32;
      }
    }
    // Eight values take a whole number of bytes: what is left is less than four of them.
    store<u32>(to, <u32>held);
  }
}

export function packGroups32(from: usize, count: u32, width: u32, to: usize): usize {
  const end = from + (<usize>(count & ~7) << 2);
  if (width <= 8) {
    for (; from + 64 <= end; from += 64) {
      const bytes = i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_u(v128.load(from), v128.load(from, 16)),
        i16x8.narrow_i32x4_u(v128.load(from, 32), v128.load(from, 48)),
      );
      const packed = joinBytes(bytes, width);
      v128.store64_lane(to, packed, 0);
      v128.store64_lane(to + width, packed, 1);
      to += width << 1;
    }
  }
  for (; from < end; from += 32) {
    packGroup32(from, width, to);
    to += width;
  }
  if (count & 7) {
    memory.fill(LAST_GROUP, 0, 32);
    memory.copy(LAST_GROUP, from, (count & 7) << 2);
    packGroup32(LAST_GROUP, width, to);
    to += width;
  }
  return to;
}

function packGroups8(from: usize, count: u32, width: u32, to: usize): usize {
  const end = from + (count & ~7);
  if (width == 1) {
    for (; from + 16 <= end; from += 16) {
      store<u16>(to, <u32>i8x16.bitmask(i8x16.shl(v128.load(from), 7)));
      to += 2;
    }
  }
  for (; from + 16 <= end; from += 16) {
    const packed = joinBytes(v128.load(from), width);
    v128.store64_lane(to, packed, 0);
    v128.store64_lane(to + width, packed, 1);
    to += width << 1;
  }
  if (from < end) {
    v128.store64_lane(to, joinBytes(v128.load64_zero(from), width), 0);
    from += 8;
    to += width;
  }
  if (count & 7) {
    const eight = load<u64>(from) & ((<u64>1 << ((count & 7) << 3)) - 1);
    v128.store64_lane(to, joinBytes(i64x2(eight, 0), width), 0);
    to += width;
  }
  return to;
}
