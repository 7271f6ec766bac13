/** Reads an IPC schema message by the accessors that flatc has generated for Apache Arrow. */

import assert from "node:assert/strict";
import { ByteBuffer } from "flatbuffers";
import { Date as FbDate } from "apache-arrow/fb/date";
import { Decimal } from "apache-arrow/fb/decimal";
import { Duration } from "apache-arrow/fb/duration";
import type { Field } from "apache-arrow/fb/field";
import { FixedSizeBinary } from "apache-arrow/fb/fixed-size-binary";
import { FixedSizeList } from "apache-arrow/fb/fixed-size-list";
import { FloatingPoint } from "apache-arrow/fb/floating-point";
import { Int } from "apache-arrow/fb/int";
import { Interval } from "apache-arrow/fb/interval";
import type { KeyValue } from "apache-arrow/fb/key-value";
import { Map as FbMap } from "apache-arrow/fb/map";
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { MetadataVersion } from "apache-arrow/fb/metadata-version";
import { Schema } from "apache-arrow/fb/schema";
import { Time } from "apache-arrow/fb/time";
import { Timestamp } from "apache-arrow/fb/timestamp";
import { Type } from "apache-arrow/fb/type";
import { Union } from "apache-arrow/fb/union";
import type { ArrowField, ArrowSchema, ArrowType, IntType } from "../../src/arrow/types.ts";

const UNITS = ["second", "millisecond", "microsecond", "nanosecond"] as const;

interface HasMetadata {
  customMetadataLength(): number;
  customMetadata(index: number): KeyValue | null;
}

function metadataOf(owner: HasMetadata): Map<string, string> {
  const pairs = Array.from({ length: owner.customMetadataLength() }, (_, i) => {
    const pair = owner.customMetadata(i)!;
    return [pair.key()!, pair.value()!] as const;
  });
  return new Map(pairs);
}

function intOf(int: Int): IntType {
  return { kind: "int", bitWidth: int.bitWidth() as 8, signed: int.isSigned() };
}

function typeOf(field: Field, children: readonly ArrowField[]): ArrowType {
  const child = children[0]!;
  switch (field.typeType()) {
    case Type.Null:
      return { kind: "null" };
    case Type.Bool:
      return { kind: "bool" };
    case Type.Int:
      return intOf(field.type(new Int()));
    case Type.FloatingPoint:
      return {
        kind: "float",
        bitWidth: ([16, 32, 64] as const)[field.type(new FloatingPoint()).precision()]!,
      };
    case Type.Decimal: {
      const type = field.type(new Decimal());
      return {
        kind: "decimal",
        bitWidth: type.bitWidth() as 128,
        precision: type.precision(),
        scale: type.scale(),
      };
    }
    case Type.Date:
      return {
        kind: "date",
        unit: (["day", "millisecond"] as const)[field.type(new FbDate()).unit()]!,
      };
    case Type.Time: {
      const type = field.type(new Time());
      return { kind: "time", bitWidth: type.bitWidth() as 32, unit: UNITS[type.unit()]! };
    }
    case Type.Timestamp: {
      const type = field.type(new Timestamp());
      return { kind: "timestamp", unit: UNITS[type.unit()]!, timezone: type.timezone() };
    }
    case Type.Duration:
      return { kind: "duration", unit: UNITS[field.type(new Duration()).unit()]! };
    case Type.Interval:
      return {
        kind: "interval",
        unit: (["yearMonth", "dayTime", "monthDayNano"] as const)[
          field.type(new Interval()).unit()
        ]!,
      };
    case Type.Utf8:
      return { kind: "utf8" };
    case Type.LargeUtf8:
      return { kind: "largeUtf8" };
    case Type.Utf8View:
      return { kind: "utf8View" };
    case Type.Binary:
      return { kind: "binary" };
    case Type.LargeBinary:
      return { kind: "largeBinary" };
    case Type.BinaryView:
      return { kind: "binaryView" };
    case Type.FixedSizeBinary:
      return { kind: "fixedSizeBinary", byteWidth: field.type(new FixedSizeBinary()).byteWidth() };
    case Type.List:
      return { kind: "list", child };
    case Type.LargeList:
      return { kind: "largeList", child };
    case Type.ListView:
      return { kind: "listView", child };
    case Type.LargeListView:
      return { kind: "largeListView", child };
    case Type.FixedSizeList:
      return {
        kind: "fixedSizeList",
        listSize: field.type(new FixedSizeList()).listSize(),
        child,
      };
    case Type.Map:
      return { kind: "map", keysSorted: field.type(new FbMap()).keysSorted(), child };
    case Type.Struct_:
      return { kind: "struct", children };
    case Type.RunEndEncoded:
      return { kind: "runEndEncoded", runEnds: child, values: children[1]! };
    case Type.Union: {
      const type = field.type(new Union());
      return {
        kind: "union",
        mode: (["sparse", "dense"] as const)[type.mode()]!,
        typeIds: [...type.typeIdsArray()!],
        children,
      };
    }
    default:
      throw new Error(`Unknown type ${field.typeType()}`);
  }
}

function fieldOf(field: Field, dictionaries: bigint[]): ArrowField {
  const encoding = field.dictionary();
  if (encoding !== null) dictionaries.push(encoding.id());
  const children = Array.from(
    { length: field.childrenLength() },
    (_, i) => fieldOf(field.children(i)!, dictionaries),
  );
  const value = typeOf(field, children);
  const type: ArrowType = encoding === null ? value : {
    kind: "dictionary",
    index: intOf(encoding.indexType()!),
    value,
    ordered: encoding.isOrdered(),
  };
  return { name: field.name()!, type, nullable: field.nullable(), metadata: metadataOf(field) };
}

/** The schema of an encapsulated message, and the ids of its dictionaries in order. */
export function readSchemaMessage(
  bytes: Uint8Array,
): { schema: ArrowSchema; dictionaries: bigint[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(view.getUint32(0), 0xffffffff);
  assert.equal(view.getUint32(4, true), bytes.length - 8);
  assert.equal(bytes.length % 8, 0);
  const message = Message.getRootAsMessage(new ByteBuffer(bytes.subarray(8)));
  assert.equal(message.version(), MetadataVersion.V5);
  assert.equal(message.headerType(), MessageHeader.Schema);
  assert.equal(message.bodyLength(), 0n);
  const header: Schema = message.header(new Schema());
  assert.equal(header.endianness(), 0);
  const dictionaries: bigint[] = [];
  const fields = Array.from(
    { length: header.fieldsLength() },
    (_, i) => fieldOf(header.fields(i)!, dictionaries),
  );
  return { schema: { fields, metadata: metadataOf(header) }, dictionaries };
}
