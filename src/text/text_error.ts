/**
 * What is wrong with a text, and where.
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";

/** A place in a text. */
export interface TextPlace {
  /** Line on which the record begins, from 1. */
  readonly line: number;
  /** Name of the column; empty if the error concerns the whole record. */
  readonly column?: string;
}

/** A record of a CSV, NDJSON or JSON text that cannot be read. */
export class TextError extends FormatError {
  /** Name of the class. */
  override readonly name = "TextError";
  /** Line on which the record begins, from 1. */
  readonly line: number;
  /** Name of the column; empty if the error concerns the whole record. */
  readonly column: string;
  /** What is wrong, without place and advice. */
  readonly reason: string;
  /** A type with which the column could hold the value, such as `"utf8"`; `null` if no type helps. */
  readonly betterType: string | null;

  /** Creates the error. */
  constructor(
    reason: string,
    { line, column = "" }: TextPlace,
    betterType: string | null = null,
    options?: { readonly cause?: unknown },
  ) {
    const place = column === "" ? `line ${line}` : `line ${line}, column ${JSON.stringify(column)}`;
    const types = betterType === null
      ? ""
      : `types: { ${JSON.stringify(column)}: ${JSON.stringify(betterType)} } or `;
    super(`${reason} (${place}); to go on, set ${types}onError: "skip"`, options);
    this.line = line;
    this.column = column;
    this.reason = reason;
    this.betterType = betterType;
  }
}
