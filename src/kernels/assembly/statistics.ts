import { loadBytes } from "./bits";

export function minMaxI32(src: usize, n: u32, result: usize): void {
  const end = src + (<usize>n << 2);
  let least = load<i32>(src);
  let most = least;
  if (n >= 4) {
    let leasts = v128.load(src);
    let mosts = leasts;
    let leasts2 = leasts;
    let mosts2 = leasts;
    for (; src + 32 <= end; src += 32) {
      const one = v128.load(src);
      const two = v128.load(src, 16);
      leasts = i32x4.min_s(leasts, one);
      mosts = i32x4.max_s(mosts, one);
      leasts2 = i32x4.min_s(leasts2, two);
      mosts2 = i32x4.max_s(mosts2, two);
    }
    if (src + 16 <= end) {
      leasts2 = i32x4.min_s(leasts2, v128.load(src));
      mosts2 = i32x4.max_s(mosts2, v128.load(src));
    }
    // The last four once more, instead of a loop over the rest.
    const last = v128.load(end - 16);
    leasts = i32x4.min_s(i32x4.min_s(leasts, leasts2), last);
    mosts = i32x4.max_s(i32x4.max_s(mosts, mosts2), last);
    leasts = i32x4.min_s(leasts, i32x4.shuffle(leasts, leasts, 2, 3, 0, 1));
    mosts = i32x4.max_s(mosts, i32x4.shuffle(mosts, mosts, 2, 3, 0, 1));
    least = min<i32>(i32x4.extract_lane(leasts, 0), i32x4.extract_lane(leasts, 1));
    most = max<i32>(i32x4.extract_lane(mosts, 0), i32x4.extract_lane(mosts, 1));
  } else {
    for (; src < end; src += 4) {
      least = min<i32>(least, load<i32>(src));
      most = max<i32>(most, load<i32>(src));
    }
  }
  store<i32>(result, least);
  store<i32>(result, most, 8);
}

export function minMaxU32(src: usize, n: u32, result: usize): void {
  const end = src + (<usize>n << 2);
  let least = load<u32>(src);
  let most = least;
  if (n >= 4) {
    let leasts = v128.load(src);
    let mosts = leasts;
    let leasts2 = leasts;
    let mosts2 = leasts;
    for (; src + 32 <= end; src += 32) {
      const one = v128.load(src);
      const two = v128.load(src, 16);
      leasts = i32x4.min_u(leasts, one);
      mosts = i32x4.max_u(mosts, one);
      leasts2 = i32x4.min_u(leasts2, two);
      mosts2 = i32x4.max_u(mosts2, two);
    }
    if (src + 16 <= end) {
      leasts2 = i32x4.min_u(leasts2, v128.load(src));
      mosts2 = i32x4.max_u(mosts2, v128.load(src));
    }
    const last = v128.load(end - 16);
    leasts = i32x4.min_u(i32x4.min_u(leasts, leasts2), last);
    mosts = i32x4.max_u(i32x4.max_u(mosts, mosts2), last);
    leasts = i32x4.min_u(leasts, i32x4.shuffle(leasts, leasts, 2, 3, 0, 1));
    mosts = i32x4.max_u(mosts, i32x4.shuffle(mosts, mosts, 2, 3, 0, 1));
    least = min<u32>(i32x4.extract_lane(leasts, 0), i32x4.extract_lane(leasts, 1));
    most = max<u32>(i32x4.extract_lane(mosts, 0), i32x4.extract_lane(mosts, 1));
  } else {
    for (; src < end; src += 4) {
      least = min<u32>(least, load<u32>(src));
      most = max<u32>(most, load<u32>(src));
    }
  }
  store<u32>(result, least);
  store<u32>(result, most, 8);
}

export function minMaxI64(src: usize, n: u32, result: usize): void {
  minMax64(src, n, result, 0);
}

export function minMaxU64(src: usize, n: u32, result: usize): void {
  minMax64(src, n, result, i64.MIN_VALUE);
}

