/**
 * Inputs of a conversion that are texts: what they are, by content first and by ending then, and how they are read.
 *
 * @module
 */

import { noText } from "../arrow/input_kind.ts";
import type { ArrowSource } from "../arrow/source.ts";
import { BatchSource } from "../rows/batch_source.ts";
import type { OpenedRows } from "../rows/row_reader.ts";
import { giveBack } from "../arrow/source_guard.ts";
import { fromCsv } from "../text/from_csv.ts";
import { fromJson, fromNdjson } from "../text/from_json.ts";
import type { CsvOptions, TextOptions } from "../text/text_options.ts";
import { unpacked } from "../text/text_source.ts";
import { openParquetSource } from "../format/parquet_source.ts";
import { ENCRYPTED_MAGIC, MAGIC } from "../format/read_metadata.ts";
import { toRowSchema } from "../rows/schema.ts";
import { UsageError } from "./failure.ts";
import { readAll } from "./parquet_input.ts";
import type { Input } from "./input.ts";

/** Kinds of inputs. */
export const INPUT_KINDS = ["arrow", "csv", "tsv", "ndjson", "json", "parquet"] as const;

/** A kind of input. */
export type InputKind = (typeof INPUT_KINDS)[number];

/** What the names of inputs end in that are texts. */
export const TEXT_EXTENSION = /\.(csv|tsv|tab|txt|ndjson|jsonl|json)(?:\.(?:gz|zst))?$/i;

const KINDS_BY_ENDING: Readonly<Record<string, InputKind>> = {
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  json: "json",
};

/** How inputs are read. */
export interface InputReading {
  /** `undefined`: to be found out. */
  readonly from: InputKind | undefined;
  readonly text: CsvOptions;
  /** Whether the output has other rows than an input: what that says of all of its rows is not true then. */
  readonly otherRows?: boolean;
}

/** An input that was opened: Arrow, or a text or the rows of a Parquet file as a source of batches. */
export type OpenedInput = { readonly arrow: ArrowSource } | { readonly text: BatchSource };

/** Opens an input as what it is. */
export async function openAs(
  input: Input,
  reading: InputReading,
  signal: AbortSignal,
): Promise<OpenedInput> {
  const source = input.source(signal);
  const { from } = reading;
  if (from === "arrow" || !isChunks(source)) {
    if (from === undefined || from === "arrow") return { arrow: source as ArrowSource };
    throw new UsageError(`Cannot read ${input.name} as ${from}: it is an Arrow file`);
  }
  const ending = TEXT_EXTENSION.exec(input.name)?.[1]?.toLowerCase() ?? "";
  const { start, chunks } = await unpacked(source, input.name);
  const kind = from ?? kindOf(start, KINDS_BY_ENDING[ending], input.name);
  if (kind === "arrow") {
    if (from === undefined) checkKnown(start, input.name);
    return { arrow: chunks as ArrowSource };
  }
  if (kind === "parquet") return { text: await parquetSource(input, chunks, reading, signal) };
  checkText(start, kind, input.name, reading.text.encoding);
  return { text: textSource(kind, chunks, reading.text) };
}

/** Rows of a Parquet file: read where they are, or, of what comes front to back or compressed, from memory. */
async function parquetSource(
  input: Input,
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  reading: InputReading,
  signal: AbortSignal,
): Promise<BatchSource> {
  const { openParquetRows } = await import("./parquet_rows.ts");
  const file = input.randomAccess();
  const inPlace = file !== null && isParquet(await file.read(0, MAGIC.length));
  let access = file;
  if (inPlace) await chunks.return();
  else access = await openParquetSource(await readAll(chunks, input.name));
  const { otherRows = false, text: { schema } } = reading;
  const expected = schema === undefined ? undefined : toRowSchema(schema);
  return await openParquetRows(access!, { name: input.name, expected, otherRows, signal });
}

function isParquet(start: Uint8Array): boolean {
  return [MAGIC, ENCRYPTED_MAGIC].some((magic) => magic.every((byte, i) => start[i] === byte));
}

function isChunks(source: unknown): source is AsyncIterable<Uint8Array> {
  return typeof source === "object" && source !== null && Symbol.asyncIterator in source;
}

