/**
 * Which slabs a worker has answered, where the threads that gave them see it at once: its answers are messages, and those come when
 * their event loop gets a turn, which a thread that encodes gives it rarely.
 *
 * Only how much is under way is judged by it, so a slab may count as answered too early where a worker has more than `PLACES`.
 *
 * @module
 */

import { MEMORY_CAN_BE_SHARED } from "../runtime/bytes.ts";

/** More slabs than a worker has at once, but for dozens of writers. */
const PLACES = 64;

/** The highest ordinal answered, at its place modulo `PLACES`. */
export class AnsweredSlabs {
  /** What both threads see; `null`: there is no shared memory, and nothing is known before the answers come. */
  readonly places: Int32Array | null;

  /** Looks at what another thread fills, or begins anew, where there is shared memory. */
  constructor(places: Int32Array | null = newPlaces()) {
    this.places = places;
  }

  /** The slab with this ordinal is about to be answered. */
  add(ordinal: number): void {
    const { places } = this;
    if (places === null || Atomics.load(places, ordinal % PLACES) >= ordinal) return;
    Atomics.store(places, ordinal % PLACES, ordinal);
  }

  /** Whether the slab with this ordinal was answered. */
  has(ordinal: number): boolean {
    return this.places !== null && Atomics.load(this.places, ordinal % PLACES) >= ordinal;
  }
}

function newPlaces(): Int32Array | null {
  if (!MEMORY_CAN_BE_SHARED) return null;
  return new Int32Array(new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT)).fill(-1);
}
