/**
 * Schemas as the code that makes them: what errors show, and what a schema prints as.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType, TimeUnit } from "../arrow/types.ts";

const SHORT_UNITS: Readonly<Record<TimeUnit, string>> = {
  second: '"s"',
  millisecond: '"ms"',
  microsecond: '"us"',
  nanosecond: '"ns"',
};

/** Metadata that the code of a type makes by itself. */
const EXTENSION_NAME = "ARROW:extension:name", EXTENSION_METADATA = "ARROW:extension:metadata";
const FIELD_ID = "PARQUET:field_id";

/** Comments beside fields, by their path. */
export type FieldComments = ReadonlyMap<string, string>;

const NO_COMMENTS: FieldComments = new Map();

/** The code of a schema, over several lines. */
export function schemaCode(
  { fields, metadata }: ArrowSchema,
  comments: FieldComments = NO_COMMENTS,
): string {
  const pairs = metadata.size === 0 ? "" : `, ${metadataCode(metadata)}`;
  return `schema(${membersCode(fields, "", "", comments)}${pairs})`;
}

function membersCode(
  fields: readonly ArrowField[],
  indent: string,
  path: string,
  comments: FieldComments,
): string {
  if (fields.length === 0) return "{}";
  const lines = fields.map((field) => {
    const fieldPath = path === "" ? field.name : `${path}.${field.name}`;
    const comment = comments.get(fieldPath);
    const code = typeCode(field, `${indent}  `, fieldPath, comments);
    return `${indent}  ${keyCode(field.name)}: ${code},${
      comment === undefined ? "" : ` // ${comment.replace(/[\r\n\u2028\u2029]+/g, " ")}`
    }\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function metadataCode(metadata: ReadonlyMap<string, string>): string {
  const pairs = [...metadata].map(([key, value]) => {
    const name = key === "__proto__" ? keyCode(key) : JSON.stringify(key);
    return `${name}:${JSON.stringify(value)}`;
  });
  return `{${pairs.join(",")}}`;
}

function keyCode(name: string): string {
  // In a literal it would be the prototype.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** The code of a field's type. */
export function typeCode(
  field: ArrowField,
  indent: string,
  path: string = field.name,
  comments: FieldComments = NO_COMMENTS,
): string {
  const rest = new Map(field.metadata);
  const call = extensionCode(field, rest) ?? plainCode(field.type, indent, path, comments);
  const id = rest.get(FIELD_ID);
  let code = `t.${call}`;
  if (id !== undefined && /^-?\d{1,10}$/.test(id)) {
    rest.delete(FIELD_ID);
    code += `.fieldId(${id})`;
  }
  if (rest.size > 0) code += `.metadata(${metadataCode(rest)})`;
  return field.nullable && field.type.kind !== "null" ? `${code}.nullable()` : code;
}

/** The call for an extension type that has one; what of the metadata it makes is taken out of `rest`. */
function extensionCode({ type, metadata }: ArrowField, rest: Map<string, string>): string | null {
  const text = metadata.get(EXTENSION_METADATA) ?? "";
  let call: string | null = null;
  switch (metadata.get(EXTENSION_NAME)) {
    case "arrow.uuid":
      if (type.kind === "fixedSizeBinary" && type.byteWidth === 16 && text === "") call = "uuid()";
      break;
    case "arrow.json":
      if (type.kind === "utf8" && text === "") call = "json()";
      break;
    case "geoarrow.wkb":
      if (type.kind === "binary") {
        call = text === "" || text === "{}" ? "wkb()" : `wkb(${text})`;
      }
  }
  if (call !== null) {
    rest.delete(EXTENSION_NAME);
    rest.delete(EXTENSION_METADATA);
  }
  return call;
}

function plainCode(
  type: ArrowType,
  indent: string,
  path: string,
  comments: FieldComments,
): string {
  const code = (field: ArrowField) => typeCode(field, indent, path, comments);
  switch (type.kind) {
    case "int":
      return `${type.signed ? "int" : "uint"}${type.bitWidth}()`;
    case "float":
      return `float${type.bitWidth}()`;
    case "decimal": {
      const usual = type.bitWidth === (type.precision > 38 ? 256 : 128);
      return `decimal${usual ? "" : type.bitWidth}(${type.precision}, ${type.scale})`;
    }
    case "date":
      return type.unit === "day" ? "date()" : "date64()";
    case "time":
      return `time${type.bitWidth}(${SHORT_UNITS[type.unit]})`;
    case "timestamp": {
      const zone = type.timezone === null ? "" : `, ${JSON.stringify(type.timezone)}`;
      return `timestamp(${SHORT_UNITS[type.unit]}${zone})`;
    }
    case "duration":
      return `duration(${SHORT_UNITS[type.unit]})`;
    case "interval":
      return `interval("${type.unit}")`;
    case "fixedSizeBinary":
      return `fixedSizeBinary(${type.byteWidth})`;
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
      return `${type.kind}(${code(type.child)})`;
    case "fixedSizeList":
      return `fixedSizeList(${code(type.child)}, ${type.listSize})`;
    case "map": {
      const [key, value] = type.child.type.kind === "struct" ? type.child.type.children : [];
      return key === undefined || value === undefined
        ? "map()"
        : `map(${code(key)}, ${code(value)})`;
    }
    case "struct":
      return `struct(${membersCode(type.children, indent, path, comments)})`;
    case "dictionary": {
      const { value } = type;
      return `dictionary(${code({ name: "", type: value, nullable: false, metadata: new Map() })})`;
    }
    default:
      // Those without parameters, and unions and runs, which have no name in `t`.
      return `${type.kind}()`;
  }
}
