export const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
export const MULTIPLIER_2: u64 = 0xc2b2ae3d27d4eb4f;
export const MULTIPLIER_3: u64 = 0x165667b19e3779f9;
export const MULTIPLIER_4: u64 = 0xd6e8feb86659fd93;
export const MULTIPLIER_5: u64 = 0xa0761d6478bd642f;
export const MULTIPLIER_6: u64 = 0xe7037ed1a0b428db;
export const MULTIPLIER_7: u64 = 0x8ebc6af09c88c6e3;
export const MULTIPLIER_8: u64 = 0x589965cc75374cc3;

// Hashes are taken from a product's highest bits, which depend on all bits of the value.

// @ts-ignore: decorator
@inline
export function shiftOf(slots: u32): u64 {
  return 64 - <u64>ctz<u32>(slots);
}

/** A hash of 16 bytes. */
// @ts-ignore: decorator
@inline
export function hashPair(low: u64, high: u64): u64 {
  return low * MULTIPLIER + high * MULTIPLIER_2;
}

/** A hash of 17 to 32 bytes. */
// @ts-ignore: decorator
@inline
export function hashMedium(at: usize, last: usize): u64 {
  return load<u64>(at) * MULTIPLIER + load<u64>(at, 8) * MULTIPLIER_2 +
    load<u64>(last) * MULTIPLIER_3 + load<u64>(last, 8) * MULTIPLIER_4;
}

/** A hash of at least 32 bytes, in four chains that the processor follows side by side. */
export function hashBytes(at: usize, length: u32): u64 {
  let hash = <u64>length * MULTIPLIER;
  let hash2 = MULTIPLIER_2;
  let hash3 = MULTIPLIER_3;
  let hash4 = MULTIPLIER_4;
  const last = at + length - 32;
  for (; at < last; at += 32) {
    hash = rotl<u64>((hash ^ load<u64>(at)) * MULTIPLIER, 32);
    hash2 = rotl<u64>((hash2 ^ load<u64>(at, 8)) * MULTIPLIER_2, 32);
    hash3 = rotl<u64>((hash3 ^ load<u64>(at, 16)) * MULTIPLIER_3, 32);
    hash4 = rotl<u64>((hash4 ^ load<u64>(at, 24)) * MULTIPLIER_4, 32);
  }
  // The last 32 bytes, some of them perhaps again.
  hash = (hash ^ load<u64>(last)) * MULTIPLIER;
  hash2 = (hash2 ^ load<u64>(last, 8)) * MULTIPLIER_2;
  hash3 = (hash3 ^ load<u64>(last, 16)) * MULTIPLIER_3;
  hash4 = (hash4 ^ load<u64>(last, 24)) * MULTIPLIER_4;
  hash = (hash ^ rotl<u64>(hash2, 32)) + rotl<u64>(hash3 ^ rotl<u64>(hash4, 32), 16);
  return hash ^ (hash >> 32);
}

/** Whether at least 64 bytes are equal. They mostly are, so nothing is gained by looking for a difference early. */
export function equalBytes(left: usize, right: usize, length: u32): bool {
  const last = length - 64;
  let difference = difference64(left + last, right + last);
  for (let i: u32 = 0; i < last; i += 64) {
    difference = v128.or(difference, difference64(left + i, right + i));
  }
  return !v128.any_true(difference);
}

// @ts-ignore: decorator
@inline
function difference64(left: usize, right: usize): v128 {
  return v128.or(
    v128.or(
      v128.xor(v128.load(left), v128.load(right)),
      v128.xor(v128.load(left, 16), v128.load(right, 16)),
    ),
    v128.or(
      v128.xor(v128.load(left, 32), v128.load(right, 32)),
      v128.xor(v128.load(left, 48), v128.load(right, 48)),
    ),
  );
}

// Byte arrays of up to 64 bytes are looked at in four pieces of 16, those of up to 128 in two of 64, which overlap: how many it takes is
// hard to foresee, and a loop that ends elsewhere than expected costs more than all of them.

/**
 * A hash of 16 to 64 bytes, to be multiplied once more. Half of it is turned, or values that differ in every eighth byte alone, as
 * padded digits do, would differ in its highest bits alone.
 */
// @ts-ignore: decorator
@inline
function hashPieces(at: usize, length: u32): u64 {
  const last = length - 16;
  const second = at + min<u32>(16, last);
  const third = at + min<u32>(32, last);
  const fourth = at + last;
  return load<u64>(at) * MULTIPLIER + load<u64>(at, 8) * MULTIPLIER_2 +
    load<u64>(second) * MULTIPLIER_3 + load<u64>(second, 8) * MULTIPLIER_4 +
    rotl<u64>(
      load<u64>(third) * MULTIPLIER_5 + load<u64>(third, 8) * MULTIPLIER_6 +
        load<u64>(fourth) * MULTIPLIER_7 + load<u64>(fourth, 8) * MULTIPLIER_8,
      32,
    );
}

/** Whether 16 to 64 bytes are equal. */
// @ts-ignore: decorator
@inline
function equalPieces(left: usize, right: usize, length: u32): bool {
  const last = length - 16;
  const second = min<u32>(16, last);
  const third = min<u32>(32, last);
  const difference = v128.or(
    v128.or(
      v128.xor(v128.load(left), v128.load(right)),
      v128.xor(v128.load(left + second), v128.load(right + second)),
    ),
    v128.or(
      v128.xor(v128.load(left + third), v128.load(right + third)),
      v128.xor(v128.load(left + last), v128.load(right + last)),
    ),
  );
  return !v128.any_true(difference);
}

// @ts-ignore: decorator
@inline
function hash64(at: usize): u64 {
  return load<u64>(at) * MULTIPLIER + load<u64>(at, 8) * MULTIPLIER_2 +
    load<u64>(at, 16) * MULTIPLIER_3 + load<u64>(at, 24) * MULTIPLIER_4 +
    load<u64>(at, 32) * MULTIPLIER_5 + load<u64>(at, 40) * MULTIPLIER_6 +
    load<u64>(at, 48) * MULTIPLIER_7 + load<u64>(at, 56) * MULTIPLIER_8;
}

/** A hash of at least 16 bytes. */
// @ts-ignore: decorator
@inline
export function hashLong(at: usize, length: u32): u64 {
  if (length <= 64) return hashPieces(at, length);
  if (length > 128) return hashBytes(at, length);
  return rotl<u64>(hash64(at), 32) * MULTIPLIER + hash64(at + length - 64);
}

/** Whether at least 16 bytes are equal. */
// @ts-ignore: decorator
@inline
export function equalLong(left: usize, right: usize, length: u32): bool {
  if (length <= 64) return equalPieces(left, right, length);
  if (length > 128) return equalBytes(left, right, length);
  const last = length - 64;
  return !v128.any_true(
    v128.or(difference64(left, right), difference64(left + last, right + last)),
  );
}
