/** 64 bits from any bit on; reads up to 8 bytes beyond them. */
// @ts-ignore: decorator
@inline
export function bitsAt(bitmap: usize, bit: u32): u64 {
  const at = bitmap + (bit >> 3);
  const shift = <u64>(bit & 7);
  // Two shifts, since one by 64 would be one by 0.
  return (load<u64>(at) >> shift) | ((<u64>load<u8>(at, 8) << 1) << (63 - shift));
}

// @ts-ignore: decorator
@inline
export function bitAt(bitmap: usize, bit: u32): u32 {
  return (<u32>load<u8>(bitmap + (bit >> 3)) >> (bit & 7)) & 1;
}

/** Copies by 16 bytes: up to 15 more are read and written. */
// @ts-ignore: decorator
@inline
export function copyShort(to: usize, from: usize, length: u32): void {
  v128.store(to, v128.load(from));
  if (length > 16) {
    // The call of memory.copy takes as long as some ten steps of this loop.
    if (length <= 256) {
      for (let done: u32 = 16; done < length; done += 16) {
        v128.store(to + done, v128.load(from + done));
      }
    } else {
      memory.copy(to, from, length);
    }
  }
}

/** 16 bytes of ones, then 16 of zeros: read from 16 − n on, they keep the first n bytes of a vector. */
export const KEEP = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);

/** The first `length` ≤ 16 bytes, then zeros. */
// @ts-ignore: decorator
@inline
export function loadBytes(at: usize, length: u32): v128 {
  return v128.and(v128.load(at), v128.load(KEEP + 16 - length));
}
