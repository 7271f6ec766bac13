/**
 * Which encodings of values can be asked for, and for which physical types.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 * @module
 */

import type { PhysicalType } from "./column_plan.ts";
import type { EncodingChoice, EncodingName } from "./column_properties.ts";

/** Every encoding of values that is not a dictionary, and the physical types that it is defined for. */
export const VALUE_ENCODINGS: Readonly<Record<EncodingName, readonly PhysicalType[]>> = {
  PLAIN: [
    "BOOLEAN",
    "INT32",
    "INT64",
    "INT96",
    "FLOAT",
    "DOUBLE",
    "BYTE_ARRAY",
    "FIXED_LEN_BYTE_ARRAY",
  ],
  RLE: ["BOOLEAN"],
  DELTA_BINARY_PACKED: ["INT32", "INT64"],
  DELTA_LENGTH_BYTE_ARRAY: ["BYTE_ARRAY"],
  DELTA_BYTE_ARRAY: ["BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"],
  BYTE_STREAM_SPLIT: ["INT32", "INT64", "FLOAT", "DOUBLE", "FIXED_LEN_BYTE_ARRAY"],
};

/** Names of all encodings of values. */
export const ENCODING_NAMES: readonly EncodingName[] = Object.keys(
  VALUE_ENCODINGS,
) as EncodingName[];

/** Names of the encodings that are defined for a physical type. */
export function encodingsOf(type: PhysicalType): EncodingName[] {
  return ENCODING_NAMES.filter((name) => VALUE_ENCODINGS[name].includes(type));
}

/**
 * Checks that a column's values can be written in the encoding asked for.
 *
 * @param encoding The encoding.
 * @param type Physical type of the column.
 * @param path Dotted path of the column.
 * @throws {TypeError} When the encoding is not defined for the type.
 */
export function assertEncodingFits(
  encoding: EncodingChoice,
  type: PhysicalType,
  path: string,
): void {
  if (encoding === "auto") return;
  if (VALUE_ENCODINGS[encoding].includes(type)) return;
  throw new TypeError(
    `Cannot set option "encoding" of column "${path}" to "${encoding}": it does not encode ${type}; ` +
      `valid for ${type}: ${encodingsOf(type).join(", ")}`,
  );
}
