/**
 * Tables of `docs/`, made by asking the code: the schema planner, the table of options, the encodings.
 *
 * @module
 */

import type { ArrowField, ArrowType, TimeUnit } from "../src/arrow/types.ts";
import { logicalTypeName } from "../src/file/describe_schema.ts";
import type { SchemaElement } from "../src/format/metadata.ts";
import type { BoundsOrder, PhysicalType } from "../src/schema/column_plan.ts";
import {
  COLUMN_OPTIONS,
  FILE_OPTIONS,
  type OptionSpec,
  RUN_OPTIONS,
} from "../src/schema/option_table.ts";
import { planSchema } from "../src/schema/parquet_schema.ts";
import { resolveOptions } from "../src/schema/resolve_options.ts";
import { VALUE_ENCODINGS } from "../src/schema/value_encodings.ts";
import { SchemaError } from "../src/util/errors.ts";

type Row = readonly string[];

/** Name of a table, which is that of its page in `docs/` → Markdown. */
export function documentTables(): ReadonlyMap<string, string> {
  return new Map([
    ["options", optionTable()],
    ["types", typeTable()],
    ["encodings", encodingTable()],
  ]);
}

function markdown(heads: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  return [line(heads), `|${"---|".repeat(heads.length)}`, ...rows.map(line)].join("\n");
}

// --- options ---------------------------------------------------------------------------------------------------------

const KIB = 1024;
const MIB = KIB * KIB;

function optionTable(): string {
  const rows = (table: Readonly<Record<string, OptionSpec<unknown>>>, columns: string): Row[] =>
    Object.entries(table).map(([name, { check, default: value, doc }]) => [
      `\`${name}\``,
      columns,
      // Bars would end the cell.
      check.expects.replaceAll("|", "\\|").replaceAll(/"[^"]*"/g, "`$&`"),
      defaultText(name, value),
      doc,
    ]);
  return markdown(["option", "per column", "takes", "default", "meaning"], [
    ...rows(COLUMN_OPTIONS, "yes"),
    ...rows(FILE_OPTIONS, ""),
    ...rows(RUN_OPTIONS, ""),
  ]);
}

function defaultText(name: string, value: unknown): string {
  if (typeof value === "number") {
    const isBytes = /Size|Bytes|Budget/.test(name);
    if (isBytes && value % MIB === 0) return `${value / MIB} MiB`;
    if (isBytes && value % KIB === 0) return `${value / KIB} KiB`;
    return String(value).replace(/\B(?=(?:\d{3})+$)/g, " ");
  }
  if (value instanceof Map || Array.isArray(value)) return "none";
  if (typeof value === "object" && value !== null) return "of each";
  return `\`${JSON.stringify(value)}\``;
}

// --- types -----------------------------------------------------------------------------------------------------------

const NO_METADATA: ReadonlyMap<string, string> = new Map();

function field(name: string, type: ArrowType, extension?: Readonly<Record<string, string>>) {
  const metadata = extension === undefined ? NO_METADATA : new Map(
    Object.entries(extension).map(([key, value]) => [`ARROW:extension:${key}`, value]),
  );
  return { name, type, nullable: true, metadata } satisfies ArrowField;
}

const int = (bitWidth: 8 | 16 | 32 | 64, signed: boolean): ArrowType => ({
  kind: "int",
  bitWidth,
  signed,
});
const INT32 = int(32, true);
const UTF8: ArrowType = { kind: "utf8" };
const BINARY: ArrowType = { kind: "binary" };
const ITEM = field("item", INT32);
const struct = (...children: ArrowField[]): ArrowType => ({ kind: "struct", children });

/** One line of the table: an Arrow type as people call it, and a field of it. */
type Example = readonly [
  name: string,
  type: ArrowType,
  extension?: Readonly<Record<string, string>>,
];

const UNITS: readonly TimeUnit[] = ["second", "millisecond", "microsecond", "nanosecond"];

