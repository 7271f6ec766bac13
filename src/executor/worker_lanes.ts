/**
 * The lanes of one writer's workers, as one.
 *
 * @module
 */

import type { CallerLane } from "./caller_lane.ts";
import type { PooledWorker } from "./pooled_worker.ts";
import type { Slab } from "./slab.ts";
import type { WorkerLane } from "./worker_lane.ts";

/** No lanes before a row group is begun that may turn out to be worth workers, and the same ones from then on. */
export class WorkerLanes {
  #lanes: readonly WorkerLane[] = [];

  /** The lanes. */
  get all(): readonly WorkerLane[] {
    return this.#lanes;
  }

  /** Whether there are none. */
  get none(): boolean {
    return this.#lanes.length === 0;
  }

  /** Bytes of records that are not encoded yet. */
  get recordBytes(): number {
    let bytes = 0;
    for (const lane of this.#lanes) bytes += lane.recordBytes;
    return bytes;
  }

  /** Bytes of kernel memory of the workers. */
  get kernelBytes(): number {
    let bytes = 0;
    for (const worker of new Set(this.#lanes.map(({ worker }) => worker))) {
      bytes += worker?.kernelBytes ?? 0;
    }
    return bytes;
  }

  /** Slabs that the workers have. */
  get slabsSent(): number {
    let slabs = 0;
    for (const lane of this.#lanes) slabs += lane.slabsSent;
    return slabs;
  }

  /** Whether a worker has something in hand. */
  get busy(): boolean {
    return this.#lanes.some(({ busy }) => busy);
  }

  /** Whether every worker has as much in hand as it needs. */
  get saturated(): boolean {
    return this.#lanes.every(({ saturated }) => saturated);
  }

  /** Whether the caller's thread encodes the chunks of a lane. */
  get standsIn(): boolean {
    return this.#lanes.some(({ standsIn }) => standsIn);
  }

  /** Makes `count` lanes, unless there are some. */
  make(count: number, create: () => WorkerLane): void {
    if (this.none) this.#lanes = Array.from({ length: count }, create);
  }

  /** From now on `workers` encode; where they are fewer, a worker has several lanes. */
  start(workers: readonly PooledWorker[]): void {
    for (const [i, lane] of this.#lanes.entries()) lane.start(workers[i % workers.length]!);
  }

  /** A worker could not be started: its lanes go to the others; returns how many of those there are. */
  takeBack(worker: PooledWorker): number {
    const lanes = this.#lanes.filter((lane) => lane.worker === worker);
    for (const lane of lanes) lane.takeBack();
    const others = [...new Set(this.#lanes.flatMap((lane) => lane.worker ?? []))];
    if (others.length > 0) {
      for (const [i, lane] of lanes.entries()) lane.start(others[i % others.length]!);
    }
    return others.length;
  }

  /** A worker has encoded a slab, the oldest that its lane gave it. */
  done(slab: Slab): void {
    this.#lanes.find(({ oldest }) => oldest === slab)!.done();
  }

  /** The slab that a worker has had for longest. */
  oldestOf(worker: PooledWorker): Slab | undefined {
    return this.#lanes.find((lane) => lane.worker === worker && lane.busy)?.oldest;
  }

  /** The caller's thread encodes what is held back for workers, and goes on so until the next row group. */
  standIn(caller: CallerLane): void {
    for (const lane of this.#lanes) lane.standIn(caller);
  }

  /** A row group begins. */
  restart(): void {
    for (const lane of this.#lanes) lane.restart();
  }

  /** Idle workers get what there is. */
  feed(): void {
    for (const lane of this.#lanes) lane.feed();
  }

  /** Sees to it that everything appended so far is encoded without more being appended. */
  push(): void {
    for (const lane of this.#lanes) lane.push();
  }

  /** Gives everything up. */
  end(): void {
    for (const lane of this.#lanes) lane.end();
  }
}
