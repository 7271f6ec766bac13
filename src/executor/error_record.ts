/**
 * Errors as plain data: structured cloning keeps neither the class nor the members of an error.
 *
 * @module
 */

import {
  FormatError,
  InvalidBatchError,
  LimitError,
  ParquetError,
  SchemaError,
  WorkerError,
} from "../util/errors.ts";

/** An error that can be posted. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code: string;
  readonly path: string;
  readonly row: number;
  readonly rowGroup: number;
  readonly column: string;
  readonly cause: ErrorRecord | null;
}

/** Depth to which causes are kept; a chain that bites its tail ends there. */
const MAX_CAUSES = 8;

/** Makes a record of anything that was thrown. */
export function toErrorRecord(thrown: unknown, depth = 0): ErrorRecord {
  const error = (thrown ?? {}) as Partial<Record<keyof ErrorRecord, unknown>>;
  const text = (value: unknown) => typeof value === "string" ? value : "";
  const number = (value: unknown) => typeof value === "number" ? value : -1;
  return {
    name: text(error.name) || "Error",
    message: thrown instanceof Error ? thrown.message : String(thrown),
    stack: text(error.stack),
    code: text(error.code),
    path: text(error.path),
    row: number(error.row),
    rowGroup: number(error.rowGroup),
    column: text(error.column),
    cause: error.cause === undefined || depth === MAX_CAUSES
      ? null
      : toErrorRecord(error.cause, depth + 1),
  };
}

/** Makes an error of a record: of the same class where it is one of this library's. */
export function fromErrorRecord(record: ErrorRecord): Error {
  const error = create(record);
  // Constructors add the column to the message; the record's text has it already.
  error.message = record.message;
  if (record.stack !== "") error.stack = record.stack;
  if (record.code !== "") Object.defineProperty(error, "code", { value: record.code });
  return error;
}

function create(record: ErrorRecord): Error {
  const { name, message, path, row, rowGroup, column } = record;
  const options = record.cause === null ? {} : { cause: fromErrorRecord(record.cause) };
  switch (name) {
    case "SchemaError":
      return new SchemaError(path, message, options);
    case "InvalidBatchError":
      return new InvalidBatchError(path, row, message, options);
    case "LimitError":
      return new LimitError(path, row, message, options);
    case "FormatError":
      return new FormatError(message, options);
    case "ParquetError":
      return new ParquetError(message, options);
    case "WorkerError":
      return new WorkerError(message, { rowGroup, column, ...options });
    case "TypeError":
      return new TypeError(message, options);
    case "RangeError":
      return new RangeError(message, options);
    default: {
      const error = new Error(message, options);
      error.name = name;
      return error;
    }
  }
}
