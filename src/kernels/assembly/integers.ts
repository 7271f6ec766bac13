/** Byte numbers from 15 down to 0: a swizzle by those from 16 − n on turns the first n bytes round. */
const REVERSED = memory.data<u8>([
  15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
], 16);

export function cutIntegers(
  src: usize,
  slotWidth: u32,
  n: u32,
  dst: usize,
  valueWidth: u32,
  bigEndian: u32,
): void {
  const end = src + n * slotWidth;
  if (!bigEndian) {
    if (valueWidth == 4) {
      for (; src < end; src += slotWidth) {
        store<u32>(dst, load<u32>(src));
        dst += 4;
      }
    } else if (valueWidth == 8) {
      for (; src < end; src += slotWidth) {
        store<u64>(dst, load<u64>(src));
        dst += 8;
      }
    } else {
      for (; src < end; src += slotWidth) {
        memory.copy(dst, src, valueWidth);
        dst += valueWidth;
      }
    }
  } else if (valueWidth <= 16) {
    const order = v128.load(REVERSED + 16 - valueWidth);
    for (; src < end; src += slotWidth) {
      v128.store(dst, i8x16.swizzle(v128.load(src), order));
      dst += valueWidth;
    }
  } else {
    // What lies above the first 16 bytes goes before them.
    const rest = valueWidth - 16;
    const order = v128.load(REVERSED + 16 - min<u32>(rest, 16));
    const all = v128.load(REVERSED);
    for (; src < end; src += slotWidth) {
      v128.store(dst, i8x16.swizzle(v128.load(src, 16), order));
      v128.store(dst + rest, i8x16.swizzle(v128.load(src), all));
      dst += valueWidth;
    }
  }
}

export function subtractFromOffsets(offsets: usize, n: u32, base: i32): void {
  const end = offsets + (<usize>n << 2);
  const bases = i32x4.splat(base);
  for (; offsets + 16 <= end; offsets += 16) {
    v128.store(offsets, i32x4.sub(v128.load(offsets), bases));
  }
  for (; offsets < end; offsets += 4) store<i32>(offsets, load<i32>(offsets) - base);
}
