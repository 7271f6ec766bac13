/**
 * Which encodings of values can be asked for, and for which physical types.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 * @module
 */

import type { PhysicalType } from "./column_plan.ts";
import type { EncodingName } from "./column_properties.ts";

/** What is known of an encoding. */
export interface ValueEncoding {
  /** Physical types that it is defined for. */
  readonly types: readonly PhysicalType[];
  /** Whether this writer has it. */
  readonly available: boolean;
}

/** Every encoding of values that is not a dictionary. */
export const VALUE_ENCODINGS: Readonly<Record<EncodingName, ValueEncoding>> = {
  PLAIN: {
    types: [
      "BOOLEAN",
      "INT32",
      "INT64",
      "INT96",
      "FLOAT",
      "DOUBLE",
      "BYTE_ARRAY",
      "FIXED_LEN_BYTE_ARRAY",
    ],
    available: true,
  },
  RLE: { types: ["BOOLEAN"], available: true },
  DELTA_BINARY_PACKED: { types: ["INT32", "INT64"], available: false },
  DELTA_LENGTH_BYTE_ARRAY: { types: ["BYTE_ARRAY"], available: false },
  DELTA_BYTE_ARRAY: { types: ["BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"], available: false },
  BYTE_STREAM_SPLIT: {
    types: ["INT32", "INT64", "FLOAT", "DOUBLE", "FIXED_LEN_BYTE_ARRAY"],
    available: false,
  },
};

/** Whether this is the name of an encoding of values, available or not. */
export function isKnownEncoding(name: string): name is EncodingName {
  return Object.hasOwn(VALUE_ENCODINGS, name);
}

/** Names of the encodings that this writer has, optionally only those for one physical type. */
export function availableEncodings(type?: PhysicalType): EncodingName[] {
  return (Object.keys(VALUE_ENCODINGS) as EncodingName[]).filter((name) => {
    const encoding = VALUE_ENCODINGS[name];
    return encoding.available && (type === undefined || encoding.types.includes(type));
  });
}

/**
 * Checks that a column's values can be written in the encoding asked for.
 *
 * @param encoding The encoding.
 * @param type Physical type of the column.
 * @param path Dotted path of the column.
 * @throws {TypeError} When the encoding is not defined for the type.
 */
export function assertEncodingFits(encoding: EncodingName, type: PhysicalType, path: string): void {
  if (VALUE_ENCODINGS[encoding].types.includes(type)) return;
  throw new TypeError(
    `Cannot set option "encoding" of column "${path}" to "${encoding}": it does not encode ${type}; ` +
      `available for ${type}: ${availableEncodings(type).join(", ")}`,
  );
}
