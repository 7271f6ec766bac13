/** While none is negative, differences do not overflow: the signs of both, over all lanes, say it. */
export function areAscending32(offsets: usize, n: u32): bool {
  const last = offsets + (<usize>(n - 1) << 2);
  let signs = i32x4.splat(load<i32>(last));
  for (; offsets + 32 <= last; offsets += 32) {
    const a = v128.load(offsets), b = v128.load(offsets, 16);
    const overA = i32x4.sub(v128.load(offsets, 4), a), overB = i32x4.sub(v128.load(offsets, 20), b);
    signs = v128.or(signs, v128.or(v128.or(a, b), v128.or(overA, overB)));
  }
  let rest = 0;
  for (; offsets < last; offsets += 4) {
    const offset = load<i32>(offsets);
    rest |= offset | (load<i32>(offsets, 4) - offset);
  }
  return i32x4.bitmask(signs) == 0 && rest >= 0;
}

export function areAscending64(offsets: usize, n: u32): bool {
  const last = offsets + (<usize>(n - 1) << 3);
  let signs = i64x2.splat(load<i64>(last));
  for (; offsets + 32 <= last; offsets += 32) {
    const a = v128.load(offsets), b = v128.load(offsets, 16);
    const overA = i64x2.sub(v128.load(offsets, 8), a), overB = i64x2.sub(v128.load(offsets, 24), b);
    signs = v128.or(signs, v128.or(v128.or(a, b), v128.or(overA, overB)));
  }
  let rest: i64 = 0;
  for (; offsets < last; offsets += 8) {
    const offset = load<i64>(offsets);
    rest |= offset | (load<i64>(offsets, 8) - offset);
  }
  return i64x2.bitmask(signs) == 0 && rest >= 0;
}