const DIGITS = { 32: 9, 64: 18, 128: 38, 256: 76 } as const;
const UNIT_NAMES = { second: "s", millisecond: "ms", microsecond: "µs", nanosecond: "ns" } as const;

/** Of every width, with the least and the most digits of each storage: only where all agree is there one line. */
function decimals(): Example[] {
  return [[1, 9], [10, 18], [19, 38], [39, 76]].flatMap(([least, most]) =>
    ([32, 64, 128, 256] as const).flatMap((bitWidth): Example[] => {
      if (most! > DIGITS[bitWidth]) return [];
      const type = { kind: "decimal", bitWidth, precision: most!, scale: 2 } as const;
      return [[`Decimal of ${least} to ${most} digits`, type]];
    })
  );
}

/** Every kind of Arrow type: a kind that is missing here does not compile. */
const KINDS: Readonly<Record<ArrowType["kind"], readonly Example[]>> = {
  null: [["Null", { kind: "null" }]],
  bool: [["Bool", { kind: "bool" }]],
  int: [true, false].flatMap((signed) =>
    ([8, 16, 32, 64] as const).map((bits): Example => [
      `${signed ? "Int" : "UInt"}${bits}`,
      int(bits, signed),
    ])
  ),
  float: ([16, 32, 64] as const).map((bitWidth) => [
    `Float${bitWidth}`,
    { kind: "float", bitWidth },
  ]),
  decimal: decimals(),
  date: [["Date32", { kind: "date", unit: "day" }], ["Date64", {
    kind: "date",
    unit: "millisecond",
  }]],
  time: UNITS.map((unit, i) => [
    `Time${i < 2 ? 32 : 64} ${UNIT_NAMES[unit]}`,
    { kind: "time", bitWidth: i < 2 ? 32 : 64, unit },
  ]),
  timestamp: UNITS.flatMap((unit) =>
    [null, "UTC"].map((timezone): Example => [
      `Timestamp ${UNIT_NAMES[unit]}${timezone === null ? "" : " with a time zone"}`,
      { kind: "timestamp", unit, timezone },
    ])
  ),
  duration: [["Duration", { kind: "duration", unit: "millisecond" }]],
  interval: (["yearMonth", "dayTime", "monthDayNano"] as const).map((unit) => [
    `Interval ${unit}`,
    { kind: "interval", unit },
  ]),
  utf8: [["Utf8", UTF8]],
  largeUtf8: [["LargeUtf8", { kind: "largeUtf8" }]],
  utf8View: [["Utf8View", { kind: "utf8View" }]],
  binary: [["Binary", BINARY]],
  largeBinary: [["LargeBinary", { kind: "largeBinary" }]],
  binaryView: [["BinaryView", { kind: "binaryView" }]],
  fixedSizeBinary: [["FixedSizeBinary(7)", { kind: "fixedSizeBinary", byteWidth: 7 }]],
  list: [["List", { kind: "list", child: ITEM }]],
  largeList: [["LargeList", { kind: "largeList", child: ITEM }]],
  listView: [["ListView", { kind: "listView", child: ITEM }]],
  largeListView: [["LargeListView", { kind: "largeListView", child: ITEM }]],
  fixedSizeList: [["FixedSizeList", { kind: "fixedSizeList", listSize: 3, child: ITEM }]],
  map: [["Map", {
    kind: "map",
    keysSorted: false,
    child: field("entries", struct(field("key", UTF8), field("value", INT32))),
  }]],
  struct: [["Struct", struct(field("x", INT32))]],
  dictionary: [["Dictionary of Utf8", {
    kind: "dictionary",
    index: { kind: "int", bitWidth: 32, signed: true },
    value: UTF8,
    ordered: false,
  }]],
  runEndEncoded: [["Run-end encoded Utf8", {
    kind: "runEndEncoded",
    runEnds: field("run_ends", INT32),
    values: field("values", UTF8),
  }]],
  union: [["Union", { kind: "union", mode: "sparse", typeIds: [0], children: [ITEM] }]],
};

