/**
 * Options of sources that are texts.
 *
 * @module
 */

import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { ArrowField } from "../arrow/types.ts";
import { checkedInferRows, type InferOptions } from "../rows/batch_source.ts";
import type { FieldType } from "../rows/field_type.ts";
import { type RowSchema, toRowSchema } from "../rows/schema.ts";
import { SchemaError } from "../util/errors.ts";
import { nearestNames } from "../util/nearest_names.ts";
import { toFieldType } from "./type_name.ts";

/** A record that was left out. */
export interface SkippedRecord {
  /** Line on which it begins, from 1. */
  readonly line: number;
  /** Name of the column that does not fit; empty if the whole record does not. */
  readonly column: string;
  /** Why. */
  readonly reason: string;
  /** The record itself. */
  readonly text: string;
}

/** Options that hold for any kind of text. */
export interface TextOptions extends InferOptions {
  /** Schema of the columns: made by `schema`, or an Arrow schema. Default: inferred from the first records. */
  readonly schema?: SchemaLike | undefined;
  /** Types of some columns by name: made by `t`, or names such as `"int32"` or `"decimal(18, 2)"` (nullable). The others are inferred. */
  readonly types?: Readonly<Record<string, FieldType | string>> | undefined;
  /** What to do with a record that does not fit: `"error"` (default), or `"skip"` to leave it out. */
  readonly onError?: "error" | "skip" | undefined;
  /** Called for each record that is left out. */
  readonly onSkip?: ((record: SkippedRecord) => void) | undefined;
  /** Encoding of the text, a label of `TextDecoder`. Default: UTF-8, or UTF-16 if the text begins with its byte order mark. */
  readonly encoding?: string | undefined;
}

/** Options of CSV texts. */
export interface CsvOptions extends TextOptions {
  /** Delimiter, one ASCII character. Default: detected, one of `,`, tab, `;` and `|`. */
  readonly delimiter?: string | undefined;
  /** Quote around cells that contain delimiters, line breaks or quotes; quotes within are doubled. `null`: none. Default `"`. */
  readonly quote?: string | null | undefined;
  /** Whether the first record contains the names of the columns. Default `true`; otherwise they are `column0`, `column1` and so on. */
  readonly header?: boolean | undefined;
  /** Text that stands for null if it is not quoted, besides an empty cell. Default: none. A quoted empty cell is an empty string. */
  readonly nullValues?: string | readonly string[] | undefined;
}

/** Options of any text that were checked. */
export interface CheckedText {
  readonly schema: RowSchema | null;
  readonly types: ReadonlyMap<string, FieldType>;
  readonly inferRows: number;
  readonly skip: boolean;
  readonly onSkip: (record: SkippedRecord) => void;
  readonly encoding: string | undefined;
}

const TEXT_OPTIONS = ["schema", "types", "inferRows", "onError", "onSkip", "encoding"];
const CSV_OPTIONS = [...TEXT_OPTIONS, "delimiter", "quote", "header", "nullValues"];

/**
 * Checks options.
 *
 * @throws {TypeError | RangeError} For what is unknown or out of range.
 */
export function checkTextOptions(
  options: TextOptions,
  known: readonly string[] = TEXT_OPTIONS,
): CheckedText {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("Cannot use options: expected an object");
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = nearestNames(unknown, known);
    throw new TypeError(
      `Cannot set option ${JSON.stringify(unknown)}: there is no such option${
        near.length > 0
          ? `; did you mean ${JSON.stringify(near[0])}?`
          : `; there are ${known.join(", ")}`
      }`,
    );
  }
  const { schema, types = {}, inferRows, onError = "error", onSkip = () => {}, encoding } = options;
  if (onError !== "error" && onError !== "skip") {
    throw new TypeError('Cannot set option "onError": expected "error" or "skip"');
  }
  if (typeof onSkip !== "function") {
    throw new TypeError('Cannot set option "onSkip": expected a function');
  }
  if (typeof types !== "object" || types === null) {
    throw new TypeError('Cannot set option "types": expected an object of types by column');
  }
  if (encoding !== undefined) decoderOf(encoding);
  return {
    schema: schema === undefined ? null : toRowSchema(schema),
    types: new Map(
      Object.entries(types).map(([name, type]) => [name, toFieldType(type)]),
    ),
    inferRows: checkedInferRows(inferRows),
    skip: onError === "skip",
    onSkip,
    encoding,
  };
}

/**
 * A decoder of an encoding, which refuses what is not in it.
 *
 * @throws {TypeError} When the encoding is unknown.
 */
export function decoderOf(label: string): TextDecoder {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (error) {
    throw new TypeError(`Cannot read a text in encoding ${JSON.stringify(label)}: it is unknown`, {
      cause: error,
    });
  }
}

/** Options of CSV that were checked. */
export interface CheckedCsv extends CheckedText {
  /** The byte between cells; `null`: to be found out. */
  readonly delimiter: number | null;
  /** The byte around cells; −1: none. */
  readonly quote: number;
  readonly header: boolean;
  /** Texts that stand for null, besides the empty one. */
  readonly nullValues: readonly string[];
}

/** As {@linkcode checkTextOptions}, of CSV. */
export function checkCsvOptions(options: CsvOptions): CheckedCsv {
  const text = checkTextOptions(options, CSV_OPTIONS);
  const { delimiter, quote = '"', header = true, nullValues = [] } = options;
  if (typeof header !== "boolean") {
    throw new TypeError('Cannot set option "header": expected true or false');
  }
  const nulls = typeof nullValues === "string" ? [nullValues] : nullValues;
  if (!Array.isArray(nulls) || !nulls.every((value) => typeof value === "string")) {
    throw new TypeError('Cannot set option "nullValues": expected a string, or an array of them');
  }
  const between = delimiter === undefined ? null : asciiByte("delimiter", delimiter);
  const around = quote === null ? -1 : asciiByte("quote", quote);
  if (between === around) {
    throw new TypeError('Cannot set option "delimiter": it is the same as "quote"');
  }
  return { ...text, delimiter: between, quote: around, header, nullValues: nulls };
}

function asciiByte(option: string, text: unknown): number {
  const code = typeof text === "string" && text.length === 1 ? text.charCodeAt(0) : -1;
  if (code > 0 && code < 128 && code !== 10 && code !== 13) return code;
  throw new TypeError(
    `Cannot set option ${JSON.stringify(option)}: expected one ASCII character, no line break`,
  );
}

/** Fields of a given schema, with the types that were given for some of them. */
export function withTypes(
  fields: readonly ArrowField[],
  options: CheckedText,
): readonly ArrowField[] {
  checkTypeNames(options, fields.map(({ name }) => name), "the text");
  return fields.map((field) => options.types.get(field.name)?.toField(field.name) ?? field);
}

/**
 * Checks that there is a column for each type.
 *
 * @throws {SchemaError} When there is none.
 */
export function checkTypeNames(
  { types }: CheckedText,
  names: readonly string[],
  what: string,
): void {
  for (const name of types.keys()) {
    if (!names.includes(name)) throw new SchemaError(name, noColumn(names, name, what));
  }
}

/** What to say where a column is missing. */
export function noColumn(names: readonly string[], name: string, what: string): string {
  const near = nearestNames(name, names, 1)[0];
  return `Cannot read ${what}: it has no column of this name${
    near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`
  }`;
}
