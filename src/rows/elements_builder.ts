/**
 * What lists and maps have in common: offsets into their child.
 *
 * @module
 */

import { SlotBuilder } from "./column_builder.ts";
import { Misfit } from "./misfit.ts";

/** Child slots that offsets of 32 bits reach, and that one array may have. */
export const MAX_SLOTS = 2 ** 31 - 2;

/** What has a number of child slots a slot. */
export abstract class ElementsBuilder extends SlotBuilder {
  /** Where child slots of each slot begin, and, at last, end. */
  protected offsets = new Int32Array(1);

  protected override grow(capacity: number): void {
    const before = this.offsets;
    this.offsets = new Int32Array(capacity + 1);
    this.offsets.set(before.subarray(0, this.length + 1));
  }

  /** Gives a misfit of the child, whose values began at slot `start`, the index of the value that holds it. */
  protected translate(error: unknown, from: number, start: number): unknown {
    if (!(error instanceof Misfit)) return error;
    const element = this.offsets[start]! + error.index;
    let slot = start;
    while (this.offsets[slot + 1]! <= element) slot++;
    error.index = from + slot - start;
    return error;
  }

  protected restartOffsets(fresh: boolean): void {
    this.restartSlots(fresh);
    if (fresh) this.offsets = new Int32Array(1);
  }

  protected get offsetBytes(): Uint8Array {
    return new Uint8Array(this.offsets.buffer, 0, 4 * (this.length + 1));
  }
}
