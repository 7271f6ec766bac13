/** What must hold of a writer after a simulation, whatever happened. */

import type { ParquetMetaData } from "../../src/format/metadata.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import {
  InvalidBatchError,
  SchemaError,
  SinkError,
  WriterStateError,
} from "../../src/util/errors.ts";
import { aloneWriter } from "../support/batches_alone.ts";
import { makeBatch } from "./batches.ts";
import { type Cause, isStateError } from "./causes.ts";
import { TARGET, type VirtualFiles } from "./virtual_files.ts";
import type { MadeCall, WriterRun } from "./writer_run.ts";

/** What is wrong; nothing, if all is well. */
export async function checkWriter(
  run: WriterRun,
  threadCauses: readonly Cause[],
): Promise<string[]> {
  const problems = [...run.problems, ...run.sink.complaints];
  const causes = [...run.allCauses, ...threadCauses];
  checkCalls(run, causes, problems);
  if (run.files === null) checkSink(run, problems);
  checkSource(run, problems);
  if (run.signal !== null && run.signal.listeners > 0) {
    problems.push(`${run.signal.listeners} listeners are left at the signal`);
  }
  const expected = run.result?.state === "fulfilled" || run.files?.renamed
    ? await referenceFile(run)
    : null;
  if (run.result?.state === "fulfilled") {
    const { numRows } = run.result.value as ParquetMetaData;
    if (numRows !== expected!.rows) {
      problems.push(`the file has ${numRows} rows instead of ${expected!.rows}`);
    }
    checkBytes(run.files?.target ?? run.sink.bytes, expected!.bytes, problems);
  }
  if (run.files !== null) checkFiles(run, run.files, expected?.bytes ?? null, problems);
  return problems.map((problem) => `${run.name}: ${problem}`);
}

/** Whether a rejection may go unheard: `close` was called before, which can tell nobody any more. */
export function mayGoUnheard({ calls }: WriterRun, reason: unknown): boolean {
  const closed = calls.findIndex(({ call }) => call === "close");
  return closed >= 0 && reason instanceof WriterStateError &&
    /is clos(ing|ed)$/.test(reason.message) &&
    calls.slice(closed).some(({ awaited }) => !awaited);
}

function checkCalls(run: WriterRun, causes: readonly Cause[], problems: string[]): void {
  const explained = (error: unknown) => causes.some((cause) => cause.explains(error));
  for (const made of run.calls) {
    if (made.awaited && made.state === "pending" && !mayStayPending(run)) {
      problems.push(`${made.name} never settled`);
    }
    if (made.state !== "rejected") continue;
    const error = made.value;
    if (explained(error) || isStateError(error, explained)) continue;
    if (isRefusal(made)) continue;
    if (made.call === "abort" && isSinkAbortError(run, error)) continue;
    problems.push(
      `${made.name} was rejected for no reason, with ${
        error instanceof Error ? error.stack : error
      }` +
        `\n  known: ${causes.map(({ name }) => name).join("; ") || "nothing went wrong"}`,
    );
  }
  const { result } = run;
  if (result === undefined) problems.push("there is no result");
  if (result?.state === "rejected" && causes.length === 0) {
    problems.push("the file failed, although nothing went wrong");
  }
  const refused = beforeClose(run).some(({ batch, awaited }) =>
    batch !== null && batch.fault !== "none" && !awaited
  );
  if (result?.state === "fulfilled" && refused) {
    problems.push("the file was published without a batch, and nobody was told");
  }
  if (result?.state === "fulfilled" && run.abortedBeforeCommit) {
    problems.push("the file was published, although the writer was aborted before the commit");
  }
}

/** `pipeTo` waits for a sink that hangs, whatever signal the writer was given. */
export function mayStayPending(run: WriterRun): boolean {
  return run.scenario.entry === "ParquetEncoderStream" && run.sink.hangs;
}

/** A wrong batch is refused to whoever waits for it. */
function isRefusal({ call, batch, value }: MadeCall): boolean {
  return call === "write" && batch !== null && batch.fault !== "none" &&
    (value instanceof SchemaError || value instanceof InvalidBatchError);
}

/** Whoever aborts hears that the sink's `abort` has failed, or gave no answer: a stream's waits for the write before. */
function isSinkAbortError({ scenario, files }: WriterRun, error: unknown): boolean {
  const faults = files === null ? scenario.sink.faults : scenario.fileFaults;
  return error instanceof SinkError && faults.length > 0;
}

