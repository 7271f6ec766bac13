/**
 * XXH64 with seed 0, in halves of 32 bits: numbers that engines keep in registers, where BigInt would allocate.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/v0.8.2/doc/xxhash_spec.md
 * @module
 */

// The primes, as high and low halves.
const P1H = 0x9e3779b1 | 0, P1L = 0x85ebca87 | 0;
const P2H = 0xc2b2ae3d | 0, P2L = 0x27d4eb4f;
const P3H = 0x165667b1, P3L = 0x9e3779f9 | 0;
const P4H = 0x85ebca77 | 0, P4L = 0xc2b2ae63 | 0;
const P5H = 0x27d4eb2f, P5L = 0x165667c5;

/** A hash, or a lane of one: high and low half. */
const HIGH = 0, LOW = 1;

/** Upper half of the product of two unsigned halves, as a signed number. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  // None of these exceeds 32 bits, so that wrapping loses nothing.
  const first = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const second = (Math.imul(aLow, bHigh) + (first & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (first >>> 16) + (second >>> 16)) | 0;
}

/** `x ← x × (high, low)`. */
function multiply(x: Int32Array, high: number, low: number): void {
  const xh = x[HIGH]!, xl = x[LOW]!;
  x[HIGH] = multiplyHigh(xl, low) + Math.imul(xh, low) + Math.imul(xl, high);
  x[LOW] = Math.imul(xl, low);
}

/** `x ← x + (high, low)`. */
function add(x: Int32Array, high: number, low: number): void {
  const sum = (x[LOW]! >>> 0) + (low >>> 0);
  x[HIGH] = x[HIGH]! + high + (sum > 0xffffffff ? 1 : 0);
  x[LOW] = sum;
}

/** `x ← x` rotated left by `bits`, from 1 to 31. */
function rotate(x: Int32Array, bits: number): void {
  const xh = x[HIGH]!, xl = x[LOW]!;
  x[HIGH] = (xh << bits) | (xl >>> (32 - bits));
  x[LOW] = (xl << bits) | (xh >>> (32 - bits));
}

const word = new Int32Array(2);

/** `x ← x ^ round(0, input)`. */
function mixWord(x: Int32Array, high: number, low: number): void {
  word[HIGH] = high;
  word[LOW] = low;
  multiply(word, P2H, P2L);
  rotate(word, 31);
  multiply(word, P1H, P1L);
  x[HIGH]! ^= word[HIGH]!;
  x[LOW]! ^= word[LOW]!;
}

/** `lane ← round(lane, input)`. */
function round(lane: Int32Array, high: number, low: number): void {
  word[HIGH] = high;
  word[LOW] = low;
  multiply(word, P2H, P2L);
  add(lane, word[HIGH]!, word[LOW]!);
  rotate(lane, 31);
  multiply(lane, P1H, P1L);
}

const lanes = Array.from({ length: 4 }, () => new Int32Array(2));
const ROTATIONS = [1, 7, 12, 18];

/**
 * Hashes bytes.
 *
 * @param view What they are in.
 * @param start Their first position.
 * @param length How many.
 * @param hash Takes the hash: its high half, then its low half.
 */
export function xxh64(view: DataView, start: number, length: number, hash: Int32Array): void {
  const end = start + length;
  let at = start;
  if (length < 32) {
    hash[HIGH] = P5H;
    hash[LOW] = P5L;
  } else {
    lanes[0]![HIGH] = P1H;
    lanes[0]![LOW] = P1L;
    add(lanes[0]!, P2H, P2L);
    lanes[1]![HIGH] = P2H;
    lanes[1]![LOW] = P2L;
    lanes[2]![HIGH] = 0;
    lanes[2]![LOW] = 0;
    // −P1: neither half of it is 0.
    lanes[3]![HIGH] = ~P1H;
    lanes[3]![LOW] = -P1L;
    for (; at + 32 <= end; at += 32) {
      for (let i = 0; i < 4; i++) {
        round(lanes[i]!, view.getInt32(at + 8 * i + 4, true), view.getInt32(at + 8 * i, true));
      }
    }
    hash[HIGH] = 0;
    hash[LOW] = 0;
    for (let i = 0; i < 4; i++) {
      const lane = lanes[i]!;
      const high = lane[HIGH]!, low = lane[LOW]!;
      rotate(lane, ROTATIONS[i]!);
      add(hash, lane[HIGH]!, lane[LOW]!);
      lane[HIGH] = high;
      lane[LOW] = low;
    }
    for (let i = 0; i < 4; i++) {
      mixWord(hash, lanes[i]![HIGH]!, lanes[i]![LOW]!);
      multiply(hash, P1H, P1L);
      add(hash, P4H, P4L);
    }
  }
  add(hash, 0, length);
  for (; at + 8 <= end; at += 8) {
    mixWord(hash, view.getInt32(at + 4, true), view.getInt32(at, true));
    rotate(hash, 27);
    multiply(hash, P1H, P1L);
    add(hash, P4H, P4L);
  }
  if (at + 4 <= end) {
    word[HIGH] = 0;
    word[LOW] = view.getInt32(at, true);
    multiply(word, P1H, P1L);
    hash[HIGH]! ^= word[HIGH]!;
    hash[LOW]! ^= word[LOW]!;
    rotate(hash, 23);
    multiply(hash, P2H, P2L);
    add(hash, P3H, P3L);
    at += 4;
  }
  for (; at < end; at++) {
    word[HIGH] = 0;
    word[LOW] = view.getUint8(at);
    multiply(word, P5H, P5L);
    hash[HIGH]! ^= word[HIGH]!;
    hash[LOW]! ^= word[LOW]!;
    rotate(hash, 11);
    multiply(hash, P1H, P1L);
  }
  avalanche(hash);
}

function avalanche(hash: Int32Array): void {
  // hash ^= hash >>> 33
  hash[LOW]! ^= hash[HIGH]! >>> 1;
  multiply(hash, P2H, P2L);
  // hash ^= hash >>> 29
  const high = hash[HIGH]!;
  hash[LOW]! ^= (hash[LOW]! >>> 29) | (high << 3);
  hash[HIGH] = high ^ (high >>> 29);
  multiply(hash, P3H, P3L);
  // hash ^= hash >>> 32
  hash[LOW]! ^= hash[HIGH]!;
}
