/**
 * The Arrow schema within a Parquet file: `ARROW:schema`, from which Arrow readers restore types that Parquet lacks.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#schema-message
 * @see https://github.com/apache/arrow/blob/main/format/Schema.fbs
 * @module
 */

import { Builder } from "flatbuffers";
import type { ArrowField, ArrowSchema, ArrowType, IntType, TimeUnit } from "../arrow/types.ts";
import { encodeBase64 } from "../util/base64.ts";

/** Offset of something within the buffer being built; 0: absent. */
type Offset = number;

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

/** One member of a table: its slot, its scalar type, its value, and the default that need not be written. */
type Member =
  | readonly [slot: number, type: "int8" | "int16" | "int32", value: number, otherwise: number]
  | readonly [slot: number, type: "int64", value: bigint, otherwise: bigint]
  | readonly [slot: number, type: "offset", value: Offset, otherwise: 0];

class SchemaEncoder {
  readonly #builder = new Builder(1024);
  #dictionaries = 0n;

  /** A table of `slots` members, of which those given differ from their defaults. */
  #table(slots: number, members: readonly Member[]): Offset {
    const builder = this.#builder;
    builder.startObject(slots);
    for (const [slot, type, value, otherwise] of members) {
      if (type === "int8") builder.addFieldInt8(slot, value, otherwise);
      else if (type === "int16") builder.addFieldInt16(slot, value, otherwise);
      else if (type === "int32") builder.addFieldInt32(slot, value, otherwise);
      else if (type === "int64") builder.addFieldInt64(slot, value, otherwise);
      else builder.addFieldOffset(slot, value, otherwise);
    }
    return builder.endObject();
  }

  #offsets(offsets: readonly Offset[]): Offset {
    const builder = this.#builder;
    builder.startVector(4, offsets.length, 4);
    for (let i = offsets.length - 1; i >= 0; i--) builder.addOffset(offsets[i]!);
    return builder.endVector();
  }

  #int32s(values: readonly number[]): Offset {
    const builder = this.#builder;
    builder.startVector(4, values.length, 4);
    for (let i = values.length - 1; i >= 0; i--) builder.addInt32(values[i]!);
    return builder.endVector();
  }

  #metadata(metadata: ReadonlyMap<string, string>): Offset {
    if (metadata.size === 0) return 0;
    const pairs = [...metadata].map(([key, value]) => {
      const keyOffset = this.#builder.createString(key);
      const valueOffset = this.#builder.createString(value);
      return this.#table(2, [[0, "offset", keyOffset, 0], [1, "offset", valueOffset, 0]]);
    });
    return this.#offsets(pairs);
  }

  #int(type: IntType): Offset {
    return this.#table(2, [[0, "int32", type.bitWidth, 0], [1, "int8", Number(type.signed), 0]]);
  }

  /** The table of a type's parameters; its children belong to the field. */
  #type(type: ArrowType): Offset {
    switch (type.kind) {
      case "int":
        return this.#int(type);
      case "float":
        return this.#table(1, [[0, "int16", { 16: 0, 32: 1, 64: 2 }[type.bitWidth], 0]]);
      case "decimal":
        return this.#table(3, [
          [0, "int32", type.precision, 0],
          [1, "int32", type.scale, 0],
          [2, "int32", type.bitWidth, 128],
        ]);
      case "date":
        return this.#table(1, [[0, "int16", type.unit === "day" ? 0 : 1, 1]]);
      case "time":
        return this.#table(2, [
          [0, "int16", TIME_UNITS[type.unit], 1],
          [1, "int32", type.bitWidth, 32],
        ]);
      case "timestamp": {
        const timezone = type.timezone === null ? 0 : this.#builder.createString(type.timezone);
        return this.#table(2, [
          [0, "int16", TIME_UNITS[type.unit], 0],
          [1, "offset", timezone, 0],
        ]);
      }
      case "duration":
        return this.#table(1, [[0, "int16", TIME_UNITS[type.unit], 1]]);
      case "interval":
        return this.#table(1, [
          [0, "int16", { yearMonth: 0, dayTime: 1, monthDayNano: 2 }[type.unit], 0],
        ]);
      case "fixedSizeBinary":
        return this.#table(1, [[0, "int32", type.byteWidth, 0]]);
      case "fixedSizeList":
        return this.#table(1, [[0, "int32", type.listSize, 0]]);
      case "map":
        return this.#table(1, [[0, "int8", Number(type.keysSorted), 0]]);
      case "union": {
        const typeIds = this.#int32s(type.typeIds);
        return this.#table(2, [
          [0, "int16", type.mode === "sparse" ? 0 : 1, 0],
          [1, "offset", typeIds, 0],
        ]);
      }
      default:
        return this.#table(0, []);
    }
  }

  #dictionaryEncoding(type: ArrowType & { kind: "dictionary" }): Offset {
    const id = this.#dictionaries++;
    const index = this.#int(type.index);
    return this.#table(4, [
      [0, "int64", id, 0n],
      [1, "offset", index, 0],
      [2, "int8", Number(type.ordered), 0],
    ]);
  }

  #field(field: ArrowField): Offset {
    const { type } = field;
    // An IPC field is one of the value type that happens to be dictionary-encoded; a dictionary of a dictionary has no
    // place in it and means the same values.
    const dictionary = type.kind === "dictionary" ? this.#dictionaryEncoding(type) : 0;
    let stored: ArrowType = type;
    while (stored.kind === "dictionary") stored = stored.value;
    const name = this.#builder.createString(field.name);
    const children = this.#offsets(childrenOf(stored).map((child) => this.#field(child)));
    const typeOffset = this.#type(stored);
    const metadata = this.#metadata(field.metadata);
    return this.#table(7, [
      [0, "offset", name, 0],
      [1, "int8", Number(field.nullable), 0],
      [2, "int8", TYPE_IDS[stored.kind], 0],
      [3, "offset", typeOffset, 0],
      [4, "offset", dictionary, 0],
      [5, "offset", children, 0],
      [6, "offset", metadata, 0],
    ]);
  }

  encode(schema: ArrowSchema): Uint8Array {
    const fields = this.#offsets(schema.fields.map((field) => this.#field(field)));
    const metadata = this.#metadata(schema.metadata);
    // Endianness is slot 0, and little is its default.
    const header = this.#table(4, [[1, "offset", fields, 0], [2, "offset", metadata, 0]]);
    const message = this.#table(5, [
      [0, "int16", METADATA_VERSION_V5, 0],
      [1, "int8", MESSAGE_HEADER_SCHEMA, 0],
      [2, "offset", header, 0],
    ]);
    this.#builder.finish(message);
    return this.#builder.asUint8Array();
  }
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
