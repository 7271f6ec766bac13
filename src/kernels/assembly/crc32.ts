/** Sixteen tables of 256 u32 ("slicing by 16"), made at the first call. */
const TABLES = memory.data(16 * 1024, 16);
let made = false;

function makeTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (-(crc & 1) & 0xedb88320);
    store<u32>(TABLES + (byte << 2), crc);
  }
  for (let entry: u32 = 256; entry < 16 * 256; entry++) {
    const before = load<u32>(TABLES + ((entry - 256) << 2));
    store<u32>(TABLES + (entry << 2), (before >> 8) ^ load<u32>(TABLES + ((before & 255) << 2)));
  }
  made = true;
}

// @ts-ignore: decorator
@inline
function lookUp(word: u32, table: usize): u32 {
  return load<u32>(TABLES + ((word & 255) << 2) + table * 1024 + 3 * 1024) ^
    load<u32>(TABLES + (((word >> 8) & 255) << 2) + table * 1024 + 2 * 1024) ^
    load<u32>(TABLES + (((word >> 16) & 255) << 2) + table * 1024 + 1024) ^
    load<u32>(TABLES + ((word >> 24) << 2) + table * 1024);
}

/** The register after n bytes, byte by byte in effect; `crc` is the one before. */
function divide(src: usize, n: u32, crc: u32): u32 {
  if (!made) makeTables();
  const end = src + n;
  for (; src + 16 <= end; src += 16) {
    crc = lookUp(load<u32>(src) ^ crc, 12) ^ lookUp(load<u32>(src, 4), 8) ^
      lookUp(load<u32>(src, 8), 4) ^ lookUp(load<u32>(src, 12), 0);
  }
  for (; src < end; src++) {
    crc = (crc >> 8) ^ load<u32>(TABLES + (((crc ^ load<u8>(src)) & 255) << 2));
  }
  return crc;
}

// x^515 + x^234 + x^230 + x^171 + 1 is a multiple of the polynomial, and so is its eighth power, in which these are bytes. So a byte can
// be taken out of a message, and added to those that come so many bytes later, without a change of the sum: sixteen at a time, until
// too few are left. Of all such multiples of five terms this is the shortest that looks back so far that nothing is read which is still
// being stored; with four terms there is none below 3,006.
const FAR: u32 = 515;
const SECOND: u32 = 515 - 171;
const THIRD: u32 = 515 - 230;
const NEAR: u32 = 515 - 234;

/** Bytes that are taken out in one go, while they are in cache. */
const BLOCK: u32 = 8 * 1024;
/** `FAR`, rounded up; and room for what is left over, fewer bytes than `FAR` + 16. */
const BEFORE: u32 = 528;
const REST: u32 = 544;
/** Messages of which it pays. */
const LONG: u32 = 1024;

/** The bytes taken out last, and those of the block after them. */
const TAKEN = memory.data(528 + 8 * 1024, 16);

/** What has to be added to sixteen bytes for those that were taken out before. */
// @ts-ignore: decorator
@inline
function owed(at: usize): v128 {
  return v128.xor(
    v128.xor(v128.load(at - NEAR), v128.load(at - THIRD)),
    v128.xor(v128.load(at - SECOND), v128.load(at - FAR)),
  );
}

function divideLong(src: usize, n: u32, crc: u32): u32 {
  const block = TAKEN + BEFORE;
  memory.fill(TAKEN, 0, BEFORE);
  // The register is added to the first bytes.
  store<u32>(block - FAR, crc);
  let left = (n - FAR) & ~15;
  n -= left;
  while (left > 0) {
    const bytes = min<u32>(left, BLOCK);
    for (let i: u32 = 0; i < bytes; i += 16) {
      v128.store(block + i, v128.xor(v128.load(src + i), owed(block + i)));
    }
    src += bytes;
    left -= bytes;
    memory.copy(TAKEN, TAKEN + bytes, BEFORE);
  }
  // Of the rest nothing is taken out.
  memory.fill(block, 0, REST);
  const rest = block + REST;
  for (let i: u32 = 0; i < n; i += 16) {
    v128.store(rest + i, v128.xor(v128.load(src + i), owed(block + i)));
  }
  return divide(rest, n, 0);
}

export function crc32(src: usize, n: u32, seed: u32): u32 {
  return ~(n >= LONG ? divideLong(src, n, ~seed) : divide(src, n, ~seed));
}
