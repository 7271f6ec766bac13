/**
 * Arrays with children: lists of all kinds, maps, structs.
 *
 * @module
 */

import { InvalidBatchError, SchemaError } from "../util/errors.ts";
import { count, firstPresent, isValid } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { assertAbsent, int32View, int64View, MAX_COPIED_BYTES } from "./buffers.ts";
import type {
  Bitmap,
  ColumnArray,
  FixedSizeListArray,
  ListArray,
  StructArray,
} from "./column_array.ts";
import { convertArray } from "./convert_array.ts";
import { checkOffsets, offsetAt, readOffsets, slotWithElement } from "./offsets.ts";
import { rawArray, shortened } from "./raw_array.ts";
import type { RawArray } from "./raw_array.ts";
import { childScope, invalidSlot, listScope, referredScope, slotBeyondLimit } from "./scope.ts";
import { take } from "./take.ts";
import type { ArrowField, ArrowType } from "./types.ts";

/** Stands for a child that Arrow JS left out. */
const ABSENT: RawArray = rawArray({ length: 0 });

function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** A list; also the outer part of a map. */
export function convertList(
  node: Node,
  childField: Pick<ArrowField, "type" | "nullable">,
  large: boolean,
  validity: Bitmap | null,
): ListArray {
  const { raw, scope, from, to, tally } = node;
  const offsets = readOffsets(node, large, validity);
  const child = raw.children[0] ?? ABSENT;
  checkOffsets(offsets, from, to, child.length, scope, tally.ascending);
  const childFrom = from < to ? offsetAt(offsets, from) : 0;
  const childTo = from < to ? offsetAt(offsets, to) : 0;
  const inner = listScope(
    scope,
    scope.path,
    validity,
    (element) => slotWithElement(offsets, from, to, element),
  );
  if (from < to) count(node, (to - from + 1) * (large ? 8 : 4));
  return {
    shape: "list",
    length: raw.length,
    validity,
    offsets,
    child: convertArray(childField, {
      raw: child,
      scope: inner,
      from: childFrom,
      to: childTo,
      tally,
    }),
  };
}

/** A map: a list of structs. Neither entries nor keys are ever null, whatever the schema says. */
export function convertMap(
  node: Node,
  type: ArrowType & { kind: "map" },
  validity: Bitmap | null,
): ListArray {
  const entries = type.child.type;
  const [key, value] = entries.kind === "struct" ? entries.children : [];
  if (entries.kind !== "struct" || key === undefined || value === undefined) {
    throw new SchemaError(node.scope.path, "Cannot write a map without keys and values");
  }
  const children = [{ ...key, name: "key", nullable: false }, { ...value, name: "value" }];
  return convertList(
    node,
    { type: { kind: "struct", children }, nullable: false },
    false,
    validity,
  );
}

/** A struct. */
export function convertStruct(
  node: Node,
  fields: readonly ArrowField[],
  validity: Bitmap | null,
): StructArray {
  const { raw, scope, from, to, tally } = node;
  if (raw.children.length > fields.length) {
    throw new InvalidBatchError(
      scope.path,
      -1,
      `Cannot read a struct of ${raw.children.length} children: its type has ${fields.length}`,
    );
  }
  const children = fields.map((field, i) => {
    const child = raw.children[i] ?? ABSENT;
    const inner = childScope(scope, joinPath(scope.path, field.name), validity, 1);
    const used = { raw: child, scope: inner, from, to, tally };
    return convertPresent(field, used, raw.length, node, validity, 1);
  });
  return { shape: "struct", length: raw.length, validity, children };
}

/** A list of always as many elements. */
export function convertFixedSizeList(
  node: Node,
  type: ArrowType & { kind: "fixedSizeList" },
  validity: Bitmap | null,
): FixedSizeListArray {
  const { raw, scope, from, to, tally } = node;
  const { listSize } = type;
  const child = raw.children[0] ?? ABSENT;
  const used = {
    raw: child,
    scope: childScope(scope, scope.path, validity, listSize),
    from: from * listSize,
    to: to * listSize,
    tally,
  };
  return {
    shape: "fixedSizeList",
    length: raw.length,
    validity,
    listSize,
    child: convertPresent(type.child, used, raw.length * listSize, node, validity, listSize),
  };
}

/**
 * Converts a child that has to have `length` slots. One that is longer is cut. One that is shorter is filled up where
 * the parents of the missing slots are null: Arrow JS makes such children for absent columns.
 */
