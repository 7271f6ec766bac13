/**
 * `parquet-ext convert`: from Arrow IPC, texts and Parquet to Parquet.
 *
 * @module
 */

import { basename, join } from "node:path";
import { type ArrowSource, openSource, type SourceItem } from "../arrow/source.ts";
import { encoderPool } from "../executor/encoder_resources.ts";
import { printableJson, printableLine } from "../file/printable_text.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { buildSchemaTree } from "../format/schema_tree.ts";
import { writeParquet } from "../pipeline/write_parquet.ts";
import type { BatchSource } from "../rows/batch_source.ts";
import { toRowSchema } from "../rows/schema.ts";
import { schemaCode } from "../rows/schema_code.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import { isRemoteUrl } from "../store/object_url.ts";
import type { CsvOptions, SkippedRecord } from "../text/text_options.ts";
import { checkDatasetTarget, convertToDataset, type DatasetFlags } from "./convert_dataset.ts";
import { describeFailure, EXIT_INTERRUPTED, EXIT_SUCCESS, UsageError } from "./failure.ts";
import { inputError } from "./input_error.ts";
import { type Input, InputSequence, openInput, StandardInput } from "./input.ts";
import { interruptible, type Work } from "./interruptible.ts";
import { expandPaths, isPattern, STANDARD_STREAM } from "./paths.ts";
import { mebibytesPerSecond } from "./quantities.ts";
import {
  type ConvertSummary,
  datasetText,
  headerNote,
  skippedText,
  summaryText,
  wrappedRowsNote,
} from "./summary.ts";
import { checkEnding, kindOf, openTarget, type Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";
import { type InputReading, joinedTexts, openAs, TEXT_EXTENSION } from "./text_input.ts";

/** What the names of Arrow files end in. */
const ARROW_EXTENSION = /\.(?:arrows?|ipc|feather)$/i;

/** What the names of Parquet files end in; one that is read may be compressed as a whole. */
const PARQUET_EXTENSION = /\.parquet(?:\.(?:gz|zst))?$/i;

/** How a conversion behaves. */
export interface ConvertOptions {
  /** Replace the output. */
  readonly force: boolean;
  /** Show nothing. */
  readonly quiet: boolean;
  /** The summary is JSON on standard output. */
  readonly json: boolean;
  /** Where to; `undefined`: the last argument may say it. */
  readonly output?: string | undefined;
  /** Print the schema, write nothing. */
  readonly dryRun?: boolean;
  /** How inputs are read. */
  readonly reading?: InputReading;
  /** Write a folder of files; `undefined`: one file. */
  readonly dataset?: DatasetFlags | undefined;
}

/** Where the file of `input` goes unless it is said. */
export function defaultOutput(input: string): string {
  const stem = input.replace(PARQUET_EXTENSION, "").replace(ARROW_EXTENSION, "");
  return `${stem.replace(TEXT_EXTENSION, "")}.parquet`;
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
  const { inputs, output } = behaviour.output === undefined
    ? await splitArguments(args)
    : { inputs: await expandPaths(args), output: behaviour.output };
  if (behaviour.dryRun) return await printSchemas(inputs, behaviour, terminal);
  if (behaviour.dataset !== undefined) {
    const folder = checkDatasetTarget(output);
    await convertToFolder(inputs, folder, behaviour.dataset, options, behaviour, terminal);
    return EXIT_SUCCESS;
  }
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
  const isArrow = ARROW_EXTENSION.test(name) || TEXT_EXTENSION.test(name);
  if (await isPattern(name)) return isArrow || name.includes("*");
  if (!isArrow || others.includes(name)) return false;
  // `*.arrow` of a shell may be two files: the second one is not to be replaced by the first.
  return others.length > 1 || await kindOf(name) !== null;
}

async function convertTo(
  inputPaths: readonly string[],
  outputPath: string,
  options: WriterOptions,
  { force, quiet, json, reading = DEFAULT_READING }: ConvertOptions,
  terminal: Terminal,
): Promise<void> {
  const path = await withinFolder(inputPaths[0]!, outputPath);
  if (!force) checkEnding(path);
  if (json && path === STANDARD_STREAM) {
    throw new UsageError("Cannot write both the file and --json to standard output");
  }
  const input = await openSequence(inputPaths, terminal);
  let target: Target;
  try {
    target = await openTarget(inputPaths, path, force, terminal);
  } catch (error) {
    await input.close();
    throw error;
  }
  const showProgress = !quiet && terminal.errorIsTerminal;
  const skipped: SkippedRecord[] = [];
  const { summary, metadata } = await run(
    input,
    target,
    options,
    reading,
    skipped,
    showProgress,
    terminal,
  );
  if (json) await terminal.writeOut(`${printableJson(summary)}\n`);
  else if (!quiet) {
    const note = /\.json(?:\.\w+)?$/i.test(summary.input)
      ? wrappedRowsNote(metadata)
      : isHeaderRead(summary.input, reading)
      ? headerNote(
        buildSchemaTree(metadata.schema).root.children.map(({ element }) => element.name),
      )
      : "";
    await terminal.writeErr(`${summaryText(summary)}\n${skippedText(skipped)}${note}`);
  }
}

async function convertToFolder(
  inputPaths: readonly string[],
  folder: string,
  dataset: DatasetFlags,
  options: WriterOptions,
  { quiet, json, reading = DEFAULT_READING }: ConvertOptions,
  terminal: Terminal,
): Promise<void> {
  if (!isRemoteUrl(folder) && ![null, "directory"].includes(await kindOf(folder))) {
    throw new UsageError(`Cannot write ${folder}: it is a file, not a folder`);
  }
  const input = await openSequence(inputPaths, terminal);
  const skipped: SkippedRecord[] = [];
  const work: Work = {
    input,
    doing: "convert",
    showProgress: !quiet && terminal.errorIsTerminal,
    terminal,
    naming: (error) => inputError(input.name, error),
  };
  const summary = await convertToDataset(
    work,
    (signal) => sourceOf(input, { ...reading, otherRows: true }, skipped, signal),
    folder,
    dataset,
    options,
    skipped,
  );
  if (json) await terminal.writeOut(`${printableJson(summary)}\n`);
  else if (!quiet) await terminal.writeErr(`${datasetText(summary)}\n${skippedText(skipped)}`);
}

/** Opens all inputs, or none. */
async function openSequence(
  inputPaths: readonly string[],
  terminal: Terminal,
): Promise<InputSequence> {
  const inputs: Input[] = [];
  try {
    for (const inputPath of inputPaths) inputs.push(await openSourceOf(inputPath, terminal));
  } catch (error) {
    for (const input of inputs) await input.close();
    throw error;
  }
  return new InputSequence(inputs);
}

/** Whether an input is CSV by its name, or by a flag, and its names were those of its first line. */
function isHeaderRead(input: string, { from, text }: InputReading): boolean {
  if (text.header === false || text.schema !== undefined) return false;
  const isCsv = /\.(?:csv|tsv|tab|txt)(?:\.(?:gz|zst))?$/i;
  return from === undefined ? isCsv.test(input) : from === "csv" || from === "tsv";
}

const DEFAULT_READING: InputReading = { from: undefined, text: {} };

/** The output; in a folder, a file of the input's name. */
async function withinFolder(inputPath: string, output: string): Promise<string> {
  if (output === STANDARD_STREAM || output === "" || isRemoteUrl(output)) return output;
  if (await kindOf(output) !== "directory" || inputPath === STANDARD_STREAM) return output;
  return join(output, basename(defaultOutput(inputPath)));
}

/** Prints the schema that each input would have. */
async function printSchemas(
  inputs: readonly string[],
  { reading = DEFAULT_READING, json }: ConvertOptions,
  terminal: Terminal,
): Promise<number> {
  for (const path of inputs) {
    const input = await openSourceOf(path, terminal);
    try {
      const opened = await openAs(input, reading, new AbortController().signal);
      const source = "text" in opened ? opened.text : null;
      const schema = source === null
        ? (await openSource((opened as { arrow: ArrowSource }).arrow)).schema
        : await source.ready();
      if (json) {
        await terminal.writeOut(`${JSON.stringify(toRowSchema(schema))}\n`);
        continue;
      }
      await terminal.writeOut(
        `${inputs.length > 1 ? `// ${printableLine(path)}\n` : ""}${schemaCode(schema)}\n`,
      );
      if (isHeaderRead(input.name, reading)) {
        await terminal.writeErr(headerNote(schema.fields.map(({ name }) => name)));
      }
    } catch (error) {
      throw inputError(input.name, error);
    } finally {
      input.close().catch(() => {});
    }
  }
  return EXIT_SUCCESS;
}

/** The source of a conversion: Arrow as it is, or texts, all with one schema. */
async function sourceOf(
  sequence: InputSequence,
  reading: InputReading,
  skipped: SkippedRecord[],
  signal: AbortSignal,
): Promise<object> {
  const text = { ...reading.text, onSkip: (record: SkippedRecord) => void skipped.push(record) };
  const [first, ...others] = sequence.inputs;
  const otherRows = reading.otherRows === true || others.length > 0;
  const opened = await openAs(first!, { ...reading, text, otherRows }, signal);
  if ("text" in opened) {
    if (others.length === 0) return opened.text;
    return joinedTexts([
      () => Promise.resolve(opened.text),
      ...others.map((input) => async (options: Partial<CsvOptions>) => {
        sequence.current = input;
        const next = await openAs(input, { ...reading, text: { ...text, ...options } }, signal);
        if ("text" in next) return next.text;
        throw new UsageError(
          `Cannot join ${input.name}: it is Arrow, the first input a text or Parquet`,
        );
      }),
    ]);
  }
  if (others.length === 0) return opened.arrow as object;
  return sequence.sources(opened.arrow as SourceItem, signal);
}

async function run(
  input: InputSequence,
  target: Target,
  options: WriterOptions,
  reading: InputReading,
  skipped: SkippedRecord[],
  showProgress: boolean,
  terminal: Terminal,
): Promise<{ readonly summary: ConvertSummary; readonly metadata: ParquetMetaData }> {
  const started = performance.now();
  const work: Work = {
    input,
    doing: "convert",
    showProgress,
    terminal,
    sink: target.sink,
    naming: (error) => inputError(input.name, error),
  };
  return await interruptible(work, async (signal, onProgress) => {
    const source = sourceOf(input, reading, skipped, signal) as PromiseLike<BatchSource>;
    const metadata = await writeParquet(source, target.sink, { ...options, signal, onProgress });
    const milliseconds = performance.now() - started;
    const summary: ConvertSummary = {
      input: input.name,
      output: target.path,
      rows: metadata.numRows,
      rowGroups: metadata.rowGroups.length,
      bytesIn: input.bytesRead,
      bytesOut: await target.byteLength(),
      milliseconds,
      mebibytesPerSecond: mebibytesPerSecond(input.bytesRead, milliseconds),
      workers: encoderPool().workers.length,
      ...(skipped.length === 0 ? {} : { skippedRecords: skipped.length }),
    };
    return { summary, metadata };
  });
}

function targetOf(inputPath: string): string {
  if (inputPath !== STANDARD_STREAM) {
    const output = defaultOutput(inputPath);
    if (output !== inputPath) return output;
    throw new UsageError(`Cannot convert ${inputPath} onto itself: OUTPUT is required`);
  }
  throw new UsageError(
    "OUTPUT is required when INPUT is `-`: a path, or - for standard output",
  );
}

async function openSourceOf(path: string, terminal: Terminal): Promise<Input> {
  if (path !== STANDARD_STREAM) return await openInput(path);
  if (terminal.inputIsTerminal) {
    throw new UsageError("Cannot read standard input: it is a terminal");
  }
  return new StandardInput(terminal.input());
}