function checkSink(run: WriterRun, problems: string[]): void {
  const { calls } = run.sink;
  const direct = run.scenario.target === "sink" && run.scenario.entry !== "ParquetEncoderStream";
  const end = calls.findIndex(({ call }) => call !== "write");
  if (end >= 0 && end < calls.length - 1) {
    problems.push(`the sink heard ${calls.slice(end).map(({ call }) => call).join(", ")}`);
  }
  if (end < 0 && direct && !run.neverMade) problems.push("the sink heard neither close nor abort");
  for (const [i, { call, overlaps }] of calls.entries()) {
    if (overlaps && call !== "abort") {
      problems.push(`call ${i} of the sink, ${call}, overlaps another`);
    }
  }
  const closed = run.sink.last("close");
  const { result } = run;
  if (result?.state === "fulfilled") {
    if (closed?.state !== "fulfilled") problems.push("the file is said to be complete, but is not");
    if (calls.some(({ state }) => state !== "fulfilled")) {
      problems.push("the file is said to be complete, but a call of the sink failed");
    }
  }
  if (result?.state === "rejected" && direct) {
    const { outcome } = result.value as { outcome?: string };
    if (closed?.state === "fulfilled" && outcome !== "unknown") {
      problems.push(`the file is complete, but was said to have failed: ${result.value}`);
    }
    if (closed === undefined && outcome === "unknown") {
      problems.push("the outcome was said to be unknown, but nothing was committed");
    }
  }
}

function checkSource({ scenario, source }: WriterRun, problems: string[]): void {
  if (scenario.entry !== "writeParquet" && scenario.entry !== "ParquetEncoderStream") return;
  if (source.released > 1) problems.push(`the source was given back ${source.released} times`);
  if (source.asked > 0 && !source.exhausted && source.released === 0) {
    problems.push("the source was not given back");
  }
}

function checkBytes(found: Uint8Array, expected: Uint8Array, problems: string[]): void {
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  if (at < 0 && found.length === expected.length) return;
  problems.push(
    `the bytes differ from those of one thread: ${found.length} and ${expected.length} bytes, the first ` +
      `difference at ${at}`,
  );
}

/** The target is what it was, or complete; which of them is what the caller was told. Nothing else is left. */
function checkFiles(
  { result, scenario }: WriterRun,
  files: VirtualFiles,
  expected: Uint8Array | null,
  problems: string[],
): void {
  const { outcome } = (result?.value ?? {}) as { outcome?: string };
  const { target } = files;
  const isOld = scenario.replaces ? target?.length === 3 : target === null;
  if (result?.state === "rejected" && !isOld) {
    if (outcome !== "unknown") {
      problems.push(`the target was replaced, in spite of ${result.value}`);
    }
    checkBytes(target ?? new Uint8Array(), expected ?? new Uint8Array(), problems);
  }
  if (outcome === "unknown" && !files.committing) {
    problems.push("the outcome was said to be unknown, but nothing was committed");
  }
  if (files.hangs || files.cannotTidy) return;
  if (files.open !== 0) problems.push(`${files.open} files are open`);
  const others = [...files.files.keys()].filter((path) => path !== TARGET);
  if (others.length > 0) problems.push(`files are left: ${others}`);
}

/** Calls in their order, up to the one that closes the file. */
function beforeClose({ calls }: WriterRun): MadeCall[] {
  return calls.slice(0, calls.findIndex(({ call }) => call === "close" || call === "result"));
}

/** The same calls, one after another, each batch by itself, on this thread alone. */
async function referenceFile(run: WriterRun): Promise<{ bytes: Uint8Array; rows: number }> {
  const { sinkTimeoutMs: _, ...options } = run.scenario.options;
  const sink = new MemorySink();
  const writer = aloneWriter(sink, run.schema, options);
  let rows = 0;
  for (const { call, batch, awaited, state } of beforeClose(run)) {
    if (call === "flush") await writer.flush();
    if (call !== "write" || batch === null || batch.fault !== "none") continue;
    // Refused for want of memory, to a caller who went on: none of it is in the file.
    if (awaited && state === "rejected") continue;
    await writer.write(makeBatch(run.schema, batch) as never);
    rows += batch.rows;
  }
  await writer.close();
  return { bytes: sink.bytes(), rows };
}
