/**
 * The Arrow schema within a Parquet file: `ARROW:schema`, from which Arrow readers restore types that Parquet lacks.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#schema-message
 * @see https://github.com/apache/arrow/blob/main/format/Schema.fbs
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType, IntType, TimeUnit } from "../arrow/types.ts";
import { encodeBase64 } from "../util/base64.ts";
import { FlatBufferWriter, type Member, type Referent } from "../util/flat_buffer_writer.ts";

/** Members of the union `Type` of Schema.fbs. */
const TYPE_IDS = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  union: 14,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  runEndEncoded: 22,
  binaryView: 23,
  utf8View: 24,
  listView: 25,
  largeListView: 26,
} as const;

const TIME_UNITS: Readonly<Record<TimeUnit, number>> = {
  second: 0,
  millisecond: 1,
  microsecond: 2,
  nanosecond: 3,
};

const METADATA_VERSION_V5 = 4;
const MESSAGE_HEADER_SCHEMA = 1;

class SchemaEncoder {
  readonly #writer = new FlatBufferWriter();
  #dictionaries = 0n;

  #text(value: string): Referent {
    return () => this.#writer.text(value);
  }

  #table(...members: readonly (Member | null)[]): Referent {
    return () => this.#writer.table(members.filter((member) => member !== null));
  }

  #metadata(slot: number, metadata: ReadonlyMap<string, string>): Member | null {
    if (metadata.size === 0) return null;
    const pairs = [...metadata].map(([key, value]) =>
      this.#table([0, "offset", this.#text(key)], [1, "offset", this.#text(value)])
    );
    return [slot, "offset", () => this.#writer.references(pairs)];
  }

  #int(type: IntType): Referent {
    return this.#table(number(0, "int32", type.bitWidth), number(1, "int8", Number(type.signed)));
  }

  /** The table of a type's parameters; its children belong to the field. */
  #type(type: ArrowType): Referent {
    switch (type.kind) {
      case "int":
        return this.#int(type);
      case "float":
        return this.#table(number(0, "int16", { 16: 0, 32: 1, 64: 2 }[type.bitWidth]));
      case "decimal":
        return this.#table(
          number(0, "int32", type.precision),
          number(1, "int32", type.scale),
          number(2, "int32", type.bitWidth, 128),
        );
      case "date":
        return this.#table(number(0, "int16", type.unit === "day" ? 0 : 1, 1));
      case "time":
        return this.#table(
          number(0, "int16", TIME_UNITS[type.unit], 1),
          number(1, "int32", type.bitWidth, 32),
        );
      case "timestamp":
        return this.#table(
          number(0, "int16", TIME_UNITS[type.unit]),
          type.timezone === null ? null : [1, "offset", this.#text(type.timezone)],
        );
      case "duration":
        return this.#table(number(0, "int16", TIME_UNITS[type.unit], 1));
      case "interval":
        return this.#table(
          number(0, "int16", { yearMonth: 0, dayTime: 1, monthDayNano: 2 }[type.unit]),
        );
      case "fixedSizeBinary":
        return this.#table(number(0, "int32", type.byteWidth));
      case "fixedSizeList":
        return this.#table(number(0, "int32", type.listSize));
      case "map":
        return this.#table(number(0, "int8", Number(type.keysSorted)));
      case "union":
        return this.#table(
          number(0, "int16", type.mode === "sparse" ? 0 : 1),
          [1, "offset", () => this.#writer.int32s(type.typeIds)],
        );
      default:
        return this.#table();
    }
  }

  #dictionaryEncoding(type: ArrowType & { kind: "dictionary" }): Referent {
    return this.#table(
      [0, "int64", this.#dictionaries++],
      [1, "offset", this.#int(type.index)],
      number(2, "int8", Number(type.ordered)),
    );
  }

  #field(field: ArrowField): Referent {
    const { type } = field;
    // An IPC field is one of the value type that happens to be dictionary-encoded; a dictionary of a dictionary has no
    // place in it and means the same values.
    const dictionary = type.kind === "dictionary" ? this.#dictionaryEncoding(type) : null;
    let stored: ArrowType = type;
    while (stored.kind === "dictionary") stored = stored.value;
    const children = childrenOf(stored).map((child) => this.#field(child));
    return this.#table(
      [0, "offset", this.#text(field.name)],
      number(1, "int8", Number(field.nullable)),
      number(2, "int8", TYPE_IDS[stored.kind]),
      [3, "offset", this.#type(stored)],
      dictionary === null ? null : [4, "offset", dictionary],
      [5, "offset", () => this.#writer.references(children)],
      this.#metadata(6, field.metadata),
    );
  }

  encode(schema: ArrowSchema): Uint8Array {
    const fields = schema.fields.map((field) => this.#field(field));
    const header = this.#table(
      // Endianness is slot 0, and little is its default.
      [1, "offset", () => this.#writer.references(fields)],
      this.#metadata(2, schema.metadata),
    );
    return this.#writer.finish(this.#table(
      [0, "int16", METADATA_VERSION_V5],
      [1, "int8", MESSAGE_HEADER_SCHEMA],
      [2, "offset", header],
    ));
  }
}

