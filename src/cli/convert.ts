/**
 * `parquet-ext convert`: from Arrow IPC to Parquet.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { encoderPool } from "../executor/encoder_resources.ts";
import { writeParquet } from "../pipeline/write_parquet.ts";
import { printableJson, printableLine } from "../file/printable_text.ts";
import { facts, type PathFacts, resolveLinks } from "../runtime/file_system.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import type { WriterOptions, WriterProgress } from "../schema/writer_options.ts";
import { FileSink } from "../sink/file_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { isObjectUrl, isRemoteUrl } from "../store/object_url.ts";
import { UploadSink } from "../store/upload_sink.ts";
import { AbortError } from "../util/errors.ts";
import { DeviceSink } from "./device_sink.ts";
import {
  causeOfKind,
  describeFailure,
  EXIT_INTERRUPTED,
  EXIT_SUCCESS,
  namingInput,
  UsageError,
} from "./failure.ts";
import { type Input, InputSequence, openInput, StandardInput } from "./input.ts";
import { expandPaths, isPattern, STANDARD_STREAM } from "./paths.ts";
import { NO_PROGRESS, startProgress } from "./progress.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  mebibytesPerSecond,
} from "./quantities.ts";
import type { Terminal } from "./terminal.ts";

/** What the names of Arrow files end in. */
const ARROW_EXTENSION = /\.(?:arrows?|ipc|feather)$/i;

/** How a conversion behaves. */
export interface ConvertOptions {
  /** Replace the output. */
  readonly force: boolean;
  /** Show nothing. */
  readonly quiet: boolean;
  /** The summary is JSON on standard output. */
  readonly json: boolean;
}

/** What a conversion did. */
export interface ConvertSummary {
  readonly input: string;
  readonly output: string;
  readonly rows: number;
  readonly rowGroups: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** Mebibytes of input a second. */
  readonly mebibytesPerSecond: number;
  /** Encoder workers that were used; 0: everything was encoded on the main thread. */
  readonly workers: number;
}

/** Where a conversion writes to. */
export interface Target {
  readonly path: string;
  readonly sink: Sink;
  /** Bytes of the file, once it is written. */
  byteLength(): Promise<number>;
}

/** Where the file of `input` goes unless it is said. */
export function defaultOutput(input: string): string {
  return `${input.replace(ARROW_EXTENSION, "")}.parquet`;
}

/**
 * Converts one file, or several: one after the other to one output, or, without an output, each to a file of its own.
 *
 * Of several arguments the last one is the output, unless it is a pattern or has the name of an Arrow file that is there, or of three
 * and more the name of any: then all of them are inputs.
 *
 * @param args Inputs, paths, patterns or `-` for standard input; after them the output, a path, or `-` for standard output.
 * @param options Checked writer options.
 * @returns The exit code.
 * @throws {UsageError} When input and output cannot be used as asked for.
 * @throws {AbortError} When it was interrupted. Nothing is left of the output then.
 * @throws {ParquetError} When the input cannot be converted, or the output cannot be written.
 */
export async function convert(
  args: readonly string[],
  options: WriterOptions,
  behaviour: ConvertOptions,
  terminal: Terminal,
): Promise<number> {
  const { inputs, output } = await splitArguments(args);
  if (inputs.length === 1 || output !== undefined) {
    await convertTo(inputs, output ?? targetOf(inputs[0]!), options, behaviour, terminal);
    return EXIT_SUCCESS;
  }
  let exitCode = EXIT_SUCCESS;
  for (const input of inputs) {
    try {
      await convertTo([input], targetOf(input), options, behaviour, terminal);
    } catch (error) {
      const failure = describeFailure(error);
      if (failure.exitCode === EXIT_INTERRUPTED) throw error;
      exitCode = Math.max(exitCode, failure.exitCode);
      await terminal.writeErr(`parquet-ext: ${failure.message}\n`);
    }
  }
  return exitCode;
}