/** `flip` makes unsigned order signed. */
// @ts-ignore: decorator
@inline
function minMax64(src: usize, n: u32, result: usize, flip: i64): void {
  const end = src + (<usize>n << 3);
  const flips = i64x2.splat(flip);
  let leasts = v128.xor(v128.load64_splat(src), flips);
  let mosts = leasts;
  let leasts2 = leasts;
  let mosts2 = leasts;
  for (; src + 32 <= end; src += 32) {
    const one = v128.xor(v128.load(src), flips);
    const two = v128.xor(v128.load(src, 16), flips);
    leasts = v128.bitselect(one, leasts, i64x2.gt_s(leasts, one));
    mosts = v128.bitselect(one, mosts, i64x2.gt_s(one, mosts));
    leasts2 = v128.bitselect(two, leasts2, i64x2.gt_s(leasts2, two));
    mosts2 = v128.bitselect(two, mosts2, i64x2.gt_s(two, mosts2));
  }
  for (; src < end; src += 8) {
    const one = v128.xor(v128.load64_splat(src), flips);
    leasts = v128.bitselect(one, leasts, i64x2.gt_s(leasts, one));
    mosts = v128.bitselect(one, mosts, i64x2.gt_s(one, mosts));
  }
  leasts = v128.bitselect(leasts2, leasts, i64x2.gt_s(leasts, leasts2));
  mosts = v128.bitselect(mosts2, mosts, i64x2.gt_s(mosts2, mosts));
  const least = min<i64>(i64x2.extract_lane(leasts, 0), i64x2.extract_lane(leasts, 1));
  const most = max<i64>(i64x2.extract_lane(mosts, 0), i64x2.extract_lane(mosts, 1));
  store<i64>(result, least ^ flip);
  store<i64>(result, most ^ flip, 8);
}

export function minMaxF16(src: usize, n: u32, result: usize): u32 {
  const end = src + (<usize>n << 1);
  const sign = i16x8.splat(0x7fff);
  const infinity = i16x8.splat(0x7c00);
  let leasts = i16x8.splat(0x7fff);
  let mosts = i16x8.splat(-0x8000);
  let nans: u32 = 0;
  for (; src < end; src += 16) {
    const halves = v128.load(src);
    // What lies beyond the end counts as NaN, but is not counted.
    let isNan = i16x8.gt_s(v128.and(halves, sign), infinity);
    const left = <u32>((end - src) >> 1);
    if (left < 8) {
      const beyond = i16x8.ge_s(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>left));
      nans += popcnt<u32>(i16x8.bitmask(v128.andnot(isNan, beyond)));
      isNan = v128.or(isNan, beyond);
    } else {
      nans += popcnt<u32>(i16x8.bitmask(isNan));
    }
    // As two's complement in the order of the floats, −0 below +0.
    const order = v128.xor(halves, v128.and(i16x8.shr_s(halves, 15), sign));
    leasts = i16x8.min_s(leasts, v128.bitselect(leasts, order, isNan));
    mosts = i16x8.max_s(mosts, v128.bitselect(mosts, order, isNan));
  }
  let least: i32 = 0x7fff;
  let most: i32 = -0x8000;
  for (let lane = 0; lane < 8; lane++) {
    least = min<i32>(least, i16x8.extract_lane_s(leasts, 0));
    most = max<i32>(most, i16x8.extract_lane_s(mosts, 0));
    leasts = i16x8.shuffle(leasts, leasts, 1, 2, 3, 4, 5, 6, 7, 0);
    mosts = i16x8.shuffle(mosts, mosts, 1, 2, 3, 4, 5, 6, 7, 0);
  }
  store<u16>(result, least ^ ((least >> 31) & 0x7fff));
  store<u16>(result, most ^ ((most >> 31) & 0x7fff), 8);
  return nans;
}

