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

export function crc32(src: usize, n: u32, seed: u32): u32 {
  if (!made) makeTables();
  let crc = ~seed;
  const end = src + n;
  for (; src + 16 <= end; src += 16) {
    crc = lookUp(load<u32>(src) ^ crc, 12) ^ lookUp(load<u32>(src, 4), 8) ^
      lookUp(load<u32>(src, 8), 4) ^ lookUp(load<u32>(src, 12), 0);
  }
  for (; src < end; src++) {
    crc = (crc >> 8) ^ load<u32>(TABLES + (((crc ^ load<u8>(src)) & 255) << 2));
  }
  return ~crc;
}
