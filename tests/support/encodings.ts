/** Which encodings of values each physical type may have, by the letter of the specification. */

import type { EncodingName } from "../../src/schema/column_properties.ts";
import type { PhysicalTypeName } from "./page_decoder.ts";

/** Encodings beside the dictionary; kept apart from the library's own table. */
export const ENCODINGS_OF: Readonly<Record<PhysicalTypeName, readonly EncodingName[]>> = {
  BOOLEAN: ["PLAIN", "RLE"],
  INT32: ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
  INT64: ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
  INT96: ["PLAIN"],
  FLOAT: ["PLAIN", "BYTE_STREAM_SPLIT"],
  DOUBLE: ["PLAIN", "BYTE_STREAM_SPLIT"],
  BYTE_ARRAY: ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
  FIXED_LEN_BYTE_ARRAY: ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
};
