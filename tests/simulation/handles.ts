/** The writers that have callers, as one. */

import type { RecordBatch, Schema } from "apache-arrow";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import type { SinkTarget } from "../../src/store/to_sink.ts";

/** What callers of a writer can do, and what it says of itself; `null`: nothing. */
export interface Handle {
  write(batch: RecordBatch): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<unknown>;
  abort(reason: unknown): Promise<void>;
  dispose(): PromiseLike<void>;
  readonly memorySize: number | null;
  readonly bytesWritten: number | null;
}

/** An `AsyncArrowWriter`. */
export function arrowWriter(target: SinkTarget, schema: Schema, options: WriterOptions): Handle {
  const writer = new AsyncArrowWriter(target, schema as never, options);
  return {
    write: (batch) => writer.write(batch as never),
    flush: () => writer.flush(),
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
    dispose: () => writer[Symbol.asyncDispose](),
    get memorySize() {
      return writer.memorySize;
    },
    get bytesWritten() {
      return writer.bytesWritten;
    },
  };
}

/** A `Pipeline`. */
export function pipeline(
  target: SinkTarget,
  schema: Schema,
  options: WriterOptions,
  channelCapacity: number,
): Handle {
  const pipeline = Pipeline.builder()
    .buildProperties(schema as never, options)
    .buildWriter()
    .withChannelCapacity(channelCapacity)
    .spawnEncoder()
    .spawnWriter(target)
    .build();
  return {
    write: (batch) => pipeline.addBatch(batch as never),
    flush: () => pipeline.flush(),
    close: () => pipeline.close(),
    abort: (reason) => pipeline.shutdown(reason),
    dispose: () => pipeline[Symbol.asyncDispose](),
    memorySize: null,
    bytesWritten: null,
  };
}
