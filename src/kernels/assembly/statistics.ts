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

/** The first eight bytes as a number in the order of the strings; a shorter one is filled up with zeros. */
// @ts-ignore: decorator
@inline
function prefixOf(at: usize, length: u32): u64 {
  const prefix = bswap<u64>(load<u64>(at));
  return length >= 8 ? prefix : length == 0 ? 0 : prefix & (<u64>-1 << (64 - (length << 3)));
}

/** Below 0, 0 or above 0; the first `from` bytes are known to be equal as far as they go. */
function compareBytes(left: usize, leftLength: u32, right: usize, rightLength: u32, from: u32): i32 {
  const common = min<u32>(leftLength, rightLength);
  for (let i = from; i < common; i += 8) {
    const a = prefixOf(left + i, common - i);
    const b = prefixOf(right + i, common - i);
    if (a != b) return a < b ? -1 : 1;
  }
  return leftLength < rightLength ? -1 : <i32>(leftLength > rightLength);
}

export function minMaxByteArrays(offsets: usize, data: usize, n: u32, result: usize): void {
  let at = data + load<u32>(offsets);
  let end = data + load<u32>(offsets, 4);
  let least: u32 = 0;
  let leastAt = at;
  let leastLength = <u32>(end - at);
  let leastPrefix = prefixOf(at, leastLength);
  let most: u32 = 0;
  let mostAt = at;
  let mostLength = leastLength;
  let mostPrefix = leastPrefix;
  for (let i: u32 = 1; i < n; i++) {
    at = end;
    end = data + load<u32>(offsets + (<usize>i << 2), 4);
    const length = <u32>(end - at);
    const prefix = prefixOf(at, length);
    if (prefix <= leastPrefix) {
      if (prefix < leastPrefix || compareBytes(at, length, leastAt, leastLength, 8) < 0) {
        least = i;
        leastAt = at;
        leastLength = length;
        leastPrefix = prefix;
        continue;
      }
    }
    if (prefix >= mostPrefix) {
      if (prefix > mostPrefix || compareBytes(at, length, mostAt, mostLength, 8) > 0) {
        most = i;
        mostAt = at;
        mostLength = length;
        mostPrefix = prefix;
      }
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
  let least: u32 = 0;
  let leastAt = src;
  let leastPrefix = prefixOf(src, width) ^ flip;
  let most: u32 = 0;
  let mostAt = src;
  let mostPrefix = leastPrefix;
  let at = src;
  for (let i: u32 = 1; i < n; i++) {
    at += width;
    const prefix = prefixOf(at, width) ^ flip;
    if (prefix <= leastPrefix) {
      if (prefix < leastPrefix || compareBytes(at, width, leastAt, width, 8) < 0) {
        least = i;
        leastAt = at;
        leastPrefix = prefix;
        continue;
      }
    }
    if (prefix >= mostPrefix) {
      if (prefix > mostPrefix || compareBytes(at, width, mostAt, width, 8) > 0) {
        most = i;
        mostAt = at;
        mostPrefix = prefix;
      }
    }
  }
  store<u32>(result, least);
  store<u32>(result, most, 4);
}
