/** XXH64 and membership in a split-block Bloom filter, the naive way: written from the specifications, with BigInt. */

const PRIMES = [
  11400714785074694791n,
  14029467366897019727n,
  1609587929392839161n,
  9650029242287828579n,
  2870177450012600261n,
] as const;
const [P1, P2, P3, P4, P5] = PRIMES;

const wrap = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint) => wrap(value << bits) | (value >> (64n - bits));
const round = (acc: bigint, lane: bigint) => wrap(rotate(wrap(acc + lane * P2), 31n) * P1);

/** XXH64 with seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: bigint = P5;
  if (bytes.length >= 32) {
    const lanes: bigint[] = [wrap(P1 + P2), P2, 0n, wrap(-P1)];
    for (; at + 32 <= bytes.length; at += 32) {
      lanes.forEach((lane, i) => lanes[i] = round(lane, view.getBigUint64(at + i * 8, true)));
    }
    const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
    hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * P1 + P4);
  }
  hash = wrap(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  }
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash = wrap(rotate(hash ^ wrap(BigInt(bytes[at]!) * P5), 11n) * P1);
  }
  hash = wrap((hash ^ (hash >> 33n)) * P2);
  hash = wrap((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

const SALT = [
  0x47b6137bn,
  0x44974d91n,
  0x8824ad5bn,
  0xa2b7289dn,
  0x705495c7n,
  0x2df1424bn,
  0x9efc4947n,
  0x5c6bfb31n,
];

/** The eight bits of a filter's bit set that a hash stands for. */
export function bloomBits(hash: bigint, blocks: number): number[] {
  const block = Number(((hash >> 32n) * BigInt(blocks)) >> 32n);
  const key = hash & 0xffffffffn;
  return SALT.map((salt, word) =>
    block * 256 + word * 32 + Number(BigInt.asUintN(32, key * salt) >> 27n)
  );
}

/** Whether a bit set may hold a value, given its PLAIN bytes (those of a byte array without their length). */
export function mayContain(bitset: Uint8Array, value: Uint8Array): boolean {
  return bloomBits(xxh64(value), bitset.length / 32).every((bit) =>
    (bitset[bit >> 3]! >> (bit & 7) & 1) === 1
  );
}