function convertPresent(
  field: ArrowField,
  child: Node,
  length: number,
  parent: Node,
  validity: Bitmap | null,
  listSize: number,
): ColumnArray {
  const have = child.raw.length;
  if (have === length) return convertArray(field, child);
  if (have > length) return convertArray(field, { ...child, raw: shortened(child.raw, length) });
  const first = Math.floor(have / listSize);
  assertAbsent((parent.raw.length - first) * listSize, child.scope);
  const present = firstPresent(parent, validity, first);
  if (present >= 0) {
    throw invalidSlot(
      { ...parent.scope, path: child.scope.path },
      present,
      `Cannot read a child of ${have} slots: ${length} are needed`,
    );
  }
  const { allowance } = child.tally;
  allowance.spend(length * 4, child.scope.path);
  const filled = take(
    convertArray(field, {
      ...child,
      from: Math.min(child.from, have),
      to: Math.min(child.to, have),
    }),
    indicesUpTo(have, length),
    child.scope.path,
    allowance,
  );
  return field.nullable ? filled : { ...filled, validity: null };
}

/** Indices of `have` slots, and −1 up to `length`. */
function indicesUpTo(have: number, length: number): Int32Array {
  const indices = new Int32Array(length).fill(-1, have);
  for (let slot = 0; slot < have; slot++) indices[slot] = slot;
  return indices;
}

/** A list whose slots may lie anywhere in the child, each with an offset and a size. */
export function convertListView(
  node: Node,
  childField: ArrowField,
  large: boolean,
  validity: Bitmap | null,
): ListArray {
  const { raw, scope, from, to, tally } = node;
  const { length } = raw;
  const read = large ? int64View : int32View;
  const starts = read(raw.offsets ?? new Uint8Array(0));
  const sizes = read(raw.sizes ?? new Uint8Array(0));
  const child = raw.children[0] ?? ABSENT;
  tally.allowance.spend((length + 1) * 4, scope.path);
  // From the walk on: where a slot starts, and how long it is if anything is to be seen of it.
  const offsets = new Int32Array(length + 1);
  let total = 0, inOrder = true, first = -1, next = 0, childFrom = child.length, childTo = 0;
  const sizeOf = (slot: number): number => {
    if (!isValid(validity, slot)) return 0;
    const start = Number(starts[slot] ?? -1), size = Number(sizes[slot] ?? -1);
    if (start >= 0 && size >= 0 && start + size <= child.length) return size;
    if (!scope.isLive(slot)) return 0;
    throw invalidSlot(
      scope,
      slot,
      `Cannot use a list of ${size} at offset ${start}: there are ${child.length} elements`,
    );
  };
  for (let slot = from; slot < to; slot++) {
    offsets[slot] = total;
    const size = sizeOf(slot);
    if (size === 0) continue;
    const start = Number(starts[slot]!);
    if (first < 0) first = next = start;
    if (start !== next) inOrder = false;
    next = start + size;
    if (start < childFrom) childFrom = start;
    if (next > childTo) childTo = next;
    total += size;
    if (total * 4 > MAX_COPIED_BYTES) {
      throw slotBeyondLimit(scope, slot, `Cannot gather more than ${MAX_COPIED_BYTES} bytes`);
    }
  }
  offsets.fill(total, to);
  if ((childTo - childFrom) * 4 > MAX_COPIED_BYTES) {
    throw slotBeyondLimit(
      scope,
      -1,
      `Cannot use lists that spread over more than ${MAX_COPIED_BYTES / 4} elements`,
    );
  }
  count(node, (to - from) * (large ? 16 : 8));
  const elements = convertArray(childField, {
    raw: child,
    scope: referredScope(scope, childFrom, childTo, (own) => {
      for (let slot = from; slot < to; slot++) {
        const start = Number(starts[slot] ?? 0), size = offsets[slot + 1]! - offsets[slot]!;
        for (let i = 0; i < size; i++) own(start + i, slot);
      }
    }),
    from: Math.min(childFrom, childTo),
    to: childTo,
    tally,
  });
  if (inOrder) {
    // The child can stay as it is; offsets are moved to where it starts.
    if (first > 0) { for (let i = 0; i <= length; i++) offsets[i]! += first; }
    return { shape: "list", length, validity, offsets, child: elements };
  }
  tally.allowance.spend(total * 4, scope.path);
  const indices = new Int32Array(total);
  for (let slot = from; slot < to; slot++) {
    const at = offsets[slot]!, size = offsets[slot + 1]! - at;
    if (size === 0) continue;
    const start = Number(starts[slot]!);
    for (let i = 0; i < size; i++) indices[at + i] = start + i;
  }
  const taken = take(elements, indices, scope.path, tally.allowance);
  return { shape: "list", length, validity, offsets, child: taken };
}
