/** A source of batches, or of IPC bytes, that gives them when the scheduler says so, and goes wrong as told. */

import { type RecordBatch, RecordBatchStreamWriter } from "apache-arrow";
import type { ArrowSource } from "../../src/arrow/source.ts";
import { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { WriterScenario } from "./scenario.ts";

/** Milliseconds of a late batch. */
const LATE_MS = 5000;

/** What a source gives at a time. */
type Item = RecordBatch | Uint8Array;

/** The source. */
export class VirtualSource {
  /** Calls of `return` or `cancel`. */
  released = 0;
  /** Whether the end was reached, or the source has thrown. */
  exhausted = false;
  /** Whether it was asked for anything. */
  asked = 0;
  /** What it has thrown. */
  readonly raised: Error[] = [];
  /** Called before each batch. */
  during: (ordinal: number) => void = () => {};
  readonly #scheduler: Scheduler;
  readonly #name: string;
  #items: readonly (() => Item)[];
  readonly #fault: WriterScenario["sourceFault"];

  constructor(
    scheduler: Scheduler,
    name: string,
    batches: readonly (() => RecordBatch)[],
    fault: WriterScenario["sourceFault"],
  ) {
    this.#scheduler = scheduler;
    this.#name = name;
    this.#items = batches;
    this.#fault = fault;
  }

  /** The source in one of its forms. */
  as(form: WriterScenario["source"]): ArrowSource {
    if (form === "stream") return this.stream();
    if (form === "ipc") {
      this.#items = pieces(this.#items.map((make) => make() as RecordBatch));
      return { [Symbol.asyncIterator]: () => this.#asyncIterator() } as ArrowSource;
    }
    return form === "iterable"
      ? { [Symbol.iterator]: () => this.#iterator() } as ArrowSource
      : { [Symbol.asyncIterator]: () => this.#asyncIterator() } as ArrowSource;
  }

  /** The source as a stream. */
  stream(): ReadableStream<RecordBatch> {
    const batches = this.#asyncIterator();
    return new ReadableStream<RecordBatch>({
      pull: async (controller) => {
        const { done, value } = await batches.next();
        if (done) controller.close();
        else controller.enqueue(value as RecordBatch);
      },
      cancel: async () => {
        await batches.return!();
      },
    }, { highWaterMark: 0 });
  }

  #step(): IteratorResult<Item, undefined> {
    const ordinal = this.asked++;
    this.#scheduler.note(`${this.#name} is asked for batch ${ordinal}`);
    this.during(ordinal);
    if (this.#fault?.ordinal === ordinal && this.#fault.kind === "throws") {
      this.exhausted = true;
      const error = new Error(`the source throws at batch ${ordinal}`);
      this.raised.push(error);
      throw error;
    }
    const make = this.#items[ordinal];
    if (make === undefined) {
      this.exhausted = true;
      return { done: true, value: undefined };
    }
    return { done: false, value: make() };
  }

  #release(): void {
    this.#scheduler.note(`${this.#name} is given back`);
    this.released++;
  }

  #iterator(): Iterator<Item, undefined> {
    return {
      next: () => this.#step(),
      return: () => {
        this.#release();
        if (this.#fault?.kind === "return rejects") throw new Error("the source's return throws");
        return { done: true, value: undefined };
      },
    };
  }

  #asyncIterator(): AsyncIterator<Item, undefined> {
    return {
      next: async () => {
        if (this.#fault?.ordinal === this.asked) {
          if (this.#fault.kind === "hangs") {
            this.asked++;
            this.#scheduler.note(`${this.#name} hangs`);
            return await new Promise(() => {});
          }
          if (this.#fault.kind === "is late") {
            await new Promise<void>((resolve) =>
              this.#scheduler.later(LATE_MS, this.#name, "gives a batch late", resolve)
            );
            return this.#step();
          }
        }
        await this.#scheduler.point(this.#name, "gives a batch");
        return this.#step();
      },
      return: () => {
        this.#release();
        if (this.#fault?.kind === "return rejects") {
          return Promise.reject(new Error("the source's return rejects"));
        }
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

/** Batches as IPC streams, one after the other, and those in pieces that know nothing of messages. */
function pieces(batches: readonly RecordBatch[]): (() => Uint8Array)[] {
  const random = new Random(batches.length);
  const streams: Uint8Array[] = [];
  for (let from = 0; from < batches.length;) {
    let to = from + 1;
    // A stream has one schema.
    while (
      to < batches.length && batches[to]!.schema === batches[from]!.schema && random.chance(0.8)
    ) to++;
    streams.push(RecordBatchStreamWriter.writeAll(batches.slice(from, to)).toUint8Array(true));
    from = to;
  }
  const bytes = new Uint8Array(streams.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const stream of streams) {
    bytes.set(stream, end);
    end += stream.length;
  }
  const cuts: Uint8Array[] = [];
  for (let from = 0; from < end;) {
    const to = Math.min(end, from + random.magnitude(1, end));
    cuts.push(bytes.subarray(from, to));
    from = to;
  }
  return cuts.map((cut) => () => cut);
}
