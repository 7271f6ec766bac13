/**
 * Errors about inputs in the words of the command line: with the name of the file, and the flags to set.
 *
 * @module
 */

import { FormatError, SchemaError } from "../util/errors.ts";
import { TextError } from "../text/text_error.ts";
import { namingInput, UsageError } from "./failure.ts";

/** The error of reading an input, as it is shown. */
export function inputError(name: string, error: unknown): unknown {
  if (error instanceof TextError) return recordError(name, error);
  if (error instanceof SchemaError) return inferenceError(name, error);
  if (error instanceof FormatError) return textError(name, error);
  return namingInput(name, error);
}

/** A record that does not fit. */
function recordError(name: string, error: TextError): UsageError {
  const { line, column, reason, betterType } = error;
  const place = column === "" ? `line ${line}` : `line ${line}, column ${JSON.stringify(column)}`;
  const isArray = /: it is an array, not an object/.test(reason);
  const flags = [
    ...(isArray && !/\.json\b/i.test(name) ? ["--from json"] : []),
    ...(betterType === null ? [] : [`--types '${column}=${betterType}'`]),
    // A member that came after the types were found out.
    ...(/: the schema has no such field/.test(reason) ? ["a larger --infer-rows", "--schema"] : []),
    ...(/quote/.test(reason) ? ["--quote none"] : []),
    "--on-error skip",
  ];
  return new UsageError(`${name}: ${reason} (${place}); set ${flags.join(" or ")}`, {
    cause: error,
  });
}

/** A column whose type was not found out. */
function inferenceError(name: string, error: SchemaError): unknown {
  const [reason, advice] = error.message.split(/\. (?:Set types|Give a schema)/, 2);
  if (advice === undefined) {
    const named = reason!.replace(/^Cannot read the text:/, `Cannot read ${name}:`);
    return named === reason ? namingInput(name, error) : new UsageError(named, { cause: error });
  }
  const column = error.path.split(".")[0];
  return new UsageError(`${name}: ${reason}; set --types '${column}=json' or --schema`, {
    cause: error,
  });
}

/** A text as a whole: by its name, and with the flag for its encoding. */
function textError(name: string, error: FormatError): unknown {
  if (!error.message.startsWith("Cannot read the text:")) return namingInput(name, error);
  const message = error.message.replace("the text", name)
    .replace(/set the encoding, such as "([^"]*)"/, "set --text-encoding, such as $1");
  return new UsageError(message, { cause: error });
}