function kindOf(start: Uint8Array, byEnding: InputKind | undefined, name: string): InputKind {
  const text = new TextDecoder().decode(start);
  if (text.startsWith("PAR1") || text.startsWith("PARE")) return "parquet";
  // A message of Arrow begins with its length, or with what comes before it.
  const [a, b, c, d] = start;
  if ((a! & b! & c! & d!) === 0xff) return "arrow";
  if (byEnding !== undefined) return byEnding;
  if (/\.(?:arrows?|ipc|feather)$/i.test(name)) return "arrow";
  if (!hasUtf16Mark(start) && start.includes(0) && utf16Label(start) === null) return "arrow";
  return /^\s*[[{]/.test(text.replace(/^\uFEFF/, "")) ? "json" : "csv";
}

/** Refuses what is known to be none of what can be read. */
function checkKnown(start: Uint8Array, name: string): void {
  const found = noText(start);
  if (found === null) return;
  throw new UsageError(`Cannot read ${name}: this is ${found.name}; ${found.hint}`);
}

/** Refuses what cannot be read as text, whatever it is called. */
function checkText(start: Uint8Array, kind: string, name: string, encoding?: string): void {
  const found = noText(start);
  if (found !== null) {
    const what = { csv: "CSV", tsv: "TSV", ndjson: "NDJSON", json: "JSON" }[kind];
    throw new UsageError(`Cannot read ${name}: this is ${found.name}, not ${what}; ${found.hint}`);
  }
  const label = encoding === undefined && !hasUtf16Mark(start) ? utf16Label(start) : null;
  if (label === null) return;
  throw new UsageError(
    `Cannot read ${name}: it looks like UTF-16 without a byte order mark; set --text-encoding ${label}`,
  );
}

function hasUtf16Mark([a, b]: Uint8Array): boolean {
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
}

/** The encoding of a text of which every other byte is 0; `null`: it is none. */
function utf16Label(start: Uint8Array): string | null {
  const length = Math.min(start.length & ~1, 64);
  if (length < 4) return null;
  const zeros = [0, 0];
  for (let i = 0; i < length; i++) if (start[i] === 0) zeros[i & 1]!++;
  const most = length / 2;
  if (zeros[0] === 0 && zeros[1]! >= most * 0.8) return "utf-16le";
  return zeros[1] === 0 && zeros[0]! >= most * 0.8 ? "utf-16be" : null;
}

function textSource(
  kind: InputKind,
  chunks: AsyncIterable<Uint8Array>,
  options: CsvOptions,
): BatchSource {
  if (kind === "csv" || kind === "tsv") {
    return fromCsv(
      chunks,
      kind === "tsv" && options.delimiter === undefined ? { ...options, delimiter: "\t" } : options,
    );
  }
  const { delimiter, quote, header, nullValues, ...text } = options;
  for (const [flag, value] of Object.entries({ delimiter, quote, header, nullValues })) {
    if (value !== undefined) {
      throw new UsageError(
        `Cannot use --${flagOf(flag)}: the input is ${kind.toUpperCase()}, not CSV`,
      );
    }
  }
  return (kind === "json" ? fromJson : fromNdjson)(chunks, text as TextOptions);
}

/** The flag of an option of texts, without its dashes. */
export function flagOf(option: string): string {
  if (option === "nullValues") return "null";
  if (option === "header") return "no-header";
  if (option === "encoding") return "text-encoding";
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Texts one after the other, all with the schema of the first. */
export function joinedTexts(
  open: readonly ((options: Partial<CsvOptions>) => Promise<BatchSource>)[],
): BatchSource {
  let current: BatchSource | null = null;
  const openRows = async (): Promise<OpenedRows> => {
    current = await open[0]!({});
    const schema = await current.ready();
    async function* batches() {
      yield* current!;
      for (const next of open.slice(1)) {
        current = await next({ schema, types: {} });
        yield* current;
      }
    }
    return { schema, batches: batches() };
  };
  return new BatchSource({
    schema: null,
    open: (guard) => {
      guard.onEnd(() => current?.cancel());
      return openRows();
    },
    giveBack: (reason) => giveBack(current, reason),
  });
}
