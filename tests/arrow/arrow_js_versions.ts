/** Several versions of Arrow JS side by side: the oldest that is read, those where its objects changed, the newest. */

import { createRequire } from "node:module";
import * as newest from "apache-arrow";

// deno-lint-ignore no-explicit-any
export type ArrowJs = any;

const require = createRequire(import.meta.url);

/** Modules by the number of their version. */
export const ARROW_JS: ReadonlyMap<number, ArrowJs> = new Map([
  ...[4, 7, 14].map((version) => [version, require(`arrow-js-${version}`)] as const),
  [21, newest as ArrowJs],
]);

/** Reads an IPC stream or file as a table of that version. */
export function tableFromIpc(arrow: ArrowJs, bytes: Uint8Array): ArrowJs {
  return arrow.tableFromIPC === undefined ? arrow.Table.from([bytes]) : arrow.tableFromIPC(bytes);
}

/** A table of one column `v` without rows, made from values. */
export function emptyTable(arrow: ArrowJs, type: ArrowJs): ArrowJs {
  return arrow.vectorFromArray === undefined
    ? arrow.Table.new([arrow.Vector.from({ type, values: [] })], ["v"])
    : new arrow.Table({ v: arrow.vectorFromArray([], type) });
}

/** A field of that version. */
export function fieldOf(arrow: ArrowJs, name: string, type: ArrowJs): ArrowJs {
  return new arrow.Field(name, type, true);
}

/** Every type that a version has, by a name. */
export function typesOf(arrow: ArrowJs): ReadonlyMap<string, ArrowJs> {
  const types = new Map<string, ArrowJs>();
  const plain = [
    "Null",
    "Bool",
    ...["Int8", "Int16", "Int32", "Int64", "Uint8", "Uint16", "Uint32", "Uint64"],
    ...["Float16", "Float32", "Float64", "Utf8", "Binary", "LargeUtf8", "LargeBinary"],
    ...["DateDay", "DateMillisecond", "TimeSecond", "TimeMillisecond", "TimeMicrosecond"],
    ...["TimeNanosecond", "TimestampSecond", "TimestampNanosecond", "DurationMillisecond"],
    ...["IntervalDayTime", "IntervalYearMonth", "IntervalMonthDayNano", "Utf8View", "BinaryView"],
  ];
  for (const name of plain) {
    if (arrow[name] !== undefined) types.set(name, new arrow[name]());
  }
  const text = new arrow.Utf8();
  const keys = new arrow.Int16();
  const add = (name: string, make: () => ArrowJs) => types.set(name, make());
  add("Decimal", () => new arrow.Decimal(2, 10, 128));
  add("FixedSizeBinary", () => new arrow.FixedSizeBinary(3));
  add("Dictionary", () => new arrow.Dictionary(text, keys));
  add("List", () => new arrow.List(fieldOf(arrow, "item", text)));
  add("FixedSizeList", () => new arrow.FixedSizeList(2, fieldOf(arrow, "item", text)));
  add("Struct", () =>
    new arrow.Struct([
      fieldOf(arrow, "a", text),
      fieldOf(arrow, "b", new arrow.Dictionary(text, keys)),
      fieldOf(arrow, "c", new arrow.List(fieldOf(arrow, "item", new arrow.Int8()))),
    ]));
  add("Map", () => {
    const entry = [new arrow.Field("key", text, false), fieldOf(arrow, "value", new arrow.Int32())];
    return new arrow.Map_(new arrow.Field("entries", new arrow.Struct(entry), false), false);
  });
  return types;
}
