/**
 * Run-end encoded arrays, spread out again.
 *
 * @module
 */

import { InvalidBatchError } from "../util/errors.ts";
import { count } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { bitmapBytes, clearBitmap, isBitSet } from "./bitmap.ts";
import { int32View, int64View, MAX_SPREAD_SLOTS } from "./buffers.ts";
import type { Bitmap, ColumnArray } from "./column_array.ts";
import { convertArray } from "./convert_array.ts";
import { longestValue, plainSize } from "./plain_size.ts";
import { rawArray } from "./raw_array.ts";
import type { RawArray } from "./raw_array.ts";
import { invalidSlot, referredScope, slotBeyondLimit } from "./scope.ts";
import { take } from "./take.ts";
import type { ArrowType } from "./types.ts";

/**
 * Spreads runs out. Byte strings become a dictionary of the runs' values, so that none is copied; all else is copied
 * slot by slot.
 *
 * @returns The array, with a validity of its own.
 */
export function convertRunEndEncoded(
  node: Node,
  type: ArrowType & { kind: "runEndEncoded" },
): ColumnArray {
  const { raw, scope, from, to, tally } = node;
  const { length, bitOffset: offset } = raw;
  const ends = readRunEnds(node, type, raw.children[0]);
  const values = raw.children[1] ?? rawArray({ length: 0 });
  if (length > MAX_SPREAD_SLOTS) {
    throw slotBeyondLimit(scope, -1, `Cannot spread out runs of ${length} slots at once`);
  }
  // Indices, and bits of validity.
  tally.allowance.spend(length * 4 + bitmapBytes(length), scope.path);
  const indices = new Int32Array(length).fill(-1);
  let run = 0, previous = 0;
  for (let slot = from; slot < to;) {
    const end = ends(run);
    if (end <= previous || run >= values.length) {
      throw invalidSlot(scope, slot, `Cannot use run end ${end} after ${previous}`);
    }
    previous = end;
    const stop = Math.min(to, end - offset);
    if (stop > slot) {
      indices.fill(run, slot, stop);
      slot = stop;
    }
    if (slot < to) run++;
  }
  if (from < to) count(node, runEndWidth(type) * (run + 1));
  const firstRun = from < to ? indices[from]! : 0;
  const entries = convertArray({ type: type.values.type, nullable: true }, {
    raw: values,
    scope: referredScope(scope, firstRun, run + 1, (own) => {
      for (let slot = from; slot < to; slot++) own(indices[slot]!, slot);
    }),
    from: firstRun,
    to: from < to ? run + 1 : 0,
    tally,
  });
  if (entries.shape !== "bytes") return take(entries, indices, scope.path, tally.allowance);
  const exact = () => plainSize(entries, (slot) => indices[slot]!, from, to);
  tally.allowance.spendPlain((to - from) * longestValue(entries), exact, scope.path);
  return {
    shape: "dictionary",
    length,
    validity: validityOfRuns(entries.validity, indices, from, to),
    keyWidth: 4,
    keys: new Uint8Array(indices.buffer),
    dictionary: { ...entries, validity: null },
  };
}

function validityOfRuns(
  values: Bitmap | null,
  indices: Int32Array,
  from: number,
  to: number,
): Bitmap | null {
  if (values === null) return null;
  const validity = clearBitmap(indices.length);
  for (let slot = from; slot < to; slot++) {
    if (isBitSet(values, indices[slot]!)) validity.bytes[slot >> 3]! |= 1 << (slot & 7);
  }
  return validity;
}

function runEndWidth(type: ArrowType & { kind: "runEndEncoded" }): number {
  return type.runEnds.type.kind === "int" ? type.runEnds.type.bitWidth / 8 : 0;
}

/** Reads the run ends; 0 beyond the last. */
function readRunEnds(
  { scope, raw }: Node,
  type: ArrowType & { kind: "runEndEncoded" },
  runEnds: RawArray | undefined,
): (run: number) => number {
  const width = runEndWidth(type);
  const bytes = runEnds?.values ?? new Uint8Array(0);
  const count = Math.min(runEnds?.length ?? 0, Math.floor(bytes.length / width));
  if (raw.length > 0 && count < (runEnds?.length ?? 0)) {
    throw new InvalidBatchError(scope.path, -1, "Cannot read run ends: the buffer is too short");
  }
  if (width === 8) {
    const all = int64View(bytes);
    return (run) => run < count ? Number(all[run]!) : 0;
  }
  if (width === 4) {
    const all = int32View(bytes);
    return (run) => run < count ? all[run]! : 0;
  }
  if (width !== 2) {
    throw new InvalidBatchError(scope.path, -1, "Cannot read run ends: not integers");
  }
  return (run) => run < count ? bytes[2 * run]! | bytes[2 * run + 1]! << 24 >> 16 : 0;
}
