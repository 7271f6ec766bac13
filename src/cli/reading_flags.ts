/**
 * The flags by which inputs are read.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { fromJsonSchema } from "../rows/json_schema.ts";
import { type RowSchema, schema } from "../rows/schema.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import { checkCsvOptions, type CsvOptions } from "../text/text_options.ts";
import { UsageError } from "./failure.ts";
import { parseInteger } from "./quantities.ts";
import { parseSchemaCode } from "./schema_text.ts";
import { flagOf, INPUT_KINDS, type InputKind, type InputReading } from "./text_input.ts";

/** What was given. */
export interface ReadingFlags {
  readonly from?: string;
  readonly schema?: string;
  readonly types?: readonly string[];
  readonly null?: readonly string[];
  readonly delimiter?: string;
  readonly quote?: string;
  readonly header: boolean;
  readonly inferRows?: string;
  readonly textEncoding?: string;
  readonly onError?: string;
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} For a wrong one.
 */
export async function parseReading(flags: ReadingFlags): Promise<InputReading> {
  const { from, header, delimiter, textEncoding: encoding, onError } = flags;
  const kind = from?.toLowerCase();
  if (kind !== undefined && !(INPUT_KINDS as readonly string[]).includes(kind)) {
    throw new UsageError(`Cannot read --from ${from}: expected ${INPUT_KINDS.join(", ")}`);
  }
  try {
    const text: CsvOptions = {
      ...(flags.schema === undefined ? {} : { schema: await readSchema(flags.schema) }),
      ...(flags.types === undefined ? {} : { types: typesOf(flags.types) }),
      ...(flags.null === undefined ? {} : { nullValues: flags.null }),
      ...(delimiter === undefined ? {} : { delimiter: delimiter === "\\t" ? "\t" : delimiter }),
      ...(flags.quote === undefined ? {} : { quote: flags.quote === "none" ? null : flags.quote }),
      ...(header ? {} : { header: false }),
      ...(flags.inferRows === undefined
        ? {}
        : { inferRows: parseInteger("--infer-rows", flags.inferRows) }),
      ...(encoding === undefined ? {} : { encoding }),
      ...(onError === undefined ? {} : { onError: onError as "skip" }),
    };
    checkCsvOptions(text);
    return { from: kind as InputKind | undefined, text };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      const named = error.message.replace(/option "(\w+)"/g, (_all, name) => `--${flagOf(name)}`);
      throw new UsageError(named, { cause: error });
    }
    throw error;
  }
}

function typesOf(given: readonly string[]): Record<string, string> {
  // Commas within parentheses belong to a type.
  const pairs = given.flatMap((text) => text.split(/,(?![^(]*\))/));
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.lastIndexOf("=");
    if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    throw new UsageError(`Cannot read --types ${pair}: expected column=type, such as id=int32`);
  }));
}

async function readSchema(given: string): Promise<RowSchema> {
  const isText = /[{(]/.test(given);
  const text = isText ? given : await readFile(given, "utf8").catch((error) => {
    const reason = systemErrorText(error) ?? (error as Error).message;
    throw new UsageError(`Cannot read --schema ${given}: ${reason}`, { cause: error });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return parseSchemaCode(text);
  }
  if (typeof json === "object" && json !== null && "fields" in json) {
    return schema(json as { fields: unknown[] });
  }
  return fromJsonSchema(json as object);
}
