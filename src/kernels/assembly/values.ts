import { bitsAt, copyShort } from "./bits";

/** For four bits, which of four 4-byte values are set, in order: byte numbers for a swizzle. */
const ORDER_4 = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0,
  8, 9, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 8, 9, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0,
  4, 5, 6, 7, 8, 9, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 0, 0, 0,
  12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0,
  4, 5, 6, 7, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 0, 0, 0, 0,
  8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
], 16);

/** For eight bits, which of eight bytes are set, in order: byte numbers for a swizzle. Made at the first call. */
const ORDER_8 = memory.data(2048, 16);
let ordered = false;

function makeOrder8(): void {
  for (let bits: u32 = 0; bits < 256; bits++) {
    let to = ORDER_8 + (bits << 3);
    for (let rest = bits; rest != 0; rest &= rest - 1) store<u8>(to++, ctz<u32>(rest));
  }
  ordered = true;
}

export function compact(
  src: usize,
  width: u32,
  n: u32,
  validity: usize,
  bitOffset: u32,
  dst: usize,
): u32 {
  let to = dst;
  for (let i: u32 = 0; i < n; i += 64) {
    let bits = bitsAt(validity, bitOffset + i);
    const count = min<u32>(64, n - i);
    if (count < 64) bits &= (<u64>1 << count) - 1;
    const from = src + i * width;
    if (bits == -1) {
      if (to != from) memory.copy(to, from, width << 6);
      to += width << 6;
    } else if (width == 4) {
      // Where values are moved in place, each store ends before the next value to be read.
      for (let at = from; bits != 0; at += 16) {
        const four = <usize>bits & 15;
        v128.store(to, i8x16.swizzle(v128.load(at), v128.load(ORDER_4 + (four << 4))));
        to += popcnt<usize>(four) << 2;
        bits >>= 4;
      }
    } else if (width == 8) {
      for (let at = from; bits != 0; at += 16) {
        const pair = v128.load(at);
        const low = <usize>bits & 1;
        const high = (<usize>bits >> 1) & 1;
        v128.store64_lane(to, pair, 0);
        to += low << 3;
        // Stored apart also where it is dropped: `to` is then where the next one goes.
        v128.store64_lane(to, pair, 1);
        to += high << 3;
        bits >>= 2;
      }
    } else if (width == 1) {
      if (!ordered) makeOrder8();
      for (let at = from; bits != 0; at += 8) {
        const eight = <usize>bits & 255;
        const order = v128.load64_zero(ORDER_8 + (eight << 3));
        v128.store64_lane(to, i8x16.swizzle(v128.load64_zero(at), order), 0);
        to += popcnt<usize>(eight);
        bits >>= 8;
      }
    } else if (width == 16) {
      for (; bits != 0; bits &= bits - 1) {
        v128.store(to, v128.load(from + (<usize>ctz<u64>(bits) << 4)));
        to += 16;
      }
    } else if (width == 2) {
      for (; bits != 0; bits &= bits - 1) {
        store<u16>(to, load<u16>(from + (<usize>ctz<u64>(bits) << 1)));
        to += 2;
      }
    } else {
      for (; bits != 0; bits &= bits - 1) {
        memory.copy(to, from + <usize>ctz<u64>(bits) * width, width);
        to += width;
      }
    }
  }
  return <u32>(to - dst) / width;
}

export function gather(src: usize, width: u32, indices: usize, n: u32, dst: usize): void {
  const end = indices + (<usize>n << 2);
  if (width == 8) {
    for (; indices < end; indices += 4) {
      store<u64>(dst, load<u64>(src + (<usize>load<u32>(indices) << 3)));
      dst += 8;
    }
  } else if (width == 4) {
    for (; indices < end; indices += 4) {
      store<u32>(dst, load<u32>(src + (<usize>load<u32>(indices) << 2)));
      dst += 4;
    }
  } else if (width == 16) {
    for (; indices < end; indices += 4) {
      v128.store(dst, v128.load(src + (<usize>load<u32>(indices) << 4)));
      dst += 16;
    }
  } else if (width == 2) {
    for (; indices < end; indices += 4) {
      store<u16>(dst, load<u16>(src + (<usize>load<u32>(indices) << 1)));
      dst += 2;
    }
  } else if (width == 1) {
    for (; indices < end; indices += 4) {
      store<u8>(dst, load<u8>(src + load<u32>(indices)));
      dst++;
    }
  } else {
    for (; indices < end; indices += 4) {
      const from = src + load<u32>(indices) * width;
      // What is written too much is overwritten by the values to come, as long as these are 16 bytes.
      if (width <= 256 && <u32>(end - indices) > 64) copyShort(dst, from, width);
      else memory.copy(dst, from, width);
      dst += width;
    }
  }
}

