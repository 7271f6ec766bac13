const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

// @ts-ignore: decorator
@inline
function round(acc: u64, lane: u64): u64 {
  return rotl<u64>(acc + lane * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}

// @ts-ignore: decorator
@inline
function eightBytes(hash: u64, lane: u64): u64 {
  return rotl<u64>(hash ^ round(0, lane), 27) * P1 + P4;
}

// @ts-ignore: decorator
@inline
function fourBytes(hash: u64, lane: u64): u64 {
  return rotl<u64>(hash ^ (lane * P1), 23) * P2 + P3;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, acc: u64): u64 {
  return (hash ^ round(0, acc)) * P1 + P4;
}

function xxh64(at: usize, length: u32): u64 {
  const end = at + length;
  let hash = P5;
  if (length >= 32) {
    let acc1 = P1 + P2;
    let acc2 = P2;
    let acc3: u64 = 0;
    let acc4: u64 = 0 - P1;
    for (const last = end - 32; at <= last; at += 32) {
      acc1 = round(acc1, load<u64>(at));
      acc2 = round(acc2, load<u64>(at, 8));
      acc3 = round(acc3, load<u64>(at, 16));
      acc4 = round(acc4, load<u64>(at, 24));
    }
    hash = rotl<u64>(acc1, 1) + rotl<u64>(acc2, 7) + rotl<u64>(acc3, 12) + rotl<u64>(acc4, 18);
    hash = merge(merge(merge(merge(hash, acc1), acc2), acc3), acc4);
  }
  hash += length;
  for (; at + 8 <= end; at += 8) hash = eightBytes(hash, load<u64>(at));
  if (at + 4 <= end) {
    hash = fourBytes(hash, <u64>load<u32>(at));
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * P5), 11) * P1;
  return avalanche(hash);
}

export function xxh64Fixed(src: usize, width: u32, n: u32, dst: usize): void {
  const end = dst + (<usize>n << 3);
  if (width == 4) {
    for (; dst < end; dst += 8, src += 4) {
      store<u64>(dst, avalanche(fourBytes(P5 + 4, <u64>load<u32>(src))));
    }
  } else if (width == 8) {
    for (; dst < end; dst += 8, src += 8) {
      store<u64>(dst, avalanche(eightBytes(P5 + 8, load<u64>(src))));
    }
  } else {
    for (; dst < end; dst += 8, src += width) store<u64>(dst, xxh64(src, width));
  }
}

export function xxh64ByteArrays(offsets: usize, data: usize, n: u32, dst: usize): void {
  let from = load<u32>(offsets);
  for (let i: u32 = 0; i < n; i++) {
    const end = load<u32>(offsets + (<usize>i << 2), 4);
    store<u64>(dst + (<usize>i << 3), xxh64(data + from, end - from));
    from = end;
  }
}

// @ts-ignore: decorator
@inline
function setBit(word: usize, key: u32, salt: u32): void {
  store<u32>(word, load<u32>(word) | (1 << ((key * salt) >> 27)));
}

export function bloomInsert(hashes: usize, n: u32, bitset: usize, blocks: u32): void {
  for (const end = hashes + (<usize>n << 3); hashes < end; hashes += 8) {
    const hash = load<u64>(hashes);
    const key = <u32>hash;
    const block = bitset + ((<usize>(((hash >> 32) * <u64>blocks) >> 32)) << 5);
    setBit(block, key, 0x47b6137b);
    setBit(block + 4, key, 0x44974d91);
    setBit(block + 8, key, 0x8824ad5b);
    setBit(block + 12, key, 0xa2b7289d);
    setBit(block + 16, key, 0x705495c7);
    setBit(block + 20, key, 0x2df1424b);
    setBit(block + 24, key, 0x9efc4947);
    setBit(block + 28, key, 0x5c6bfb31);
  }
}
