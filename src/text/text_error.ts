/**
 * What is wrong with a text, and where.
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";

/** Where in a text something is wrong. */
export interface TextPlace {
  /** Line, from 1; that on which the record begins. */
  readonly line: number;
  /** Name of the column; empty where the record as a whole is meant. */
  readonly column?: string;
}

/** A record of a CSV, NDJSON or JSON text that cannot be read. */
export class TextError extends FormatError {
  /** Name of the class. */
  override readonly name = "TextError";
  /** Line on which the record begins, from 1. */
  readonly line: number;
  /** Name of the column; empty where the record as a whole is meant. */
  readonly column: string;
  /** What is wrong, without the place and without advice. */
  readonly reason: string;
  /** The type that the column could have for the value to be read, such as `"utf8"`; `null`: no type helps. */
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
