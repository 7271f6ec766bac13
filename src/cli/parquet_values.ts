/**
 * Values of Parquet columns as rows take them: from what the file holds, bit by bit the same, to values of the Arrow types.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType, TimeUnit } from "../arrow/types.ts";
import { logicalTypeOf } from "../file/describe_schema.ts";
import type { ParquetMetaData, ParquetTimeUnit, SchemaElement } from "../format/metadata.ts";
import { buildSchemaTree, listElement, type SchemaNode } from "../format/schema_tree.ts";
import { arrowSchemaOf } from "../merge/arrow_schema_of.ts";
import { PER_SECOND } from "../rows/temporal_values.ts";
import { builtField } from "../rows/create_builder.ts";
import { ARROW_SCHEMA_KEY } from "../schema/key_value_metadata.ts";
import { SchemaError } from "../util/errors.ts";
import { matchesLeaf } from "../verify/claims/arrow_type_match.ts";
import { UsageError } from "./failure.ts";

/** From what the file holds, as hyparquet gives it without any annotation, to what rows take. */
type Read = (value: unknown) => unknown;

/** A type, and how its values are read. */
interface ReadType {
  readonly type: ArrowType;
  readonly read: Read;
}

/** A column of the rows. */
export interface ReadColumn {
  readonly field: ArrowField;
  /** Its name in the schema that is read by. */
  readonly key: string;
  /** Whether each row has a value or a null, and nothing is no value. */
  readonly isFlat: boolean;
  readonly read: Read;
}

/** An element of the schema that hyparquet reads by. */
export interface BareElement {
  readonly name: string;
  readonly type?: SchemaElement["type"];
  readonly type_length?: number;
  readonly repetition_type?: SchemaElement["repetitionType"];
  readonly num_children?: number;
  readonly converted_type?: SchemaElement["convertedType"];
}

/** How the rows of a file are read. */
export interface RowPlan {
  readonly schema: ArrowSchema;
  readonly columns: readonly ReadColumn[];
  /** The schema to read by: no annotations but those of lists, and names that are all different. */
  readonly elements: readonly BareElement[];
  /** Paths of the leaves in it. */
  readonly leafPaths: readonly (readonly string[])[];
}

/** A value that the output has no room for. */
export class Unfit extends Error {}

/** The types of a carried Arrow schema are not those of the columns. */
class Mismatch extends Error {}

/**
 * Plans how the rows of a file are read.
 *
 * @throws {UsageError} For a column whose values cannot be kept as they are.
 */
export function planRows(metadata: ParquetMetaData): RowPlan {
  const { root } = buildSchemaTree(metadata.schema);
  if (root.children.length === 0) throw new UsageError("Cannot re-encode: it has no columns");
  const naming = new Naming(root);
  // Pandas and others keep theirs beside the schema: it goes with the rows.
  const pairs = (metadata.keyValueMetadata ?? []).flatMap(({ key, value }) =>
    key === ARROW_SCHEMA_KEY || value === undefined ? [] : [[key, value] as const]
  );
  let columns: ReadColumn[];
  try {
    columns = columnsOf(schemaOf(metadata).fields, root, naming);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const keyValueMetadata = metadata.keyValueMetadata!.filter(({ key }) =>
      key !== ARROW_SCHEMA_KEY
    );
    columns = columnsOf(schemaOf({ ...metadata, keyValueMetadata }).fields, root, naming);
  }
  return {
    schema: { fields: columns.map(({ field }) => field), metadata: new Map(pairs) },
    columns,
    elements: naming.elements,
    leafPaths: naming.leafPaths,
  };
}

function schemaOf(metadata: ParquetMetaData): ArrowSchema {
  try {
    return arrowSchemaOf({ ...metadata, schema: metadata.schema.map(writable) });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const reason = error.message.replace(/^Cannot append rows: /, "");
    throw new UsageError(`Cannot re-encode: ${reason}`, { cause: error });
  }
}

/** An element whose type is not written, as one that has the same values. */
function writable(element: SchemaElement): SchemaElement {
  if (element.type === "INT96") {
    const unit = { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "NANOS" } as const;
    return { ...element, type: "INT64", logicalType: unit };
  }
  if (element.type !== "BYTE_ARRAY") return element;
  const { logicalType: _, convertedType: __, ...bare } = element;
  switch (logicalTypeOf(element)?.type) {
    case "ENUM":
      return { ...bare, logicalType: { type: "STRING" } };
    case "BSON":
      return bare;
    case "DECIMAL":
      return { ...element, type: "FIXED_LEN_BYTE_ARRAY", typeLength: 16 };
    default:
      return element;
  }
}