/** Tells inputs from the output. */
async function splitArguments(
  args: readonly string[],
): Promise<{ readonly inputs: readonly string[]; readonly output: string | undefined }> {
  const last = args.at(-1)!;
  const isOutput = args.length > 1 && !await isInputName(last, args.slice(0, -1));
  const inputs = await expandPaths(isOutput ? args.slice(0, -1) : args);
  return { inputs, output: isOutput ? last : undefined };
}

/** Whether the last of several arguments is an input. Names of outputs may have brackets: `out[1].parquet`. */
async function isInputName(name: string, others: readonly string[]): Promise<boolean> {
  const isArrow = ARROW_EXTENSION.test(name);
  if (await isPattern(name)) return isArrow || name.includes("*");
  if (!isArrow || others.includes(name)) return false;
  // `*.arrow` of a shell may be two files: the second one is not to be replaced by the first.
  return others.length > 1 || await kindOf(name) !== null;
}

async function convertTo(
  inputPaths: readonly string[],
  path: string,
  options: WriterOptions,
  { force, quiet, json }: ConvertOptions,
  terminal: Terminal,
): Promise<void> {
  if (json && path === STANDARD_STREAM) {
    throw new UsageError("Cannot write both the file and --json to standard output");
  }
  const inputs: Input[] = [];
  let target: Target;
  try {
    for (const inputPath of inputPaths) inputs.push(await openSourceOf(inputPath, terminal));
    target = await openTarget(inputPaths, path, force, terminal);
  } catch (error) {
    for (const input of inputs) await input.close();
    throw error;
  }
  const input = new InputSequence(inputs);
  const showProgress = !quiet && terminal.errorIsTerminal;
  const summary = await run(input, target, options, showProgress, terminal);
  if (json) await terminal.writeOut(`${printableJson(summary)}\n`);
  else if (!quiet) await terminal.writeErr(`${summaryText(summary)}\n`);
}

/** The summary in one line. */
export function summaryText(summary: ConvertSummary): string {
  const { output, rows, bytesIn, bytesOut, milliseconds, workers } = summary;
  const name = output === STANDARD_STREAM ? "standard output" : printableLine(output);
  return `${name}: ${formatCount(rows)} rows, ${formatBytes(bytesIn)} → ${formatBytes(bytesOut)} ` +
    `(ratio ${formatRatio(bytesOut > 0 ? bytesIn / bytesOut : null)}), ` +
    `${formatDuration(milliseconds)}, ${formatRate(bytesIn, milliseconds)}, ` +
    `${workers} worker${workers === 1 ? "" : "s"}`;
}

async function run(
  input: InputSequence,
  target: Target,
  options: WriterOptions,
  showProgress: boolean,
  terminal: Terminal,
): Promise<ConvertSummary> {
  const abort = new AbortController();
  const progress = showProgress ? await startProgress(input.byteLength) : NO_PROGRESS;
  const stopListening = terminal.onInterrupt(() => abort.abort(), async () => {
    progress.stop();
    await target.sink.abort(abort.signal.reason);
    return !isCommitted(target.sink);
  });
  const started = performance.now();
  let isDone = false;
  try {
    const metadata = await writeParquet(input.source(abort.signal), target.sink, {
      ...options,
      signal: abort.signal,
      onProgress: ({ bufferedRows, encodingRows, rowsWritten }: WriterProgress) =>
        progress.update(bufferedRows + encodingRows + rowsWritten, input.bytesRead),
    });
    const milliseconds = performance.now() - started;
    isDone = true;
    return {
      input: input.name,
      output: target.path,
      rows: metadata.numRows,
      rowGroups: metadata.rowGroups.length,
      bytesIn: input.bytesRead,
      bytesOut: await target.byteLength(),
      milliseconds,
      mebibytesPerSecond: mebibytesPerSecond(input.bytesRead, milliseconds),
      workers: encoderPool().workers.length,
    };
  } catch (error) {
    // What failed while it was being interrupted is told: a commit may be in doubt.
    const aborted = abort.signal.aborted ? causeOfKind(error, AbortError) : null;
    if (aborted !== null) {
      const { outcome } = aborted;
      throw new AbortError("Cannot convert: interrupted", { cause: error, outcome });
    }
    throw namingInput(input.name, error);
  } finally {
    progress.stop();
    stopListening();
    // The file is there: it is too late for an interruption, and success is what is told.
    if (isDone) terminal.onInterrupt(() => {}, () => Promise.resolve(false));
    // Not waited for: a read of a silent pipe may be under way.
    input.close().catch(() => {});
  }
}

