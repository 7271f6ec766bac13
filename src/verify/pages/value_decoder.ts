/**
 * Values in any encoding.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md
 *
 * @module
 */

import type { Encoding } from "../../format/metadata.ts";
import { decodeByteStreamSplit } from "./byte_stream_split_decoder.ts";
import type { DecodedValues } from "../decoded_page.ts";
import { decodeDeltaByteArray, decodeDeltaLength } from "./delta_byte_array_decoder.ts";
import { decodeDelta } from "./delta_decoder.ts";
import { PageFault } from "./page_fault.ts";
import type { EncodedValues } from "./page_values.ts";
import { decodePlain } from "./plain_decoder.ts";
import { decodeRleBooleans } from "./rle_boolean_decoder.ts";

/**
 * Decodes values that are no ids of a dictionary.
 *
 * @throws {PageFault}
 */
export function decodeValues(encoding: Encoding, values: EncodedValues): DecodedValues {
  const { type } = values;
  const isInteger = type === "INT32" || type === "INT64";
  const isFixed = type === "FIXED_LEN_BYTE_ARRAY";
  switch (encoding) {
    case "PLAIN":
      return decodePlain(values);
    case "RLE":
      if (type === "BOOLEAN") return decodeRleBooleans(values);
      break;
    case "DELTA_BINARY_PACKED":
      if (isInteger) return decodeDelta(values);
      break;
    case "DELTA_LENGTH_BYTE_ARRAY":
      if (type === "BYTE_ARRAY") return decodeDeltaLength(values);
      break;
    case "DELTA_BYTE_ARRAY":
      if (type === "BYTE_ARRAY" || isFixed) return decodeDeltaByteArray(values);
      break;
    case "BYTE_STREAM_SPLIT":
      if (isInteger || isFixed || type === "FLOAT" || type === "DOUBLE") {
        return decodeByteStreamSplit(values);
      }
      break;
    case "ALP":
      if (type !== "FLOAT" && type !== "DOUBLE") break;
      throw new PageFault("page-encoding-not-checked", "Values in ALP are not looked into");
  }
  throw new PageFault("page-encoding", `${type} is encoded with ${encoding}`);
}
