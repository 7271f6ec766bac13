/**
 * CRC-32 as in GZIP, eight bytes at a time (slicing-by-8: one table lookup a byte, none of which waits for another).
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-8
 *
 * @module
 */

const POLYNOMIAL = 0xedb88320;

/** `TABLES[k * 256 + b]`: what byte `b` does to the checksum when `k` bytes follow it. */
const TABLES: Int32Array = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const crc = tables[i - 256]!;
    tables[i] = (crc >>> 8) ^ tables[crc & 255]!;
  }
  return tables;
}

/**
 * The checksum of some bytes.
 *
 * @returns As a signed 32-bit integer, as page headers have it.
 */
export function crc32(bytes: Uint8Array): number {
  const tables = TABLES;
  const end = bytes.length;
  const bulkEnd = end - end % 8;
  let crc = -1, i = 0;
  for (; i < bulkEnd; i += 8) {
    const low = crc ^
      (bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24);
    crc = tables[1792 + (low & 255)]! ^ tables[1536 + (low >>> 8 & 255)]! ^
      tables[1280 + (low >>> 16 & 255)]! ^ tables[1024 + (low >>> 24)]! ^
      tables[768 + bytes[i + 4]!]! ^ tables[512 + bytes[i + 5]!]! ^
      tables[256 + bytes[i + 6]!]! ^ tables[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[i]!) & 255]!;
  return ~crc;
}
