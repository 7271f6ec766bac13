/**
 * The scheduler of a simulation: every event that comes from outside of JavaScript (a message, a settled write, a timer, a
 * turn of the event loop, the next step of a caller) is an action here, and a seed decides which comes next.
 *
 * What follows from an action by promises alone happens before the next one: promises have one order, given by the code.
 */

import type { Clock, Timer } from "../../src/runtime/clock.ts";
import type { Random } from "./random.ts";

/** Most actions of one simulation; more than that is a loop. */
const MOST_ACTIONS = 20_000;
/** How likely one channel's actions are compared with another's: some are starved, some come in bursts. */
const WEIGHTS = [1, 1, 1, 1, 0.03, 20];

interface Action {
  readonly name: string;
  readonly run: () => void;
}

interface VirtualTimer extends Action {
  readonly at: number;
  readonly order: number;
  readonly channel: string;
}

const realImmediate = setImmediate;

/** Lets everything happen that promises alone make happen. */
function settled(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

/** Actions, and the time at which they happen. */
export class Scheduler implements Clock {
  /** What has happened, one line each. */
  readonly trace: string[] = [];
  readonly #random: Random;
  /** Of its own, since how often the library asks for the time is of no concern to the order of actions. */
  readonly #drift: Random;
  /** Most milliseconds that pass from one look at the clock to the next. */
  readonly #pace: number;
  readonly #weights = new Map<string, number>();
  readonly #channels = new Map<string, Action[]>();
  readonly #paused = new Set<string>();
  readonly #timers = new Set<VirtualTimer>();
  readonly #interruptions: { readonly action: number; readonly run: () => void }[] = [];
  #now = 0;
  #order = 0;
  #actions = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#drift = random.fork();
    this.#pace = this.#drift.pick([0.001, 0.001, 0.1, 10]);
  }

  /** Actions so far. */
  get actions(): number {
    return this.#actions;
  }

  /** Names of the timers that run. */
  get timers(): string[] {
    return [...this.#timers].map(({ channel, name }) => `${channel}: ${name}`);
  }

  /** Notes something that is no action. */
  note(text: string): void {
    this.trace.push(`    ${text}`);
  }

  /** Adds an action. Those of one channel keep their order. */
  post(channel: string, name: string, run: () => void): void {
    const queue = this.#channels.get(channel);
    if (queue === undefined) this.#channels.set(channel, [{ name, run }]);
    else queue.push({ name, run });
  }

  /** Holds a channel back, or lets it go on. */
  pause(channel: string, paused: boolean): void {
    if (paused) this.#paused.add(channel);
    else this.#paused.delete(channel);
  }

  /** Forgets what waits in a channel. */
  drop(channel: string): void {
    this.#channels.delete(channel);
  }

  /** Resolves by an action. */
  point(channel: string, name: string): Promise<void> {
    return new Promise((resolve) => this.post(channel, name, resolve));
  }

  /** An action that becomes possible after `milliseconds`. */
  later(milliseconds: number, channel: string, name: string, run: () => void): Timer {
    const timer: VirtualTimer = {
      at: this.#now + milliseconds,
      order: this.#order++,
      channel,
      name,
      run,
    };
    this.#timers.add(timer);
    return timer as unknown as Timer;
  }

  /** Runs something between two actions, once there were so many. */
  interrupt(action: number, run: () => void): void {
    this.#interruptions.push({ action, run });
  }

  /** Acts until nothing is left to do, timers included. */
  async run(): Promise<void> {
    for (;;) {
      await settled();
      for (const interruption of this.#interruptions.filter((i) => i.action <= this.#actions)) {
        this.#interruptions.splice(this.#interruptions.indexOf(interruption), 1);
        interruption.run();
        await settled();
      }
      const channel = this.#choose();
      if (channel === null) {
        if (!this.#advance()) return;
        continue;
      }
      if (++this.#actions > MOST_ACTIONS) throw new Error(`more than ${MOST_ACTIONS} actions`);
      const queue = this.#channels.get(channel)!;
      const { name, run } = queue.shift()!;
      if (queue.length === 0) this.#channels.delete(channel);
      this.trace.push(`${this.#actions} ${channel}: ${name}`);
      run();
    }
  }

  // --- Clock -------------------------------------------------------------------------------------------------------

  now(): number {
    return this.#now += this.#drift.number() * this.#pace;
  }

  setTimer(callback: () => void, milliseconds: number): Timer {
    return this.later(milliseconds, "timer", `after ${Math.round(milliseconds)} ms`, callback);
  }

  clearTimer(timer: Timer | undefined): void {
    this.#timers.delete(timer as unknown as VirtualTimer);
  }

  afterTurn(callback: () => void): void {
    this.post("turn", "begins", callback);
  }

  // --- choices -----------------------------------------------------------------------------------------------------

  #choose(): string | null {
    const ready: string[] = [];
    let sum = 0;
    for (const channel of this.#channels.keys()) {
      if (this.#paused.has(channel)) continue;
      ready.push(channel);
      sum += this.#weight(channel);
    }
    let at = this.#random.number() * sum;
    for (const channel of ready) {
      at -= this.#weight(channel);
      if (at < 0) return channel;
    }
    return ready.at(-1) ?? null;
  }

  #weight(channel: string): number {
    let weight = this.#weights.get(channel);
    if (weight === undefined) {
      this.#weights.set(channel, weight = this.#random.pick(WEIGHTS));
    }
    return weight;
  }

  /** Goes on to the next timer, whose action is then one of those that may happen. */
  #advance(): boolean {
    let next: VirtualTimer | null = null;
    for (const timer of this.#timers) {
      if (
        next === null || timer.at < next.at || (timer.at === next.at && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    if (next === null) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    this.post(next.channel, next.name, next.run);
    return true;
  }
}