export function compactOffsets(
  offsets: usize,
  n: u32,
  validity: usize,
  bitOffset: u32,
  dst: usize,
): i32 {
  let to = dst + 4;
  let before = load<u32>(offsets);
  store<u32>(dst, before);
  offsets += 4;
  for (let i: u32 = 0; i < n; i += 64) {
    let bits = bitsAt(validity, bitOffset + i);
    const count = min<u32>(64, n - i);
    let hidden: u32 = 0;
    for (const stop = offsets + (<usize>count << 2); offsets < stop; offsets += 4) {
      const end = load<u32>(offsets);
      const bit = <u32>bits & 1;
      bits >>= 1;
      hidden |= (end - before) & (bit - 1);
      before = end;
      store<u32>(to, end);
      to += bit << 2;
    }
    if (hidden != 0) return -1;
  }
  return <i32>((to - dst) >> 2) - 1;
}

export function byteArraysLength(offsets: usize, indices: usize, n: u32): f64 {
  let length: u64 = 0;
  for (const end = indices + (<usize>n << 2); indices < end; indices += 4) {
    const at = offsets + (<usize>load<u32>(indices) << 2);
    length += <u64>(load<u32>(at, 4) - load<u32>(at));
  }
  return <f64>length;
}

export function gatherByteArrays(
  offsets: usize,
  data: usize,
  indices: usize,
  n: u32,
  dstOffsets: usize,
  dstData: usize,
): void {
  let to = dstData;
  store<u32>(dstOffsets, 0);
  for (const end = indices + (<usize>n << 2); indices < end; indices += 4) {
    const at = offsets + (<usize>load<u32>(indices) << 2);
    const from = load<u32>(at);
    const length = load<u32>(at, 4) - from;
    copyShort(to, data + from, length);
    to += length;
    dstOffsets += 4;
    store<u32>(dstOffsets, <u32>(to - dstData));
  }
}

export function setBitIndices(bitmap: usize, bitOffset: u32, n: u32, dst: usize): u32 {
  let to = dst;
  for (let i: u32 = 0; i < n; i += 64) {
    let bits = bitsAt(bitmap, bitOffset + i);
    const count = min<u32>(64, n - i);
    if (count < 64) bits &= (<u64>1 << count) - 1;
    for (; bits != 0; bits &= bits - 1) {
      store<u32>(to, i + <u32>ctz<u64>(bits));
      to += 4;
    }
  }
  return <u32>((to - dst) >> 2);
}

export function widen(src: usize, width: u32, signed: u32, n: u32, dst: usize): void {
  const end = src + n * width;
  if (width == 1) {
    for (; src + 8 <= end; src += 8) {
      const eight = v128.load64_zero(src);
      const words = signed ? i16x8.extend_low_i8x16_s(eight) : i16x8.extend_low_i8x16_u(eight);
      v128.store(dst, signed ? i32x4.extend_low_i16x8_s(words) : i32x4.extend_low_i16x8_u(words));
      v128.store(
        dst,
        signed ? i32x4.extend_high_i16x8_s(words) : i32x4.extend_high_i16x8_u(words),
        16,
      );
      dst += 32;
    }
    for (; src < end; src++) {
      store<i32>(dst, signed ? <i32>load<i8>(src) : <i32>load<u8>(src));
      dst += 4;
    }
  } else {
    for (; src + 16 <= end; src += 16) {
      const words = v128.load(src);
      v128.store(dst, signed ? i32x4.extend_low_i16x8_s(words) : i32x4.extend_low_i16x8_u(words));
      v128.store(
        dst,
        signed ? i32x4.extend_high_i16x8_s(words) : i32x4.extend_high_i16x8_u(words),
        16,
      );
      dst += 32;
    }
    for (; src < end; src += 2) {
      store<i32>(dst, signed ? <i32>load<i16>(src) : <i32>load<u16>(src));
      dst += 4;
    }
  }
}

export function plainByteArrays(offsets: usize, data: usize, n: u32, dst: usize): u32 {
  let to = dst;
  let from = load<u32>(offsets);
  offsets += 4;
  for (const stop = offsets + (<usize>n << 2); offsets < stop; offsets += 4) {
    const end = load<u32>(offsets);
    const length = end - from;
    store<u32>(to, length);
    copyShort(to + 4, data + from, length);
    to += 4 + length;
    from = end;
  }
  return <u32>(to - dst);
}

export function plainEntries(
  offsets: usize,
  data: usize,
  ids: usize,
  n: u32,
  dst: usize,
): u32 {
  let to = dst;
  for (const stop = ids + (<usize>n << 2); ids < stop; ids += 4) {
    const at = offsets + (<usize>load<u32>(ids) << 2);
    const from = load<u32>(at);
    const length = load<u32>(at, 4) - from;
    store<u32>(to, length);
    copyShort(to + 4, data + from, length);
    to += 4 + length;
  }
  return <u32>(to - dst);
}

export function packBooleans(src: usize, n: u32, dst: usize): u32 {
  const end = src + n;
  const zero = i8x16.splat(0);
  let to = dst;
  for (; src + 16 <= end; src += 16) {
    store<u16>(to, <u32>i8x16.bitmask(i8x16.ne(v128.load(src), zero)));
    to += 2;
  }
  if (src < end) {
    const count = <u32>(end - src);
    const bits = <u32>i8x16.bitmask(i8x16.ne(v128.load(src), zero)) & ((1 << count) - 1);
    store<u8>(to++, bits);
    if (count > 8) store<u8>(to++, bits >> 8);
  }
  return <u32>(to - dst);
}