const EXTENSIONS: readonly Example[] = [
  ["`arrow.uuid`", { kind: "fixedSizeBinary", byteWidth: 16 }, { name: "arrow.uuid" }],
  ["`arrow.json`", UTF8, { name: "arrow.json" }],
  ["`arrow.bool8`", int(8, true), { name: "arrow.bool8" }],
  [
    "`arrow.parquet.variant`",
    struct(field("metadata", BINARY), field("value", BINARY)),
    { name: "arrow.parquet.variant" },
  ],
  ["`geoarrow.wkb`", BINARY, { name: "geoarrow.wkb", metadata: '{"crs": "OGC:CRS84"}' }],
  ["`geoarrow.wkb` without `crs`", BINARY, { name: "geoarrow.wkb" }],
  ["`geoarrow.wkb`, spherical edges", BINARY, {
    name: "geoarrow.wkb",
    metadata: '{"edges": "spherical"}',
  }],
  ["`geoarrow.wkt`", UTF8, { name: "geoarrow.wkt" }],
];

function typeTable(): string {
  const rows = new Map<string, { readonly names: Set<string>; readonly rest: Row }>();
  for (const [kind, examples] of [...Object.entries(KINDS), ["extension", EXTENSIONS] as const]) {
    for (const [name, type, extension] of examples) {
      const rest = planned(field("a", type, extension));
      // Kinds of the same name up to their widths share a line where all is the same.
      const key = [kind.replace(/^large|View$/gi, "").toLowerCase(), ...rest].join("|");
      const row = rows.get(key) ?? { names: new Set(), rest };
      rows.set(key, row);
      row.names.add(name);
    }
  }
  return markdown(
    ["Arrow", "Parquet", "logical type", "converted type", "bounds"],
    [...rows.values()].map(({ names, rest }) => [[...names].join(", "), ...rest]),
  );
}

const ORDERS: Readonly<Record<BoundsOrder, string>> = {
  none: "none",
  boolean: "false < true",
  signed: "signed",
  unsigned: "unsigned",
  float: "IEEE 754; none beside NaN",
  bytes: "bytes, unsigned",
  utf8: "bytes, unsigned",
  decimal: "signed",
};

/** Type, annotations and order of bounds of what a field becomes. */
function planned(arrow: ArrowField): Row {
  const options = resolveOptions();
  let plan;
  try {
    plan = planSchema({ fields: [arrow], metadata: NO_METADATA }, options);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return ["refused: `SchemaError`", "", "", ""];
  }
  const [, element] = plan.elements;
  // The converted type alone is a column of its own.
  const logical = element!.logicalType === undefined ? "" : logicalTypeName(element!)!;
  const bounds = element!.type === undefined ? "" : ORDERS[plan.columns[0]!.order];
  return [typeText(plan.elements), logical, element!.convertedType ?? "", bounds];
}

/** Physical type of a leaf, or names of the levels of a group. */
function typeText(elements: readonly SchemaElement[]): string {
  const [, element] = elements;
  if (element!.type === undefined) {
    const below = elements.slice(2).map(({ name }) => `\`${name}\``);
    return `group of ${below.join(", ")}`;
  }
  return element!.typeLength === undefined
    ? element!.type
    : `${element!.type}(${element!.typeLength})`;
}

// --- encodings -------------------------------------------------------------------------------------------------------

function encodingTable(): string {
  const encodings = Object.entries(VALUE_ENCODINGS);
  const types: readonly PhysicalType[] = VALUE_ENCODINGS.PLAIN;
  return markdown(
    ["physical type", "dictionary", ...encodings.map(([name]) => `\`${name}\``)],
    types.map((type) => [
      type,
      type === "BOOLEAN" ? "" : "yes",
      ...encodings.map(([, types]) => types.includes(type) ? "yes" : ""),
    ]),
  );
}