function targetOf(inputPath: string): string {
  if (inputPath !== STANDARD_STREAM) return defaultOutput(inputPath);
  throw new UsageError(
    "OUTPUT is required when INPUT is `-`: a path, or - for standard output",
  );
}

export function isCommitted(sink: Sink): boolean {
  return (sink instanceof FileSink || sink instanceof UploadSink) && sink.committed;
}

async function openSourceOf(path: string, terminal: Terminal): Promise<Input> {
  if (path !== STANDARD_STREAM) return await openInput(path);
  if (terminal.inputIsTerminal) {
    throw new UsageError("Cannot read standard input: it is a terminal");
  }
  return new StandardInput(terminal.input());
}

export async function openTarget(
  inputPaths: readonly string[],
  target: string,
  force: boolean,
  terminal: Terminal,
): Promise<Target> {
  if (target === STANDARD_STREAM) {
    if (terminal.outputIsTerminal) {
      throw new UsageError("Cannot write Parquet to standard output: it is a terminal");
    }
    const sink = terminal.output();
    return { path: target, sink, byteLength: () => Promise.resolve(sink.byteLength) };
  }
  if (target === "") throw new UsageError("Cannot write the output: its path is empty");
  if (isRemoteUrl(target)) return await openRemoteTarget(inputPaths, target, force);
  const realTarget = await realPathOf(target);
  for (const inputPath of inputPaths) {
    if (inputPath === STANDARD_STREAM || isRemoteUrl(inputPath)) continue;
    if (await realPathOf(inputPath) === realTarget) {
      throw new UsageError(`Cannot convert ${inputPath} onto itself`);
    }
  }
  const kind = await kindOf(target);
  if (kind === "stream") {
    const sink = new DeviceSink(target);
    return { path: target, sink, byteLength: () => Promise.resolve(sink.byteLength) };
  }
  if (kind !== null && kind !== "file") {
    throw new UsageError(`Cannot write ${target}: it is not a regular file`);
  }
  if (kind === "file" && !force) {
    throw new UsageError(`Cannot write ${target}: it exists already (--force replaces it)`);
  }
  const folder = dirname(realTarget);
  if (await kindOf(folder) === null) {
    throw new UsageError(`Cannot write ${target}: there is no directory ${dirname(target)}`);
  }
  return {
    path: target,
    sink: new FileSink(target, { overwrite: force }),
    byteLength: async () => (await stat(target)).size,
  };
}

async function openRemoteTarget(
  inputPaths: readonly string[],
  target: string,
  force: boolean,
): Promise<Target> {
  if (inputPaths.includes(target)) throw new UsageError(`Cannot convert ${target} onto itself`);
  if (!isObjectUrl(target)) {
    throw new UsageError(`Cannot write ${target}: only s3:, az: and gs: URLs can be written`);
  }
  const { openStoreOf } = await import("../store/open_store.ts");
  const { store, key } = await openStoreOf(target);
  if (!force && await store.head(key) !== undefined) {
    throw new UsageError(`Cannot write ${target}: it exists already (--force replaces it)`);
  }
  return {
    path: target,
    sink: store.sink(key, { overwrite: force }),
    byteLength: async () => (await store.head(key))?.size ?? 0,
  };
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await resolveLinks(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function kindOf(path: string): Promise<PathFacts["kind"] | null> {
  try {
    return (await facts(path))?.kind ?? null;
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): unknown {
  const reason = systemErrorText(error);
  if (reason === null) return error;
  return new UsageError(`Cannot write ${path}: ${reason}`, { cause: error });
}