export function minMaxF32(src: usize, n: u32, result: usize): u32 {
  const start = src;
  const end = src + (<usize>n << 2);
  let leasts = f32x4.splat(Infinity);
  let mosts = f32x4.splat(-Infinity);
  let leasts2 = leasts;
  let mosts2 = mosts;
  let nans = i32x4.splat(0);
  // pmin and pmax keep their first argument where a comparison is false, and so with NaN.
  for (; src + 32 <= end; src += 32) {
    const one = v128.load(src);
    const two = v128.load(src, 16);
    leasts = f32x4.pmin(leasts, one);
    mosts = f32x4.pmax(mosts, one);
    leasts2 = f32x4.pmin(leasts2, two);
    mosts2 = f32x4.pmax(mosts2, two);
    nans = i32x4.sub(nans, i32x4.add(f32x4.ne(one, one), f32x4.ne(two, two)));
  }
  let nanCount: u32 = i32x4.extract_lane(nans, 0) + i32x4.extract_lane(nans, 1) +
    i32x4.extract_lane(nans, 2) + i32x4.extract_lane(nans, 3);
  for (; src < end; src += 4) {
    const one = v128.load32_splat(src);
    leasts = f32x4.pmin(leasts, one);
    mosts = f32x4.pmax(mosts, one);
    const value = load<f32>(src);
    nanCount += <u32>(value != value);
  }
  leasts = f32x4.pmin(leasts, leasts2);
  mosts = f32x4.pmax(mosts, mosts2);
  let least = min<f32>(
    min<f32>(f32x4.extract_lane(leasts, 0), f32x4.extract_lane(leasts, 1)),
    min<f32>(f32x4.extract_lane(leasts, 2), f32x4.extract_lane(leasts, 3)),
  );
  let most = max<f32>(
    max<f32>(f32x4.extract_lane(mosts, 0), f32x4.extract_lane(mosts, 1)),
    max<f32>(f32x4.extract_lane(mosts, 2), f32x4.extract_lane(mosts, 3)),
  );
  if (least == 0) least = holds32(start, end, i32.MIN_VALUE) ? -0.0 : 0.0;
  if (most == 0) most = holds32(start, end, 0) ? 0.0 : -0.0;
  store<f32>(result, least);
  store<f32>(result, most, 8);
  return nanCount;
}

export function minMaxF64(src: usize, n: u32, result: usize): u32 {
  const start = src;
  const end = src + (<usize>n << 3);
  let leasts = f64x2.splat(Infinity);
  let mosts = f64x2.splat(-Infinity);
  let leasts2 = leasts;
  let mosts2 = mosts;
  let nans = i64x2.splat(0);
  for (; src + 32 <= end; src += 32) {
    const one = v128.load(src);
    const two = v128.load(src, 16);
    leasts = f64x2.pmin(leasts, one);
    mosts = f64x2.pmax(mosts, one);
    leasts2 = f64x2.pmin(leasts2, two);
    mosts2 = f64x2.pmax(mosts2, two);
    nans = i64x2.sub(nans, i64x2.add(f64x2.ne(one, one), f64x2.ne(two, two)));
  }
  let nanCount = <u32>(i64x2.extract_lane(nans, 0) + i64x2.extract_lane(nans, 1));
  for (; src < end; src += 8) {
    const one = v128.load64_splat(src);
    leasts = f64x2.pmin(leasts, one);
    mosts = f64x2.pmax(mosts, one);
    const value = load<f64>(src);
    nanCount += <u32>(value != value);
  }
  leasts = f64x2.pmin(leasts, leasts2);
  mosts = f64x2.pmax(mosts, mosts2);
  let least = min<f64>(f64x2.extract_lane(leasts, 0), f64x2.extract_lane(leasts, 1));
  let most = max<f64>(f64x2.extract_lane(mosts, 0), f64x2.extract_lane(mosts, 1));
  if (least == 0) least = holds64(start, end, i64.MIN_VALUE) ? -0.0 : 0.0;
  if (most == 0) most = holds64(start, end, 0) ? 0.0 : -0.0;
  store<f64>(result, least);
  store<f64>(result, most, 8);
  return nanCount;
}

function holds32(at: usize, end: usize, bits: i32): bool {
  const wanted = i32x4.splat(bits);
  for (; at + 16 <= end; at += 16) {
    if (v128.any_true(i32x4.eq(v128.load(at), wanted))) return true;
  }
  for (; at < end; at += 4) if (load<i32>(at) == bits) return true;
  return false;
}

function holds64(at: usize, end: usize, bits: i64): bool {
  const wanted = i64x2.splat(bits);
  for (; at + 16 <= end; at += 16) {
    if (v128.any_true(i64x2.eq(v128.load(at), wanted))) return true;
  }
  return at < end && load<i64>(at) == bits;
}

