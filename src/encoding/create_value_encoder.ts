/**
 * Which encoder writes the values of a column outside a dictionary.
 *
 * @module
 */

import type { Kernels } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { EncodingName } from "../schema/column_properties.ts";
import { ByteStreamSplitEncoder } from "./byte_stream_split_encoder.ts";
import { DeltaBinaryPackedEncoder } from "./delta_binary_packed_encoder.ts";
import { DeltaByteArrayEncoder } from "./delta_byte_array_encoder.ts";
import { DeltaLengthByteArrayEncoder } from "./delta_length_byte_array_encoder.ts";
import type { ValueLayout } from "./leaf_values.ts";
import { BooleanEncoder, PlainEncoder } from "./plain_encoder.ts";
import type { ValueEncoder } from "./value_encoder.ts";

type Create = (kernels: Kernels, layout: ValueLayout) => ValueEncoder;

/** That the encoding is defined for the column's type was checked when the options were built. */
const ENCODERS: Readonly<Record<EncodingName, Create>> = {
  PLAIN: (kernels, layout) =>
    layout.boolean ? new BooleanEncoder(kernels, "PLAIN") : new PlainEncoder(kernels, layout),
  RLE: (kernels) => new BooleanEncoder(kernels, "RLE"),
  DELTA_BINARY_PACKED: (kernels, layout) => new DeltaBinaryPackedEncoder(kernels, layout),
  DELTA_LENGTH_BYTE_ARRAY: (kernels) => new DeltaLengthByteArrayEncoder(kernels),
  DELTA_BYTE_ARRAY: (kernels, layout) => new DeltaByteArrayEncoder(kernels, layout),
  BYTE_STREAM_SPLIT: (kernels, layout) => new ByteStreamSplitEncoder(kernels, layout),
};

/** Creates the encoder of values in one encoding. */
export function createValueEncoder(
  kernels: Kernels,
  encoding: EncodingName,
  layout: ValueLayout,
): ValueEncoder {
  return ENCODERS[encoding](kernels, layout);
}

/** The encoding of the column's values outside a dictionary: the one asked for, else the default one of its type. */
export function valueEncodingOf({ physicalType, properties }: ColumnPlan): EncodingName {
  const { encoding, writerVersion } = properties;
  if (encoding !== null && encoding !== "auto") return encoding;
  // RLE is the default of booleans in data pages v2; readers of v1 pages expect PLAIN.
  return physicalType === "BOOLEAN" && writerVersion === "2.0" ? "RLE" : "PLAIN";
}
