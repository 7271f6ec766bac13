// @ts-ignore: decorator
@inline
function unmapped<T>(keys: usize, n: u32, remap: usize, dst: usize): u32 {
  let to = dst;
  for (const end = keys + n * sizeof<T>(); keys < end; keys += sizeof<T>()) {
    const key = <u32>load<T>(keys);
    const at = remap + (key << 2);
    if (load<i32>(at) == -1) {
      store<i32>(at, -2);
      store<u32>(to, key);
      to += 4;
    }
  }
  return <u32>((to - dst) >> 2);
}

export function unmappedKeys(keys: usize, keyWidth: u32, n: u32, remap: usize, dst: usize): u32 {
  if (keyWidth == 1) return unmapped<u8>(keys, n, remap, dst);
  if (keyWidth == 2) return unmapped<u16>(keys, n, remap, dst);
  if (keyWidth == 4) return unmapped<u32>(keys, n, remap, dst);
  return unmapped<u64>(keys, n, remap, dst);
}

// @ts-ignore: decorator
@inline
function mapTo<T>(keys: usize, n: u32, remap: usize, ids: usize): void {
  for (const end = keys + n * sizeof<T>(); keys < end; keys += sizeof<T>()) {
    store<u32>(ids, load<u32>(remap + (<u32>load<T>(keys) << 2)));
    ids += 4;
  }
}

export function mapKeys(keys: usize, keyWidth: u32, n: u32, remap: usize, ids: usize): void {
  if (keyWidth == 1) mapTo<u8>(keys, n, remap, ids);
  else if (keyWidth == 2) mapTo<u16>(keys, n, remap, ids);
  else if (keyWidth == 4) mapTo<u32>(keys, n, remap, ids);
  else mapTo<u64>(keys, n, remap, ids);
}
