/**
 * Time: the clock, timers, and turns of the event loop. Everything in the library that waits, or measures how long something
 * takes, asks here, so that a simulation can have time pass as it likes.
 *
 * @module
 */

import type { Steps } from "../util/steps.ts";

/** Milliseconds of work after which the event loop gets a turn: timers, signals and messages come in between. */
export const TURN_MS = 20;

/** A source of time. */
export interface Clock {
  /** Milliseconds since some moment; never less than before. */
  now(): number;
  /** Calls back once, after `milliseconds`. */
  setTimer(callback: () => void, milliseconds: number): Timer;
  /** Forgets a timer; one that has called back, or none, is fine. */
  clearTimer(timer: Timer | undefined): void;
  /** Calls back after messages that have arrived by now were delivered. */
  afterTurn(callback: () => void): void;
}

/** A timer that runs, in the form of whichever clock started it. */
export type Timer = ReturnType<typeof setTimeout>;

/** What runtimes beyond browsers have. */
const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate;

/**
 * In workerd, timers and ports end with the request that made them, while the threads' encoders serve all requests; and its clock stands
 * still during a request's work, so that nothing there has to wait for a turn.
 */
export const IS_WORKERD: boolean =
  (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent ===
    "Cloudflare-Workers";

/** Callbacks that wait for their turn, where turns are messages. */
const turns: (() => void)[] = [];
let turnPort: MessagePort | null = null;

/** A message to oneself: browsers hold timers that start timers back by 4 ms, and by a second in a tab that is not seen. */
function afterMessage(callback: () => void): void {
  if (turnPort === null) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => turns.shift()?.();
    turnPort = port2;
  }
  turns.push(callback);
  turnPort.postMessage(null);
}

const real: Clock = {
  now: () => performance.now(),
  setTimer: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimer: (timer) => clearTimeout(timer),
  afterTurn(callback) {
    if (IS_WORKERD) queueMicrotask(callback);
    else if (immediate !== undefined) immediate(callback);
    else if (typeof MessageChannel === "function") afterMessage(callback);
    else setTimeout(callback, 0);
  },
};

let clock: Clock = real;

/** Replaces the clock of the whole library; `null`: the real one again. For simulations: nothing may be under way. */
export function useClock(other: Clock | null): void {
  clock = other ?? real;
}

/** {@linkcode Clock.now} */
export function now(): number {
  return clock.now();
}

/** {@linkcode Clock.setTimer} */
export function setTimer(callback: () => void, milliseconds: number): Timer {
  return clock.setTimer(callback, milliseconds);
}

/** {@linkcode Clock.clearTimer} */
export function clearTimer(timer: Timer | undefined): void {
  clock.clearTimer(timer);
}

/**
 * Does all steps, and gives the event loop a turn between two of them when one is due.
 *
 * @param goesOn Asked after each turn; if it says `false`, what is left is given up.
 * @returns What the steps come to; `undefined` where they were given up.
 */
export async function inTurns<T>(
  steps: Steps<T>,
  goesOn: () => boolean = () => true,
): Promise<T | undefined> {
  let began = now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (now() - began < TURN_MS) continue;
    await new Promise<void>(afterTurn);
    if (!goesOn()) return void steps.return(undefined as T);
    began = now();
  }
}

/** {@linkcode Clock.afterTurn} */
export function afterTurn(callback: () => void): void {
  clock.afterTurn(callback);
}
