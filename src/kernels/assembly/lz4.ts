import { copyShort } from "./bits";
import { matchEnd, TABLE } from "./match";

const TABLE_BITS: u32 = 13;
const MIN_MATCH: u32 = 4;
const MAX_OFFSET: u32 = 65535;
const LAST_LITERALS: u32 = 5;
const MATCH_MARGIN: u32 = 12;
const SKIP_SHIFT: u32 = 6;

// @ts-ignore: decorator
@inline
function hashSlot(bytes: u32): usize {
  return TABLE + (<usize>((bytes * 0x9e3779b1) >> (32 - TABLE_BITS)) << 2);
}

export function lz4Compress(src: usize, n: u32, dst: usize): u32 {
  const end = src + n;
  let to = dst;
  let anchor = src;
  if (n > MATCH_MARGIN) {
    memory.fill(TABLE, 0, 4 << TABLE_BITS);
    const lastMatch = end - MATCH_MARGIN;
    const lastByte = end - LAST_LITERALS;
    let at = src + 1;
    let ended = at > lastMatch;
    while (!ended) {
      let misses: u32 = 1 << SKIP_SHIFT;
      let candidate: usize;
      while (true) {
        const bytes = load<u32>(at);
        const slot = hashSlot(bytes);
        candidate = src + load<u32>(slot);
        store<u32>(slot, <u32>(at - src));
        if (load<u32>(candidate) == bytes && <u32>(at - candidate) <= MAX_OFFSET) break;
        at += misses++ >> SKIP_SHIFT;
        if (at > lastMatch) {
          ended = true;
          break;
        }
      }
      if (ended) break;
      const matched = matchEnd(at + MIN_MATCH, candidate + MIN_MATCH, lastByte);
      while (at > anchor && candidate > src && load<u8>(at - 1) == load<u8>(candidate - 1)) {
        at--;
        candidate--;
      }
      to = emitLiterals(anchor, <u32>(at - anchor), <u32>(matched - at) - MIN_MATCH, to);
      store<u16>(to, <u32>(at - candidate));
      to = emitLength(<u32>(matched - at) - MIN_MATCH, to + 2);
      at = matched;
      anchor = at;
      if (at > lastMatch) break;
      store<u32>(hashSlot(load<u32>(at - 2)), <u32>(at - 2 - src));
    }
  }
  return <u32>(emitLiterals(anchor, <u32>(end - anchor), 0, to) - dst);
}

/** The token and the literals of a sequence. */
// @ts-ignore: decorator
@inline
function emitLiterals(from: usize, length: u32, matchCode: u32, to: usize): usize {
  store<u8>(to, (min<u32>(length, 15) << 4) | min<u32>(matchCode, 15));
  to = emitLength(length, to + 1);
  copyShort(to, from, length);
  return to + length;
}

/** The part of a length that its token has no room for. */
// @ts-ignore: decorator
@inline
function emitLength(length: u32, to: usize): usize {
  if (length < 15) return to;
  length -= 15;
  if (length >= 255) {
    const full = length / 255;
    memory.fill(to, 255, full);
    to += full;
    length -= full * 255;
  }
  store<u8>(to, length);
  return to + 1;
}
