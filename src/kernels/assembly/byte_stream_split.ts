/** The first eight bytes of both, taken in turns. */
// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** The last eight. */
// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Stream after stream, those of `first` values left out. */
function splitOneByOne(src: usize, width: u32, first: u32, n: u32, dst: usize): void {
  for (let stream: u32 = 0; stream < width; stream++) {
    let from = src + first * width + stream;
    let to = dst + stream * n + first;
    for (const end = dst + stream * n + n; to < end; to++) {
      store<u8>(to, load<u8>(from));
      from += width;
    }
  }
}

function split2(src: usize, blocks: usize, n: u32, dst: usize): void {
  for (const end = src + (blocks << 5); src < end; src += 32) {
    const a = v128.load(src);
    const b = v128.load(src, 16);
    const mask = i16x8.splat(0x00ff);
    v128.store(dst, i8x16.narrow_i16x8_u(v128.and(a, mask), v128.and(b, mask)));
    v128.store(dst + n, i8x16.narrow_i16x8_u(i16x8.shr_u(a, 8), i16x8.shr_u(b, 8)));
    dst += 16;
  }
}

// The number of a byte among those of 16 values is the value's (four bits) and that within the value. One round of
// low and high over both halves of all vectors rotates these bits by one: after four rounds the latter are in front.

function split4(src: usize, blocks: usize, n: u32, dst: usize): void {
  for (const end = src + (blocks << 6); src < end; src += 64) {
    let a0 = v128.load(src);
    let a1 = v128.load(src, 16);
    let a2 = v128.load(src, 32);
    let a3 = v128.load(src, 48);
    for (let round = 0; round < 2; round++) {
      const b0 = low(a0, a2);
      const b1 = high(a0, a2);
      const b2 = low(a1, a3);
      const b3 = high(a1, a3);
      a0 = low(b0, b2);
      a1 = high(b0, b2);
      a2 = low(b1, b3);
      a3 = high(b1, b3);
    }
    v128.store(dst, a0);
    v128.store(dst + n, a1);
    v128.store(dst + 2 * n, a2);
    v128.store(dst + 3 * n, a3);
    dst += 16;
  }
}

/** Eight bytes of each value. */
function split8(src: usize, width: u32, blocks: usize, n: u32, dst: usize): void {
  const step = <usize>width << 1;
  for (const end = src + (<usize>width << 4) * blocks; src < end;) {
    let a0 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a1 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a2 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a3 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a4 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a5 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a6 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    let a7 = v128.load64_lane(src + width, v128.load64_zero(src), 1);
    src += step;
    for (let round = 0; round < 2; round++) {
      const b0 = low(a0, a4);
      const b1 = high(a0, a4);
      const b2 = low(a1, a5);
      const b3 = high(a1, a5);
      const b4 = low(a2, a6);
      const b5 = high(a2, a6);
      const b6 = low(a3, a7);
      const b7 = high(a3, a7);
      a0 = low(b0, b4);
      a1 = high(b0, b4);
      a2 = low(b1, b5);
      a3 = high(b1, b5);
      a4 = low(b2, b6);
      a5 = high(b2, b6);
      a6 = low(b3, b7);
      a7 = high(b3, b7);
    }
    let to = dst;
    v128.store(to, a0);
    v128.store((to += n), a1);
    v128.store((to += n), a2);
    v128.store((to += n), a3);
    v128.store((to += n), a4);
    v128.store((to += n), a5);
    v128.store((to += n), a6);
    v128.store((to += n), a7);
    dst += 16;
  }
}

export function byteStreamSplit(src: usize, width: u32, n: u32, dst: usize): void {
  if (width == 1) {
    memory.copy(dst, src, n);
    return;
  }
  const blocks = <usize>n >> 4;
  if (width == 2) {
    split2(src, blocks, n, dst);
  } else if (width == 4) {
    split4(src, blocks, n, dst);
  } else if (width >= 8) {
    let stream: u32 = 0;
    for (; stream + 8 <= width; stream += 8) {
      split8(src + stream, width, blocks, n, dst + stream * n);
    }
    // The last eight streams, some of them perhaps again.
    if (stream < width) split8(src + width - 8, width, blocks, n, dst + (width - 8) * n);
  } else {
    splitOneByOne(src, width, 0, n, dst);
    return;
  }
  if (n & 15) splitOneByOne(src, width, n & ~15, n, dst);
}
