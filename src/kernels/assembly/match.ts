/** 32 KiB for whichever compressor runs. */
export const TABLE = memory.data(32768, 16);

/** First position from `at` on, at most `end`, whose byte is not that at the same distance from `other`. */
// @ts-ignore: decorator
@inline
export function matchEnd(at: usize, other: usize, end: usize): usize {
  while (at + 8 <= end) {
    const difference = load<u64>(at) ^ load<u64>(other);
    if (difference != 0) return at + (<usize>ctz<u64>(difference) >> 3);
    at += 8;
    other += 8;
  }
  while (at < end && load<u8>(at) == load<u8>(other)) {
    at++;
    other++;
  }
  return at;
}
