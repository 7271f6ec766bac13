/**
 * What bytes are that are not Arrow IPC: told by how they begin, so that an error can say it, and what to do.
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";

/** A kind of input, and what to do with it. */
export interface Kind {
  /** With its article. */
  readonly name: string;
  readonly hint: string;
}

const TABLE_HINT = "read it first, and pass its rows, columns or Arrow tables";
const PARQUET_HINT =
  "`mergeParquet` and `appendParquet` take it, and `parquet-ext convert` encodes it again";
const TEXT_HINT = "if it is a text, pass `fromCsv(…)`, `fromNdjson(…)` or `fromJson(…)` of it";

/** Formats by their first bytes, in hexadecimal. */
const MAGICS: readonly (readonly [string, Kind])[] = [
  ["50415231", { name: "a Parquet file", hint: PARQUET_HINT }],
  ["50415245", { name: "an encrypted Parquet file", hint: "it needs no conversion" }],
  [
    "46454131",
    {
      name: "a Feather file of version 1",
      hint: "write it as version 2, for example with pyarrow.feather.write_feather(table, path)",
    },
  ],
  ["1f8b", { name: "a gzip file", hint: `${TEXT_HINT}; else decompress it first` }],
  ["28b52ffd", { name: "a zstd file", hint: `${TEXT_HINT}; else decompress it first` }],
  ["04224d18", { name: "an LZ4 file", hint: "decompress it first: `lz4 -dc`" }],
  ["425a68", { name: "a bzip2 file", hint: "decompress it first: `bunzip2 -c`" }],
  ["fd377a585a00", { name: "an xz file", hint: "decompress it first: `xz -dc`" }],
  ["504b0304", {
    name: "a zip file (or a spreadsheet)",
    hint: "unpack it first; export a spreadsheet as CSV",
  }],
  ["25504446", { name: "a PDF file", hint: "export its tables as CSV" }],
  ["4f626a01", { name: "an Avro file", hint: TABLE_HINT }],
  ["4f5243", { name: "an ORC file", hint: TABLE_HINT }],
  ["53514c69746520666f726d61742033", { name: "an SQLite database", hint: TABLE_HINT }],
];

const HTML = { name: "an HTML page", hint: "was it saved in the place of a download?" };
const XML = { name: "an XML file", hint: TABLE_HINT };
const JSON_FILE = { name: "a JSON file", hint: "pass `fromJson(…)` of it" };
const NDJSON = {
  name: "an NDJSON file (a JSON value on each line)",
  hint: "pass `fromNdjson(…)` of it",
};
const CSV = { name: "a CSV file", hint: "pass `fromCsv(…)` of it" };
const TEXT = { name: "text", hint: TABLE_HINT };

/** Bytes that are looked at. */
const LOOK_BYTES = 4096;

/** Whether bytes begin as another format does; eight of them are enough. Text is told apart by what follows. */
export function isForeign(bytes: Uint8Array): boolean {
  return kindByMagic(bytes) !== null;
}

/**
 * What bytes are that cannot be CSV or JSON, and what to do with it; `null`: they may be.
 *
 * @param bytes The first of them.
 */
export function noText(bytes: Uint8Array): Kind | null {
  const known = kindByMagic(bytes);
  if (known !== null) return known;
  const text = decodeText(bytes.subarray(0, LOOK_BYTES));
  const kind = text === null ? null : kindOfText(text, true);
  return kind === HTML || kind === XML ? kind : null;
}

/**
 * The error for bytes that are not Arrow IPC.
 *
 * @param bytes The first of them.
 * @param at Where they start, where they follow Arrow data; `null` where they come first.
 */
export function foreignInput(bytes: Uint8Array, at: number | null): FormatError {
  const kind = kindOf(bytes);
  const what = kind?.name ?? "in a format that is not known";
  if (at === null) {
    return new FormatError(
      kind === null
        ? "Cannot read Arrow data: it is neither an Arrow IPC stream nor an Arrow IPC file"
        : `Cannot read Arrow data: this is ${what}, not Arrow IPC; ${kind.hint}`,
    );
  }
  return new FormatError(
    `Cannot read Arrow data: what follows the end, at byte ${at} of the input, is ${
      kind === null ? what : `${what}, not Arrow IPC`
    }`,
  );
}

/** What a text is that somebody gave where a path was expected; `null` where it may be a path. */
export function textKind(text: string): Kind | null {
  const start = text.slice(0, LOOK_BYTES);
  const kind = kindOfText(start, text.length > LOOK_BYTES);
  return kind === TEXT && !/[\r\n\0]/.test(start) ? null : kind;
}

function kindOf(bytes: Uint8Array): Kind | null {
  const known = kindByMagic(bytes);
  if (known !== null) return known;
  const start = bytes.subarray(0, LOOK_BYTES);
  const text = decodeText(start);
  return text === null ? null : kindOfText(text, bytes.length >= LOOK_BYTES);
}

function kindByMagic(bytes: Uint8Array): Kind | null {
  for (const [magic, kind] of MAGICS) {
    const length = Math.min(magic.length / 2, 8);
    if (bytes.length < length) continue;
    let matches = true;
    for (let i = 0; i < length && matches; i++) {
      matches = bytes[i] === Number.parseInt(magic.slice(2 * i, 2 * i + 2), 16);
    }
    if (matches) return kind;
  }
  return null;
}

/** The text of bytes; `null` where they are none. */
function decodeText(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  const utf16 = first === 0xff && second === 0xfe
    ? "utf-16le"
    : first === 0xfe && second === 0xff
    ? "utf-16be"
    : null;
  // A character may be cut at the end.
  const text = new TextDecoder(utf16 ?? "utf-8").decode(bytes, { stream: true });
  // deno-lint-ignore no-control-regex -- they are what text does not have
  const isText = text.length > 0 && !/[\x00-\x08\x0e-\x1f\ufffd]/.test(text);
  return isText || utf16 !== null ? text : null;
}

function kindOfText(text: string, isCut: boolean): Kind {
  const content = text.replace(/^\ufeff/, "").trimStart();
  if (/^<(?:!doctype\s+html|html|head|body)\b/i.test(content)) return HTML;
  if (/^<[?!a-z]/i.test(content)) return XML;
  if (content.startsWith("{") || content.startsWith("[")) {
    const lines = content.split(/\r?\n/).filter((line) => line.trim() !== "");
    // The last line may be cut.
    const whole = isCut ? lines.slice(0, -1) : lines;
    return whole.length > 0 && lines.length > 1 && whole.slice(0, 2).every(isJson)
      ? NDJSON
      : JSON_FILE;
  }
  const lines = content.split(/\r?\n/, 3).filter((line) => line !== "");
  const separator = [",", "\t", ";", "|"].find((separator) => lines[0]?.includes(separator));
  const counts = lines.map((line) => line.split(separator ?? ",").length);
  if (separator !== undefined && (lines.length === 1 || counts[0] === counts[1])) {
    return separator === "\t" ? { ...CSV, name: "a TSV file" } : CSV;
  }
  return TEXT;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