/** Names of nodes that are all different, have no dots and mean nothing: readers join and look up names. */
class Naming {
  readonly elements: BareElement[] = [];
  readonly leafPaths: (readonly string[])[] = [];
  readonly #keys = new Map<SchemaNode, string>();

  constructor(root: SchemaNode) {
    this.#add(root, []);
  }

  of(node: SchemaNode): string {
    return this.#keys.get(node)!;
  }

  #add(node: SchemaNode, parentPath: readonly string[]): void {
    const { type, typeLength, repetitionType } = node.element;
    const isRoot = this.elements.length === 0;
    const name = `n${this.elements.length}`;
    const path = isRoot ? [] : [...parentPath, name];
    this.#keys.set(node, name);
    // Any annotation that stands for nothing keeps INT96 from being made a date.
    const converted = isPlainList(node) ? "LIST" : type === "INT96" ? "INT_64" : undefined;
    this.elements.push({
      name,
      ...(type === undefined ? { num_children: node.children.length } : { type }),
      ...(typeLength === undefined ? {} : { type_length: typeLength }),
      ...(isRoot || repetitionType === undefined ? {} : { repetition_type: repetitionType }),
      ...(converted === undefined ? {} : { converted_type: converted }),
    });
    if (type !== undefined) this.leafPaths.push(path);
    for (const child of node.children) this.#add(child, path);
  }
}

/** Whether hyparquet makes an array of a group, which leaves out the group between list and element. */
function isPlainList(node: SchemaNode): boolean {
  if (node.element.type !== undefined || logicalTypeOf(node.element)?.type !== "LIST") return false;
  const element = listElement(node);
  return element !== null && (element !== node.children[0] || element.children.length === 0);
}

function columnsOf(
  fields: readonly ArrowField[],
  root: SchemaNode,
  naming: Naming,
): ReadColumn[] {
  return new Columns(naming).members(fields, root).map((column) => ({
    ...column,
    field: builtField(column.field),
  }));
}

class Columns {
  readonly #naming: Naming;

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  /** The children of a group. */
  members(fields: readonly ArrowField[], group: SchemaNode): ReadColumn[] {
    const { children } = group;
    if (
      fields.length !== children.length ||
      fields.some(({ name }, i) => name !== children[i]!.element.name)
    ) throw new Mismatch();
    const names = new Set<string>();
    return fields.map((field, i) => {
      if (names.has(field.name)) throw refusal(children[i]!, "two fields have this name");
      names.add(field.name);
      return this.#column(field, children[i]!);
    });
  }