/** A member that is written only where it differs from its default. */
function number(
  slot: number,
  kind: "int8" | "int16" | "int32",
  value: number,
  otherwise = 0,
): Member | null {
  return value === otherwise ? null : [slot, kind, value];
}

function childrenOf(type: ArrowType): readonly ArrowField[] {
  switch (type.kind) {
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
    case "map":
      return [type.child];
    case "struct":
    case "union":
      return type.children;
    case "runEndEncoded":
      return [type.runEnds, type.values];
    default:
      return [];
  }
}

/**
 * Encodes a schema as an encapsulated IPC message: FFFFFFFF, u32 length, the flatbuffer padded with zeros to a multiple of 8.
 *
 * Dictionaries get the ids 0, 1, … in the order of the fields. Byte order is little-endian.
 *
 * @param schema The schema; types may be nested as deep as the stack allows, which `planSchema` has limited before.
 * @returns The message.
 */
export function encodeSchemaMessage(schema: ArrowSchema): Uint8Array<ArrayBuffer> {
  const flatbuffer = new SchemaEncoder().encode(schema);
  const length = Math.ceil(flatbuffer.length / 8) * 8;
  const message = new Uint8Array(8 + length);
  const view = new DataView(message.buffer);
  view.setUint32(0, 0xffffffff);
  view.setUint32(4, length, true);
  message.set(flatbuffer, 8);
  return message;
}

function restorableField(field: ArrowField): ArrowField {
  return { ...field, type: restorableType(field.type) };
}

/**
 * A type as readers can restore it. Dictionaries and runs of nested values have no place in a Parquet reader, and arrow-rs
 * refuses a file whose `ARROW:schema` asks for them: they are stored as the values that they encode.
 */
function restorableType(type: ArrowType): ArrowType {
  switch (type.kind) {
    case "dictionary":
    case "runEndEncoded": {
      const value = restorableType(type.kind === "dictionary" ? type.value : type.values.type);
      const flat = childrenOf(value).length === 0 && value.kind !== "dictionary";
      return flat ? type : value;
    }
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
    case "map":
      return { ...type, child: restorableField(type.child) };
    case "struct":
      return { ...type, children: type.children.map(restorableField) };
    default:
      return type;
  }
}

/**
 * The value of the key `ARROW:schema`: the schema message in base64.
 *
 * @param schema The schema that is written.
 * @returns The text.
 */
export function arrowSchemaValue(schema: ArrowSchema): string {
  return encodeBase64(
    encodeSchemaMessage({ ...schema, fields: schema.fields.map(restorableField) }),
  );
}
