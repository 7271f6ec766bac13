/**
 * Where in a batch an array stands: the way from a slot of a nested array back to its top-level row.
 *
 * Nothing here runs unless a slot is under suspicion.
 *
 * @module
 */

import type { Bitmap } from "./column_array.ts";
import { isBitSet } from "./bitmap.ts";
import { InvalidBatchError, LimitError } from "../util/errors.ts";

/** The place of an array within its batch. */
export interface Scope {
  /** Dotted path of the field. */
  readonly path: string;
  /** Whether the slot is there for a reader: all that encloses it is valid. */
  isLive(slot: number): boolean;
  /** The top-level row that the slot belongs to; -1 when it belongs to none. */
  row(slot: number): number;
}

/** The scope of a top-level column; `firstRow` is what its first slot is called in errors. */
export function columnScope(path: string, firstRow = 0): Scope {
  return { path, isLive: () => true, row: (slot) => firstRow + slot };
}

/** The scope of a child whose slots lie `listSize` to one of the parent's: a struct's (1), a fixed-size list's. */
export function childScope(
  parent: Scope,
  path: string,
  validity: Bitmap | null,
  listSize: number,
): Scope {
  const up = (slot: number) => Math.floor(slot / listSize);
  return {
    path,
    isLive: (slot) =>
      (validity === null || isBitSet(validity, up(slot))) && parent.isLive(up(slot)),
    row: (slot) => parent.row(up(slot)),
  };
}

/** The scope of a list's child: slot `s` belongs to the parent's slot that `find(s)` says, −1 for none. */
export function listScope(
  parent: Scope,
  path: string,
  validity: Bitmap | null,
  find: (slot: number) => number,
): Scope {
  return {
    path,
    isLive: (slot) => {
      const by = find(slot);
      return by >= 0 && (validity === null || isBitSet(validity, by)) && parent.isLive(by);
    },
    row: (slot) => {
      const by = find(slot);
      return by < 0 ? -1 : parent.row(by);
    },
  };
}

/**
 * The scope of a child whose slots are referred to by the parent's in any order.
 *
 * @param claim Calls `own(child slot, parent slot)` for every child slot that a valid parent slot has. The first live one
 * gets it.
 * @param from First child slot that can be referred to.
 * @param to The one after the last; not so many that an integer for each would be too much.
 */
export function referredScope(
  parent: Scope,
  from: number,
  to: number,
  claim: (own: (slot: number, by: number) => void) => void,
): Scope {
  let owners: Int32Array | null = null;
  const owner = (slot: number): number => {
    if (owners === null) {
      const found = owners = new Int32Array(Math.max(0, to - from)).fill(-1);
      claim((child, by) => {
        if (found[child - from] === -1 && parent.isLive(by)) found[child - from] = by;
      });
    }
    return owners[slot - from] ?? -1;
  };
  return {
    path: parent.path,
    isLive: (slot) => owner(slot) >= 0,
    row: (slot) => {
      const by = owner(slot);
      return by < 0 ? -1 : parent.row(by);
    },
  };
}

/** The error for a slot. */
export function invalidSlot(scope: Scope, slot: number, message: string): InvalidBatchError {
  return new InvalidBatchError(scope.path, slot < 0 ? -1 : scope.row(slot), message);
}

/** The error for a slot whose value there is no room for. */
export function slotBeyondLimit(scope: Scope, slot: number, message: string): LimitError {
  return new LimitError(scope.path, slot < 0 ? -1 : scope.row(slot), message);
}
