/**
 * The worker's side of the conversation.
 *
 * @module
 */

import type { CodecModules } from "../compression/codec.ts";
import { now } from "../runtime/clock.ts";
import { returnBlock } from "../util/byte_blocks.ts";
import { Queue } from "../util/queue.ts";
import { VERSION } from "../util/version.ts";
import { AnsweredSlabs } from "./answered_slabs.ts";
import type { EncoderHost, HostResult, SlabRun } from "./encoder_host.ts";
import { freeHuge, isShared } from "./slab.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import { toErrorRecord } from "./error_record.ts";
import type { FinishedChunk, WorkerRequest, WorkerResponse } from "./messages.ts";

/** What the worker needs of its port. */
export interface EncoderPort {
  postMessage(message: WorkerResponse, transfer: ArrayBuffer[]): void;
}

type SlabRequest = WorkerRequest & { readonly type: "slab" };

/** The slabs of one writer. */
interface Job {
  readonly slabs: Queue<SlabRequest>;
  /** Of the first slab, once it was begun. */
  run: SlabRun | null;
}

/** Milliseconds between two signs of life of a worker that is busy with one slab. */
const PULSE_MS = 250;

/**
 * Answers the requests of executors.
 *
 * Slabs are encoded a page or so at a time. When a turn is due, messages are looked at: a writer that has ended is dropped at
 * once, however much work one of its slabs still was; and writers take turns, so that none waits for another's slow slab.
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
  let answered = new AnsweredSlabs(null);
  let host: EncoderHost | null = null;
  /** What the host has been given, and a fresh one needs. */
  let codecs: CodecModules = {};
  /** Writers that have failed: what is still on its way for them is not encoded. */
  const failed = new Set<number>();
  /** Writers with slabs, the one whose turn it is first. */
  const jobs = new Map<number, Job>();
  let scheduled = false;
  let lastSign = 0;
  /** Milliseconds of encoding and answering that nobody was told of. */
  let busy = 0;

  function start(): EncoderHost {
    const started = createHost(modules);
    started.onLongStep = (bytes) => port.postMessage(working(bytes), []);
    return started;
  }

  function open(request: WorkerRequest & { readonly type: "open" }): void {
    host ??= start();
    codecs = { ...codecs, ...request.codecs };
    host.open(request.writer, request.plans, codecs);
  }

  function fail(writer: number, slab: number | null, error: unknown): void {
    failed.add(writer);
    const broken = host === null || host.broken !== null;
    if (!broken) host!.close(writer);
    const type = broken ? "broken" : "failed";
    port.postMessage({ type, writer, error: toErrorRecord(error), slab }, []);
  }

  function giveBack(request: SlabRequest): void {
    answer(request, { memoryBytes: 0, chunks: [] }, 0);
  }

  function answer(
    request: SlabRequest,
    { memoryBytes, chunks }: HostResult,
    milliseconds: number,
  ): void {
    const { writer, slab } = request;
    const kernelBytes = host?.kernelBytes ?? 0;
    const buffer = toReturn(request);
    answered.add(slab);
    port.postMessage(
      { type: "done", writer, slab, buffer, memoryBytes, kernelBytes, milliseconds, chunks },
      buffer === null ? [...transferables(chunks)] : [...transferables(chunks), buffer],
    );
  }

  /** Gives a writer's slabs back, as they are. */
  function drop(writer: number): void {
    const job = jobs.get(writer);
    if (job === undefined) return;
    jobs.delete(writer);
    if (job.run !== null) host!.abandon(job.run);
    for (const slab of job.slabs) giveBack(slab);
  }

  function take(request: SlabRequest): void {
    for (const block of request.blocks) returnBlock(new Uint8Array(block));
    if (failed.has(request.writer)) return giveBack(request);
    const job = jobs.get(request.writer);
    if (job !== undefined) return job.slabs.push(request);
    const slabs = new Queue<SlabRequest>();
    slabs.push(request);
    jobs.set(request.writer, { slabs, run: null });
    if (scheduled) return;
    host!.turns.restart();
    lastSign = now();
    work();
  }

  /** Encodes until a turn is due. */
  function work(): void {
    scheduled = false;
    for (const [writer, job] of jobs) {
      const ended = encodeFor(writer, job);
      jobs.delete(writer);
      // Behind the others.
      if (!ended) jobs.set(writer, job);
      if (jobs.size === 0 || !host!.turns.exhausted) continue;
      scheduled = true;
      if (now() - lastSign >= PULSE_MS) {
        port.postMessage(working(0), []);
        lastSign = now();
      }
      return host!.turns.renew(work);
    }
  }

  /** Encodes a writer's slabs until one is done, or a turn is due. Returns whether none is left. */
  function encodeFor(writer: number, job: Job): boolean {
    const request = job.slabs.first!;
    const began = now();
    try {
      if (job.run === null) {
        job.run = host!.begin(writer, request.buffer, request.byteLength);
        if (job.run.rest === null) freeHuge(request.buffer);
      }
      while (host!.advance(job.run)) {
        if (!host!.turns.exhausted) continue;
        busy += now() - began;
        return false;
      }
      const result = host!.result(job.run);
      job.run = null;
      job.slabs.shift();
      lastSign = now();
      const milliseconds = busy + lastSign - began;
      answer(request, result, milliseconds);
      busy = now() - lastSign;
    } catch (error) {
      job.run = null;
      job.slabs.shift();
      fail(writer, request.slab, error);
      for (const slab of job.slabs) giveBack(slab);
      return true;
    }
    return job.slabs.length === 0;
  }

  return (request) => {
    try {
      switch (request.type) {
        case "modules":
          modules = request.modules;
          answered = new AnsweredSlabs(request.answered);
          host = start();
          port.postMessage({ type: "ready", writer: -1, slab: null, version: VERSION }, []);
          return;
        case "open":
          return open(request);
        case "slab":
          return take(request);
        case "close":
          failed.delete(request.writer);
          drop(request.writer);
          host?.close(request.writer);
          if (host?.outgrown) host = null;
          return;
      }
    } catch (error) {
      const slab = request.type === "slab" ? request.slab : null;
      fail(request.type === "modules" ? -1 : request.writer, slab, error);
    }
  };
}

function working(bytes: number): WorkerResponse {
  return { type: "working", writer: -1, slab: null, bytes };
}

/** The buffer of a slab, unless it is gone, or the caller has it as well. */
function toReturn({ buffer }: SlabRequest): ArrayBuffer | null {
  return isShared(buffer) || buffer.detached ? null : buffer;
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