/** The first 8 bytes, zeros where there are fewer, as a number in the strings' order. */
// @ts-ignore: decorator
@inline
export function rankOf(key: v128): u64 {
  // WebAssembly has no instruction that swaps the bytes of a number.
  return i64x2.extract_lane(
    i8x16.shuffle(key, key, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0),
    0,
  );
}

/** Below 0, 0 or above 0. */
export function compareBytes(left: usize, leftLength: u32, right: usize, rightLength: u32): i32 {
  const common = min<u32>(leftLength, rightLength);
  for (let i: u32 = 0; i < common; i += 16) {
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(left + i), v128.load(right + i)));
    if (same == 0xffff) continue;
    const at = i + ctz<u32>(~same);
    if (at >= common) break;
    return <i32>load<u8>(left + at) - <i32>load<u8>(right + at);
  }
  return leftLength < rightLength ? -1 : <i32>(leftLength > rightLength);
}

export function minMaxByteArrays(offsets: usize, data: usize, n: u32, result: usize): void {
  let least: u32 = 0;
  let leastAt: usize = 0;
  let leastLength: u32 = 0;
  let leastKey = i64x2.splat(-1);
  let leastRank: u64 = -1;
  let most: u32 = 0;
  let mostAt: usize = 0;
  let mostLength: u32 = 0;
  let mostKey = leastKey;
  let mostRank: u64 = 0;
  let end = load<u32>(offsets);
  for (let i: u32 = 0; i < n; i++) {
    const from = end;
    offsets += 4;
    end = load<u32>(offsets);
    const at = data + from;
    const length = end - from;
    // Up to 15 bytes and the length: equal keys are equal strings. Longer ones never look the same.
    const key = i8x16.replace_lane(loadBytes(at, min<u32>(length, 16)), 15, <i8>length);
    const rank = rankOf(key);
    // Without a branch up to here: which of few strings comes next is not predictable.
    const outside = <i32>(rank <= leastRank) | <i32>(rank >= mostRank);
    const known = (<i32>i64x2.all_true(i64x2.eq(key, leastKey)) |
      <i32>i64x2.all_true(i64x2.eq(key, mostKey))) & <i32>(length < 16);
    if (outside <= known) continue;
    if (i == 0 || (rank <= leastRank && compareBytes(at, length, leastAt, leastLength) < 0)) {
      least = i;
      leastAt = at;
      leastLength = length;
      leastKey = key;
      leastRank = rank;
    }
    if (i == 0 || (rank >= mostRank && compareBytes(at, length, mostAt, mostLength) > 0)) {
      most = i;
      mostAt = at;
      mostLength = length;
      mostKey = key;
      mostRank = rank;
    }
  }
  store<u32>(result, least);
  store<u32>(result, most, 4);
}

export function minMaxFixedBytes(
  src: usize,
  width: u32,
  n: u32,
  signed: u32,
  result: usize,
): void {
  const flip: u64 = signed ? <u64>1 << 63 : 0;
  const first = min<u32>(width, 16);
  const short = <i32>(width <= 16);
  let least: u32 = 0;
  let leastAt = src;
  let leastKey = loadBytes(src, first);
  let leastRank = rankOf(leastKey) ^ flip;
  let most: u32 = 0;
  let mostAt = src;
  let mostKey = leastKey;
  let mostRank = leastRank;
  let at = src;
  for (let i: u32 = 1; i < n; i++) {
    at += width;
    const key = loadBytes(at, first);
    const rank = rankOf(key) ^ flip;
    const outside = <i32>(rank <= leastRank) | <i32>(rank >= mostRank);
    const known = (<i32>i64x2.all_true(i64x2.eq(key, leastKey)) |
      <i32>i64x2.all_true(i64x2.eq(key, mostKey))) & short;
    if (outside <= known) continue;
    // Where ranks are equal so are the first bytes, and the sign needs no more care.
    if (
      rank < leastRank ||
      (rank == leastRank && compareBytes(at, width, leastAt, width) < 0)
    ) {
      least = i;
      leastAt = at;
      leastKey = key;
      leastRank = rank;
    } else if (
      rank > mostRank ||
      (rank == mostRank && compareBytes(at, width, mostAt, width) > 0)
    ) {
      most = i;
      mostAt = at;
      mostKey = key;
      mostRank = rank;
    }
  }
  store<u32>(result, least);
  store<u32>(result, most, 4);
}