  #column(field: ArrowField, node: SchemaNode): ReadColumn {
    const { fieldId, repetitionType, type: physicalType } = node.element;
    const isList = repetitionType === "REPEATED";
    const metadata = new Map(field.metadata);
    if (fieldId !== undefined && !metadata.has(FIELD_ID)) metadata.set(FIELD_ID, String(fieldId));
    this.#checkAnnotation(node, metadata);
    const { type, read } = isList
      ? this.#repeated(field.type, node)
      : this.#value(field.type, node);
    return {
      field: { ...field, type, metadata, nullable: field.nullable || type.kind === "null" },
      key: this.#naming.of(node),
      isFlat: physicalType !== undefined && !isList,
      read: (value) => value === null || value === undefined ? null : read(value),
    };
  }

  /** A repeated field that is no list's: no value of it is null. */
  #repeated(written: ArrowType, node: SchemaNode): ReadType {
    const child = listChild(valueType(written));
    if (child === null) throw new Mismatch();
    const { type, read } = this.#value(child.type, node);
    return { type: { kind: "list", child: { ...child, type } }, read: listReader(read) };
  }

  /** Says by metadata what the output is to say by annotations; refuses what it could not. */
  #checkAnnotation(node: SchemaNode, metadata: Map<string, string>): void {
    const annotation = logicalTypeOf(node.element)?.type;
    const extension = metadata.get(EXTENSION);
    const needed = EXTENSIONS[annotation ?? ""];
    if (needed === undefined || extension === needed) return;
    if (annotation === "JSON" || annotation === "UUID") {
      if (extension === undefined) metadata.set(EXTENSION, needed);
    } else {
      throw refusal(node, `${annotation} without an Arrow schema that has ${needed} is not kept`);
    }
  }

  #value(written: ArrowType, node: SchemaNode): ReadType {
    const type = valueType(written);
    const { element, children } = node;
    if (element.type !== undefined) {
      const read = leafReader(type, node);
      // Days stay days: Date64 would be written as an integer that is no date to most readers.
      const isDays = type.kind === "date" && element.type === "INT32";
      return { type: isDays ? { kind: "date", unit: "day" } : type, read };
    }
    if (children.length === 0) throw refusal(node, "it is a group of nothing");
    const annotation = logicalTypeOf(element)?.type;
    if (annotation === "UNRECOGNIZED") throw refusal(node, "its logical type is not known");
    if (annotation === "LIST") return this.#list(type, node);
    if (annotation === "MAP") return this.#map(type, node);
    if (type.kind !== "struct") throw new Mismatch();
    const members = this.members(type.children, node);
    return {
      type: { kind: "struct", children: members.map(({ field }) => field) },
      read: (value) => rowOf(members, value as Record<string, unknown>),
    };
  }

  #list(type: ArrowType, node: SchemaNode): ReadType {
    const child = listChild(type), element = listElement(node);
    if (child === null || element === null) throw new Mismatch();
    const inner = node.children[0]!;
    // In the older shape of two levels the repeated field is the element itself.
    const { field, read } = element === inner
      ? this.#ownElement(child, element)
      : this.#column(child, element);
    const elements = listReader(read), key = this.#naming.of(inner);
    return {
      type: { ...type, child: field } as ArrowType,
      read: isPlainList(node)
        ? elements
        : (value) => elements((value as Record<string, unknown>)[key] ?? []),
    };
  }

  #ownElement(child: ArrowField, node: SchemaNode): Pick<ReadColumn, "field" | "read"> {
    const { type, read } = this.#value(child.type, node);
    return { field: { ...child, type }, read };
  }

  #map(type: ArrowType, node: SchemaNode): ReadType {
    if (type.kind !== "map" || type.child.type.kind !== "struct") throw new Mismatch();
    const [inner] = node.children;
    const [key, value] = inner?.children ?? [];
    const entries = type.child.type.children;
    if (
      node.children.length !== 1 || inner!.children.length !== 2 || entries.length !== 2 ||
      inner!.element.repetitionType !== "REPEATED"
    ) throw new Mismatch();
    const keys = this.#column(entries[0]!, key!), values = this.#column(entries[1]!, value!);
    const name = this.#naming.of(inner!);
    const children = [keys.field, values.field];
    return {
      type: { ...type, child: { ...type.child, type: { kind: "struct", children } } },
      read: (map) => {
        // Of an empty map there may be nothing.
        const { [name]: pairs = [] } = map as Record<string, Record<string, unknown>[]>;
        return pairs.map((pair) => [keys.read(pair[keys.key]), values.read(pair[values.key])]);
      },
    };
  }
}

const FIELD_ID = "PARQUET:field_id", EXTENSION = "ARROW:extension:name";

/** Extension types by which annotations are written. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  JSON: "arrow.json",
  UUID: "arrow.uuid",
  GEOMETRY: "geoarrow.wkb",
  GEOGRAPHY: "geoarrow.wkb",
  VARIANT: "arrow.parquet.variant",
};

function refusal({ path }: SchemaNode, reason: string): UsageError {
  return new UsageError(`Cannot re-encode column "${path.join(".")}": ${reason}`);
}

/** The type of the values of dictionaries and runs. */
function valueType(type: ArrowType): ArrowType {
  if (type.kind === "dictionary") return valueType(type.value);
  return type.kind === "runEndEncoded" ? valueType(type.values.type) : type;
}

function listChild(type: ArrowType): ArrowField | null {
  switch (type.kind) {
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
      return type.child;
    default:
      return null;
  }
}

function listReader(read: Read): Read {
  return (value) =>
    Array.from(
      value as ArrayLike<unknown>,
      (item) => item === null || item === undefined ? null : read(item),
    );
}

function rowOf(columns: readonly ReadColumn[], values: Record<string, unknown>): object {
  const row: Record<string, unknown> = {};
  for (const { field: { name }, key, read } of columns) setMember(row, name, read(values[key]));
  return row;
}

