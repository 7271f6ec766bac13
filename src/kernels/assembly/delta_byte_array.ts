import { copyShort } from "./bits";

export function byteArrayLengths(offsets: usize, n: u32, dst: usize): void {
  // Lengths written too much stay within the slack.
  for (const end = dst + (<usize>n << 2); dst < end; dst += 16) {
    v128.store(dst, i32x4.sub(v128.load(offsets, 4), v128.load(offsets)));
    offsets += 16;
  }
}

/** How many of the first `most` bytes are equal. */
// @ts-ignore: decorator
@inline
function equalBytes(left: usize, right: usize, most: u32): u32 {
  for (let i: u32 = 0; i < most; i += 16) {
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(left + i), v128.load(right + i)));
    if (same != 0xffff) return min<u32>(i + ctz<u32>(~same), most);
  }
  return most;
}

export function splitPrefixes(
  offsets: usize,
  data: usize,
  width: u32,
  n: u32,
  previous: usize,
  previousLength: u32,
  prefixes: usize,
  rests: usize,
  dst: usize,
): u32 {
  let to = dst;
  let from = offsets == 0 ? data : data + load<u32>(offsets);
  for (const stop = prefixes + (<usize>n << 2); prefixes < stop; prefixes += 4) {
    let length = width;
    if (offsets != 0) {
      offsets += 4;
      length = <u32>(data + load<u32>(offsets) - from);
    }
    const prefix = equalBytes(previous, from, min<u32>(length, previousLength));
    const rest = length - prefix;
    store<u32>(prefixes, prefix);
    store<u32>(rests, rest);
    rests += 4;
    copyShort(to, from + prefix, rest);
    to += rest;
    previous = from;
    previousLength = length;
    from += length;
  }
  return <u32>(to - dst);
}
