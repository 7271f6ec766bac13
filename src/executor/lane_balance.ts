/**
 * What the lanes have to do besides encoding: what is known of that lets them end together.
 *
 * @module
 */

import { now } from "../runtime/clock.ts";
import type { CostModel } from "./placement.ts";

/** Milliseconds of the caller's thread from which something is learned. */
const SPAN_MS = 8;

/** Records that were written somewhere. */
interface Written {
  bytes: number;
  /** Milliseconds that it took, without those of encoding. */
  milliseconds: number;
}

/**
 * Watches the lanes of one writer.
 *
 * Workers say themselves how long they were busy, and the caller's thread is watched between the moments in which it waits: what it has
 * sent says nothing of workers as long as it is too busy to hear from them, and while it waits it may have to do for others.
 */
export class LaneBalance {
  readonly #costs: CostModel;
  /** Milliseconds that the caller's thread has encoded. */
  readonly #encoded: () => number;
  /** Since when the caller's thread is known to work for this writer; `null`: it waits, or nobody knows. */
  #since: number | null = null;
  #encodedBefore = 0;
  /** Milliseconds of the caller's thread that it did not encode, in this span. */
  #milliseconds = 0;
  /** Of records, in this span. */
  readonly #handed: Written = { bytes: 0, milliseconds: 0 };
  readonly #filled: Written = { bytes: 0, milliseconds: 0 };
  #handingSince = 0;
  #fillingSince: number | null = null;
  #filledBefore = 0;
  #waiting = false;
  /** Of workers, so far: milliseconds that they were busy, and those that their finished column chunks took. */
  #workerBusy = 0;
  #workerEncoded = 0;

  /** Tells `costs` what it finds. */
  constructor(costs: CostModel, encoded: () => number) {
    this.#costs = costs;
    this.#encoded = encoded;
  }

  /** Rows are about to be appended. */
  begin(): void {
    this.#waiting = false;
    this.#start();
  }

  /** Records are about to be written for workers. */
  handing(): void {
    this.#handingSince = now();
    this.#fillingSince = null;
  }

  /** From now on they are written for the encoder of the caller's thread. */
  filling(): void {
    this.#fillingSince = now();
    this.#filledBefore = this.#encoded();
  }

  /** So many bytes of records were written for workers, and for that encoder. */
  written(handedBytes: number, filledBytes: number): void {
    const at = now();
    const until = this.#fillingSince ?? at;
    const handed = this.#handed, filled = this.#filled;
    handed.bytes += handedBytes;
    handed.milliseconds += until - this.#handingSince;
    if (this.#fillingSince === null) return;
    filled.bytes += filledBytes;
    filled.milliseconds += at - until - (this.#encoded() - this.#filledBefore);
  }

  /** Hears whether the caller is kept from writing more. */
  callerWaits(waits: boolean): void {
    if (waits) this.#stop();
    else if (this.#waiting) this.#start();
    this.#waiting = waits;
  }

  /** Nothing more comes for now. */
  complete(): void {
    this.#stop();
    this.#waiting = false;
  }

  /** A worker was busy for so long, and finished column chunks that took it `encoded`. */
  worked(busy: number, encoded: number): void {
    this.#workerBusy += busy;
    this.#workerEncoded += encoded;
  }

  /** Draws conclusions; `ended`: no column chunk is unfinished. */
  settle(ended: boolean): void {
    if (this.#since !== null) {
      this.#stop();
      this.#start();
    }
    if (this.#milliseconds >= SPAN_MS) this.#learn();
    if (ended && this.#workerEncoded > 0) {
      this.#costs.learnWorker(this.#workerBusy / this.#workerEncoded);
    }
  }

  #learn(): void {
    const { checking, handing, filling } = this.#costs;
    const handed = this.#handed, filled = this.#filled;
    checking.learn(
      handed.bytes + filled.bytes,
      this.#milliseconds - handed.milliseconds - filled.milliseconds,
    );
    handing.learn(handed.bytes, handed.milliseconds);
    filling.learn(filled.bytes, filled.milliseconds);
    this.#milliseconds = 0;
    for (const written of [handed, filled]) written.bytes = written.milliseconds = 0;
  }

  #start(): void {
    if (this.#since !== null) return;
    this.#since = now();
    this.#encodedBefore = this.#encoded();
  }

  #stop(): void {
    if (this.#since === null) return;
    this.#milliseconds += now() - this.#since - (this.#encoded() - this.#encodedBefore);
    this.#since = null;
  }
}
