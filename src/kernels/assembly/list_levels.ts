import { bitAt } from "./bits";

/**
 * The levels of lists whose parents are one range, and so are their items: no list that is null has any. Returns what was written and how
 * many items there are, or -1 where null lists have items.
 */
// @ts-ignore: decorator
@inline
function unbrokenLists(
  rep: usize,
  def: usize,
  n: u32,
  live: u32,
  validity: usize,
  bit: u32,
  offsets: usize,
  repLevel: u32,
  itemLevel: u32,
  outRep: usize,
  outDef: usize,
  hasRep: bool,
  hasDef: bool,
): i64 {
  const reps = i8x16.splat(<i8>repLevel);
  const itemLevels = i8x16.splat(<i8>itemLevel);
  const toDef = outDef - outRep;
  const first = load<u32>(offsets);
  let from = first;
  let to = outRep;
  let hidden: u32 = 0;
  for (let entry: u32 = 0; entry < n; entry++) {
    // Where an entry is not live any more, what is read is not used.
    const entryDef: u32 = hasDef ? <u32>load<u8>(def + entry) : live;
    const isLive: u32 = hasDef ? <u32>(entryDef == live) : 1;
    const items = (load<u32>(offsets, 4) - from) & -isLive;
    const valid: u32 = validity ? bitAt(validity, bit) : 1;
    hidden |= items & (valid - 1);
    // There is room for what can be seen alone.
    const length = items & -valid;
    from += items;
    offsets += isLive << 2;
    bit += isLive;
    let level = select<u32>(itemLevel - 1, live, valid);
    level = select<u32>(itemLevel, level, length);
    if (hasDef) level = select<u32>(level, entryDef, isLive);
    const written = max<u32>(length, 1);
    if (n - entry > 16) {
      // Each entry to come writes at least one level, so that 16 may be written here.
      v128.store(to, reps);
      v128.store(to + toDef, itemLevels);
      for (let item: u32 = 16; item < written; item += 16) {
        v128.store(to + item, reps);
        v128.store(to + toDef + item, itemLevels);
      }
    } else {
      memory.fill(to, <u8>repLevel, written);
      memory.fill(to + toDef, <u8>itemLevel, written);
    }
    store<u8>(to, hasRep ? <u32>load<u8>(rep + entry) : 0);
    store<u8>(to + toDef, level);
    to += written;
  }
  return hidden != 0 ? -1 : <i64>(to - outRep) << 32 | <i64>(from - first);
}

export function listLevels(
  rep: usize,
  def: usize,
  n: u32,
  live: u32,
  slots: usize,
  base: u32,
  validity: usize,
  bitOffset: u32,
  offsets: usize,
  listSize: u32,
  repLevel: u32,
  itemLevel: u32,
  outRep: usize,
  outDef: usize,
  outSlots: usize,
  result: usize,
): void {
  if (!slots && offsets && (def || !rep)) {
    const at = offsets + (<usize>base << 2);
    const bit = bitOffset + base;
    const written = rep
      ? unbrokenLists(rep, def, n, live, validity, bit, at, repLevel, itemLevel, outRep, outDef, true, true)
      : def
      ? unbrokenLists(0, def, n, live, validity, bit, at, repLevel, itemLevel, outRep, outDef, false, true)
      : unbrokenLists(0, 0, n, live, validity, bit, at, repLevel, itemLevel, outRep, outDef, false, false);
    if (written >= 0) {
      const children = <u32>written;
      store<u32>(result, <u32>(written >> 32));
      store<u32>(result, children, 4);
      store<u32>(result, 1, 8);
      store<u32>(result, children == 0 ? 0 : load<u32>(at), 12);
      return;
    }
  }
  const reps = i8x16.splat(<i8>repLevel);
  const items = i8x16.splat(<i8>itemLevel);
  const empty = itemLevel - 1;
  let toRep = outRep;
  let toDef = outDef;
  let nextSlot = base;
  let slotAt = slots;
  let out = outSlots;
  let children: u32 = 0;
  let first: u32 = 0;
  let expected: u32 = 0;
  let unbroken = true;
  for (let entry: u32 = 0; entry < n; entry++) {
    const entryRep: u32 = rep ? <u32>load<u8>(rep + entry) : 0;
    const entryDef: u32 = def ? <u32>load<u8>(def + entry) : live;
    const isLive = <u32>(entryDef == live);
    let slot = nextSlot;
    if (slots) {
      // Read even where no entry is live any more; its value is not used then, and is kept from leading astray.
      slot = load<u32>(slotAt) & -isLive;
      slotAt += isLive << 2;
    }
    nextSlot += isLive;
    let from: u32;
    let length: u32;
    if (offsets) {
      const at = offsets + (<usize>slot << 2);
      from = load<u32>(at);
      length = load<u32>(at, 4) - from;
    } else {
      from = slot * listSize;
      length = listSize;
    }
    let level = empty;
    length &= -isLive;
    if (validity) {
      const bit = bitAt(validity, bitOffset + slot);
      length &= -bit;
      level = select<u32>(empty, live, bit);
    }
    // Without a branch from here to the stores: which lists are empty is not predictable.
    level = select<u32>(itemLevel, level, length);
    level = select<u32>(level, entryDef, isLive);
    if (<i32>(length != 0) & <i32>(from != expected || !unbroken)) {
      if (children == 0) {
        first = from;
      } else {
        if (unbroken) {
          unbroken = false;
          for (let child: u32 = 0; child < children; child++) {
            store<u32>(out, first + child);
            out += 4;
          }
        }
        for (let child: u32 = 0; child < length; child++) {
          store<u32>(out, from + child);
          out += 4;
        }
      }
    }
    expected = select<u32>(from + length, expected, length);
    children += length;
    const written = max<u32>(length, 1);
    if (n - entry > 16) {
      // Each entry to come writes at least one level, so that 16 may be written here.
      v128.store(toRep, reps);
      v128.store(toDef, items);
      for (let item: u32 = 16; item < written; item += 16) {
        v128.store(toRep + item, reps);
        v128.store(toDef + item, items);
      }
    } else {
      memory.fill(toRep, <u8>repLevel, written);
      memory.fill(toDef, <u8>itemLevel, written);
    }
    store<u8>(toRep, entryRep);
    store<u8>(toDef, level);
    toRep += written;
    toDef += written;
  }
  store<u32>(result, <u32>(toRep - outRep));
  store<u32>(result, children, 4);
  store<u32>(result, <u32>unbroken, 8);
  store<u32>(result, first, 12);
}
