/**
 * What `profile: "compat"` writes instead of types that Athena, Hive or old Spark cannot open.
 *
 * Such readers take the physical type and the converted type, and some refuse the whole file for one annotation that they do
 * not know. Whatever fits another type without loss is written as that one, checked value by value where it may not fit;
 * everything else is a `SchemaError` that says what to do.
 *
 * @see Spark's `ParquetToSparkSchemaConverter` and Hive's `ETypeConverter`
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import type { LogicalType } from "../format/metadata.ts";
import { SchemaError } from "../util/errors.ts";
import type { LeafConversion } from "./column_plan.ts";
import { decimalByteLength, type LeafType, leafType } from "./leaf_type.ts";

/** Digits that Hive, Athena and Spark have at the most. */
const MAX_PRECISION = 38;

/** Logical types without an older form: unknown ones have been seen to end old readers with an exception. */
const NEWER: readonly LogicalType["type"][] = [
  "UUID",
  "FLOAT16",
  "VARIANT",
  "GEOMETRY",
  "GEOGRAPHY",
];

/** A type that stands in for another, and how slots of the one become values of the other. */
interface Substitute {
  readonly type: ArrowType;
  readonly conversion: LeafConversion;
}

function int(bitWidth: 16 | 32 | 64): ArrowType {
  return { kind: "int", bitWidth, signed: true };
}

/** What an Arrow type without children is written as; `null`: as itself. */
function substitute(type: ArrowType): Substitute | null {
  switch (type.kind) {
    case "int":
      if (type.signed) return null;
      return {
        8: { type: int(16), conversion: "uint8" },
        16: { type: int(32), conversion: "uint16" },
        32: { type: int(64), conversion: "uint32ToInt64" },
        64: { type: int(64), conversion: "uint64ToInt64" },
      }[type.bitWidth] as Substitute;
    case "float":
      if (type.bitWidth !== 16) return null;
      return { type: { kind: "float", bitWidth: 32 }, conversion: "halfToFloat" };
    case "timestamp":
      if (type.unit !== "nanosecond") return null;
      return {
        type: { ...type, unit: "microsecond" },
        conversion: "nanosecondsToMicroseconds",
      };
    case "fixedSizeBinary":
      return { type: { kind: "binary" }, conversion: "fixedToByteArray" };
    default:
      return null;
  }
}

function refuse(path: string, what: string, remedy: string): never {
  throw new SchemaError(
    path,
    `Cannot write ${what} with profile "compat": Hive, Athena and Spark cannot read it; ${remedy}`,
  );
}

/**
 * A leaf as the profile has it.
 *
 * @param type Its Arrow type; not a dictionary, not run-end encoded.
 * @param leaf How it would be written otherwise.
 * @param path Dotted path of the field, for messages.
 * @throws {SchemaError} When there is nothing that it could be written as.
 */
export function compatLeafType(type: ArrowType, leaf: LeafType, path: string): LeafType {
  if (type.kind === "time") {
    refuse(path, "a time of day", "cast it to Int64, Utf8 or Timestamp");
  }
  if (type.kind === "interval") refuse(path, "an interval", "cast it to Int64 or Utf8");
  if (type.kind === "decimal") {
    if (type.precision > MAX_PRECISION) {
      refuse(
        path,
        `a decimal of ${type.precision} digits`,
        `cast it to ${MAX_PRECISION} digits or fewer, or to Utf8`,
      );
    }
    // Old Hive knows decimals as byte arrays only.
    return {
      ...leaf,
      physicalType: "FIXED_LEN_BYTE_ARRAY",
      typeLength: decimalByteLength(type.precision),
      order: "decimal",
      conversion: "decimal",
    };
  }
  const other = substitute(type);
  if (other !== null) {
    const { conversion } = other;
    return {
      ...leafType(other.type, path, false),
      shape: leaf.shape,
      width: leaf.width,
      conversion,
    };
  }
  const { logicalType } = leaf;
  return logicalType !== null && NEWER.includes(logicalType.type)
    ? { ...leaf, logicalType: null }
    : leaf;
}

/**
 * Hive, Athena and Spark tell columns apart without regard to case.
 *
 * @param fields Fields of one level.
 * @param parent Names of the fields that they are in.
 * @throws {SchemaError} When the names of two differ only in case, or not at all.
 */
export function assertCompatNames(fields: readonly ArrowField[], parent: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const { name } of fields) {
    const folded = name.toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) {
      throw new SchemaError(
        [...parent, name].join("."),
        `Cannot write the fields ${JSON.stringify(other)} and ${
          JSON.stringify(name)
        } with profile "compat": ` +
          "Hive, Athena and Spark do not tell upper from lower case; rename one of them",
      );
    }
    seen.set(folded, name);
  }
}

/**
 * The Arrow schema of what the profile writes, for `ARROW:schema`. An extension goes where its storage does.
 *
 * @param schema The schema of the batches.
 */
export function compatSchema(schema: ArrowSchema): ArrowSchema {
  return { ...schema, fields: schema.fields.map(compatField) };
}

function compatField(field: ArrowField): ArrowField {
  const type = compatType(field.type);
  if (type === field.type) return field;
  const metadata = new Map(field.metadata);
  if (!("child" in type || "children" in type)) {
    metadata.delete("ARROW:extension:name");
    metadata.delete("ARROW:extension:metadata");
  }
  return { ...field, type, metadata };
}

/** The same object where nothing changes. */
function compatType(type: ArrowType): ArrowType {
  switch (type.kind) {
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
    case "map": {
      const child = compatField(type.child);
      return child === type.child ? type : { ...type, child };
    }
    case "struct": {
      const children = type.children.map(compatField);
      return children.every((child, i) => child === type.children[i])
        ? type
        : { ...type, children };
    }
    case "dictionary": {
      const value = compatType(type.value);
      return value === type.value ? type : { ...type, value };
    }
    case "runEndEncoded": {
      const values = compatField(type.values);
      return values === type.values ? type : { ...type, values };
    }
    default:
      return substitute(type)?.type ?? type;
  }
}