/** Sets a member whatever its name is. */
export function setMember(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") row[name] = value;
  else {
    Object.defineProperty(row, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

const UNITS: Readonly<Record<ParquetTimeUnit, TimeUnit>> = {
  MILLIS: "millisecond",
  MICROS: "microsecond",
  NANOS: "nanosecond",
};
const DAY_NS = 86_400_000_000_000n;
/** The Julian day of 1970. */
const JULIAN_1970 = 2_440_588n;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function leafReader(type: ArrowType, node: SchemaNode): Read {
  const { element } = node;
  const logicalType = logicalTypeOf(element) ?? null;
  const physicalType = element.type!;
  if (logicalType?.type === "UNRECOGNIZED") throw refusal(node, "its logical type is not known");
  const leaf = { physicalType, logicalType, element, width: element.typeLength ?? 0 };
  if (!matchesLeaf(type, leaf)) throw new Mismatch();
  switch (type.kind) {
    case "null":
      return () => {
        throw new Unfit("Cannot keep a value: the column's type says that all are null");
      };
    case "int":
      if (type.signed) return same;
      return physicalType === "INT32"
        ? (value) => (value as number) >>> 0
        : (value) => BigInt.asUintN(64, value as bigint);
    case "float":
      return type.bitWidth === 16 ? (value) => float16Of(value as Uint8Array) : same;
    case "decimal":
      return (value) => decimalText(value, type.scale);
    case "time":
    case "timestamp":
    case "duration": {
      if (physicalType === "INT96") return rescaled(nanosecondsOf, "nanosecond", type.unit);
      const from = logicalType !== null && "unit" in logicalType
        ? UNITS[logicalType.unit]
        : type.unit;
      const count: Read = (value) => BigInt(value as number | bigint);
      return from === type.unit
        ? same
        : rescaled(count as (value: unknown) => bigint, from, type.unit);
    }
    case "interval":
      return intervalOf;
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return (value) => {
        try {
          return strictUtf8.decode(value as Uint8Array);
        } catch {
          throw new Unfit("Cannot keep a text: its bytes are not UTF-8");
        }
      };
    default:
      return same;
  }
}

function same(value: unknown): unknown {
  return value;
}

function rescaled(count: (value: unknown) => bigint, from: TimeUnit, to: TimeUnit): Read {
  const times = BigInt(Math.max(1, PER_SECOND[to] / PER_SECOND[from]));
  const per = BigInt(Math.max(1, PER_SECOND[from] / PER_SECOND[to]));
  return (value) => {
    const counted = count(value);
    if (counted % per !== 0n) {
      throw new Unfit(`Cannot keep ${counted} ${from}s: the column counts ${to}s`);
    }
    return counted * times / per;
  };
}

/** Nanoseconds since 1970 of an INT96: nanoseconds of a day, and the Julian day above them. */
function nanosecondsOf(value: unknown): bigint {
  const ofDay = BigInt.asUintN(64, value as bigint);
  if (ofDay >= DAY_NS) {
    throw new Unfit(`Cannot keep an INT96: ${ofDay} nanoseconds are more than a day has`);
  }
  const day = ((value as bigint) >> 64n) - JULIAN_1970;
  const count = day * DAY_NS + ofDay;
  if (BigInt.asIntN(64, count) !== count) {
    throw new Unfit(`Cannot keep an INT96: nanoseconds of 64 bits do not reach day ${day} of 1970`);
  }
  return count;
}

function float16Of(bytes: Uint8Array): number {
  const bits = bytes[0]! | bytes[1]! << 8;
  const exponent = bits >> 10 & 31, fraction = bits & 1023;
  const size = exponent === 31
    ? (fraction === 0 ? Infinity : NaN)
    : exponent === 0
    ? fraction * 2 ** -24
    : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

function intervalOf(value: unknown): object {
  const bytes = value as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  return {
    months: view.getUint32(0, true),
    days: view.getUint32(4, true),
    milliseconds: view.getUint32(8, true),
  };
}

/** A decimal as a text: of an integer, or of its bytes. */
export function decimalText(value: unknown, scale: number): string {
  let unscaled: bigint;
  if (value instanceof Uint8Array) {
    unscaled = 0n;
    for (const byte of value) unscaled = unscaled << 8n | BigInt(byte);
    unscaled = BigInt.asIntN(8 * value.length, unscaled);
  } else unscaled = BigInt(value as number | bigint);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? "-" : ""}${whole}${scale === 0 ? "" : `.${digits.slice(-scale)}`}`;
}
