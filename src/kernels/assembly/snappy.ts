import { copyShort } from "./bits";
import { matchEnd, TABLE } from "./match";

const BLOCK: u32 = 65536;
const MARGIN: u32 = 15;
const MAX_TABLE_BITS: u32 = 14;

export function snappyCompress(src: usize, n: u32, dst: usize): u32 {
  let to = dst;
  let rest = n;
  while (rest > 127) {
    store<u8>(to++, (rest & 127) | 128);
    rest >>= 7;
  }
  store<u8>(to++, rest);
  for (let start: u32 = 0; start < n; start += BLOCK) {
    to = compressBlock(src + start, min<u32>(BLOCK, n - start), to);
  }
  return <u32>(to - dst);
}

// @ts-ignore: decorator
@inline
function hashSlot(bytes: u32, shift: u32): usize {
  return TABLE + (<usize>((bytes * 0x1e35a7bd) >> shift) << 1);
}

function compressBlock(block: usize, length: u32, to: usize): usize {
  const end = block + length;
  let emitted = block;
  if (length > MARGIN) {
    let bits: u32 = 8;
    while (bits < MAX_TABLE_BITS && (<u32>1 << bits) < length) bits++;
    const shift = 32 - bits;
    memory.fill(TABLE, 0, 2 << bits);
    const limit = end - MARGIN;
    let at = block + 1;
    let ended = false;
    while (!ended) {
      let skip: u32 = 32;
      let next = at;
      let candidate: usize;
      let bytes: u32;
      do {
        at = next;
        const step = skip >> 5;
        skip += step;
        next = at + step;
        if (next > limit) {
          ended = true;
          break;
        }
        bytes = load<u32>(at);
        const slot = hashSlot(bytes, shift);
        candidate = block + load<u16>(slot);
        store<u16>(slot, <u32>(at - block));
      } while (bytes != load<u32>(candidate));
      if (ended) break;
      to = emitLiteral(emitted, <u32>(at - emitted), to);
      do {
        const matched = matchEnd(at + 4, candidate + 4, end);
        to = emitCopy(<u32>(at - candidate), <u32>(matched - at), to);
        at = matched;
        emitted = at;
        if (at >= limit) {
          ended = true;
          break;
        }
        store<u16>(hashSlot(load<u32>(at - 1), shift), <u32>(at - 1 - block));
        bytes = load<u32>(at);
        const slot = hashSlot(bytes, shift);
        candidate = block + load<u16>(slot);
        store<u16>(slot, <u32>(at - block));
      } while (bytes == load<u32>(candidate));
      at++;
    }
  }
  return emitted < end ? emitLiteral(emitted, <u32>(end - emitted), to) : to;
}

// @ts-ignore: decorator
@inline
function emitLiteral(from: usize, length: u32, to: usize): usize {
  const less = length - 1;
  if (less < 60) {
    store<u8>(to++, less << 2);
  } else if (less < 256) {
    store<u8>(to, 60 << 2);
    store<u8>(to, less, 1);
    to += 2;
  } else {
    store<u8>(to, 61 << 2);
    store<u16>(to, less, 1);
    to += 3;
  }
  copyShort(to, from, length);
  return to + length;
}

// @ts-ignore: decorator
@inline
function emitCopy(offset: u32, length: u32, to: usize): usize {
  while (length >= 68) {
    store<u8>(to, (63 << 2) | 2);
    store<u16>(to, offset, 1);
    to += 3;
    length -= 64;
  }
  if (length > 64) {
    store<u8>(to, (59 << 2) | 2);
    store<u16>(to, offset, 1);
    to += 3;
    length -= 60;
  }
  if (length >= 12 || offset >= 2048) {
    store<u8>(to, ((length - 1) << 2) | 2);
    store<u16>(to, offset, 1);
    return to + 3;
  }
  store<u8>(to, ((offset >> 8) << 5) | ((length - 4) << 2) | 1);
  store<u8>(to, offset, 1);
  return to + 2;
}
