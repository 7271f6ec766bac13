/**
 * The worker's side of the conversation.
 *
 * @module
 */

import { EncoderHost } from "./encoder_host.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import { toErrorRecord } from "./error_record.ts";
import type { FinishedChunk, WorkerRequest, WorkerResponse } from "./messages.ts";

/** What the worker needs of its port. */
export interface EncoderPort {
  postMessage(message: WorkerResponse, transfer: ArrayBuffer[]): void;
}

/**
 * Answers the requests of executors.
 *
 * Everything that is thrown is caught here and posted: left alone, the runtimes lose the class, the stack or the event.
 *
 * @param port Where answers go.
 * @param createHost Makes the encoder host of this thread, once the modules are there.
 * @returns What to call with each request.
 */
export function serveEncoder(
  port: EncoderPort,
  createHost: (modules: EncoderModules) => EncoderHost,
): (request: WorkerRequest) => void {
  let modules: EncoderModules = { kernels: null };
  let host: EncoderHost | null = null;
  /** Writers that have failed: what is still on its way for them is not encoded. */
  const failed = new Set<number>();

  function encode({ writer, slab, buffer, byteLength }: WorkerRequest & { type: "slab" }): void {
    if (failed.has(writer)) {
      const message = { type: "done", writer, slab, buffer, memoryBytes: 0, chunks: [] } as const;
      port.postMessage(message, [buffer]);
      return;
    }
    const { memoryBytes, chunks } = host!.run(writer, buffer, byteLength);
    port.postMessage(
      { type: "done", writer, slab, buffer, memoryBytes, chunks },
      [...transferables(chunks), buffer],
    );
  }

  return (request) => {
    const writer = request.type === "modules" ? -1 : request.writer;
    try {
      switch (request.type) {
        case "modules":
          modules = request.modules;
          return;
        case "open":
          host ??= createHost(modules);
          return host.open(writer, request.plans, request.codecs);
        case "slab":
          return encode(request);
        case "close":
          failed.delete(writer);
          return host?.close(writer);
      }
    } catch (error) {
      failed.add(writer);
      const broken = host === null || host.broken !== null;
      if (!broken) host!.close(writer);
      port.postMessage({
        type: broken ? "broken" : "failed",
        writer,
        error: toErrorRecord(error),
        slab: request.type === "slab" ? request.slab : null,
      }, []);
    }
  };
}

/** Each buffer once: parts of a chunk may be views of the same one. */
function transferables(chunks: readonly FinishedChunk[]): Set<ArrayBuffer> {
  const buffers = new Set<ArrayBuffer>();
  for (const { chunk } of chunks) {
    for (const part of chunk.parts) buffers.add(part.buffer);
    if (chunk.bloomFilter !== undefined) buffers.add(chunk.bloomFilter.buffer);
  }
  return buffers;
}
