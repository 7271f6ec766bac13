/**
 * Whether values are what the logical type of their column says.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */

import { decimalChecks } from "./decimal_check.ts";
import type { LeafColumn } from "../leaf_column.ts";
import type { RuleName } from "../rules.ts";
import { checkText, jsonFault } from "./text_check.ts";
import { eachValue, type ValueCheck, WrongValues } from "./value_check.ts";
import { variantMetadataFault } from "./variant_metadata.ts";
import { wkbHeaderFault, wkbTypeFault } from "./wkb_check.ts";

const MILLIS_PER_DAY = 86_400_000;
const HIGH = 2 ** 32;

/** What has to be checked of the values of a column: nothing, for most. */
export function valueChecks(column: LeafColumn): readonly ValueCheck[] {
  const { logicalType: type, physicalType } = column;
  const isByteArray = physicalType === "BYTE_ARRAY";
  if (isByteArray && isVariantMetadata(column)) {
    return [eachValue("variant-metadata", variantMetadataFault)];
  }
  switch (type?.type) {
    case "STRING":
    case "ENUM":
      return isByteArray ? [checkText] : [];
    case "JSON":
      return isByteArray ? [checkText, eachValue("json-syntax", jsonFault)] : [];
    case "DECIMAL":
      return decimalChecks(type.precision, physicalType);
    case "INTEGER": {
      if (physicalType !== "INT32" || (type.bitWidth !== 8 && type.bitWidth !== 16)) return [];
      const range = 2 ** type.bitWidth;
      const least = type.isSigned ? -range / 2 : 0;
      return [int32Range("integer-out-of-range", least, least + range - 1)];
    }
    case "TIME": {
      if (physicalType === "INT32") return [int32Range("time-out-of-day", 0, MILLIS_PER_DAY - 1)];
      if (physicalType !== "INT64") return [];
      const perMilli = type.unit === "NANOS" ? 1e6 : type.unit === "MICROS" ? 1e3 : 1;
      return [int64Below("time-out-of-day", MILLIS_PER_DAY * perMilli)];
    }
    case "UNKNOWN":
      return [checkNoValues];
    case "GEOMETRY":
    case "GEOGRAPHY":
      return isByteArray
        ? [eachValue("wkb-header", wkbHeaderFault), eachValue("wkb-type", wkbTypeFault)]
        : [];
    default:
      return [];
  }
}

function isVariantMetadata({ ancestors, element }: LeafColumn): boolean {
  return ancestors.at(-2)?.element.logicalType?.type === "VARIANT" && element.name === "metadata";
}

const checkNoValues: ValueCheck = ({ count }, report) => {
  if (count > 0) report("unknown-not-null", `There are ${count} values, where all has to be null`);
};

function int32Range(rule: RuleName, least: number, most: number): ValueCheck {
  return ({ bytes, count }, report) => {
    const values = new Int32Array(bytes.buffer, bytes.byteOffset, count);
    const wrong = new WrongValues();
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      if (value < least || value > most) wrong.add(i);
    }
    wrong.report(report, rule, `is ${values[wrong.first]}, not ${least} to ${most}`);
  };
}

/** At least 0 and below `limit`, which is below 2^53. */
function int64Below(rule: RuleName, limit: number): ValueCheck {
  return ({ bytes, count }, report) => {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * 2);
    const wrong = new WrongValues();
    for (let i = 0; i < count; i++) {
      // As if unsigned: a negative number has a large upper half.
      if (words[2 * i + 1]! * HIGH + words[2 * i]! >= limit) wrong.add(i);
    }
    wrong.report(report, rule, `is not within 0 to ${limit - 1}`);
  };
}
