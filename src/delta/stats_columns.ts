/**
 * Statistics and partition values of files as columns of a checkpoint, `stats_parsed` and `partitionValues_parsed`, from the texts of
 * `add`, and statistics back to texts.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
 *
 * @module
 */

import type { ArrowType } from "../arrow/types.ts";
import { dateText } from "../file/bound_text.ts";
import type { ColumnBuilder } from "../rows/column_builder.ts";
import { createBuilder } from "../rows/create_builder.ts";
import type { FieldType } from "../rows/field_type.ts";
import { Misfit } from "../rows/misfit.ts";
import { t } from "../rows/t.ts";
import { PER_SECOND } from "../rows/temporal_values.ts";
import { TableError } from "../util/errors.ts";
import type { DeltaStruct, DeltaType } from "./delta_schema.ts";
import { millisecondsText } from "./stats.ts";

/** Values by column, nested as the columns are. */
export type Columns = { [name: string]: unknown };

/** The type that a column of statistics or of partition values has; `null`: there is no column of such values. */
function columnType(type: DeltaType): FieldType | null {
  switch (type) {
    case "byte":
      return t.int8();
    case "short":
      return t.int16();
    case "integer":
      return t.int32();
    case "long":
      return t.int64();
    case "float":
      return t.float32();
    case "double":
      return t.float64();
    case "boolean":
      return t.bool();
    case "string":
      return t.utf8();
    case "date":
      return t.date32();
    case "timestamp":
      return t.timestamp("us", "UTC");
    case "timestamp_ntz":
      return t.timestamp("us");
  }
  const decimal = /^decimal\((\d+),\s*(\d+)\)$/.exec(typeof type === "string" ? type : "");
  return decimal === null ? null : t.decimal(Number(decimal[1]), Number(decimal[2]));
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const LOCAL = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?$/;
const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;

/** The value that a text stands for, as rows have it; `undefined`: it stands for none. */
function valueOf(text: string, type: DeltaType): unknown {
  switch (type) {
    case "byte":
    case "short":
    case "integer":
    case "long":
      return /^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : undefined;
    case "float":
    case "double": {
      const number = text === "" ? NaN : Number(text);
      return Number.isNaN(number) && text !== "NaN" ? undefined : number;
    }
    case "boolean":
      return /^true$/i.test(text) || (/^false$/i.test(text) ? false : undefined);
    case "string":
      return text;
    case "date":
      return DATE.test(text) ? text : undefined;
    // Without an offset, nobody knows which instant it is.
    case "timestamp":
      return INSTANT.test(text) ? text.replace(" ", "T") : undefined;
    case "timestamp_ntz":
      return LOCAL.test(text) ? text.replace(" ", "T") : undefined;
  }
  return /^-?\d+(?:\.\d+)?$/.test(text) ? text : undefined;
}

// --- statistics ------------------------------------------------------------------------------------------------------

/** A column of the table, and which of its statistics some file has. */
interface Column {
  readonly name: string;
  readonly type: DeltaType;
  /** Of a struct. */
  readonly members: readonly Column[] | null;
  readonly seen: Set<string>;
}

const BOUNDS = ["minValues", "maxValues"], COUNTS = ["nullCount"];

/** Turns the statistics of all files of a table to columns. */
export class StatsColumns {
  readonly #columns: readonly Column[];

  /** @param schema Of the table. */
  constructor(schema: DeltaStruct) {
    this.#columns = columnsOf(schema);
  }

  /** Statistics of a file; `null`: there are none that can be read. What is no value of its column's type is left out. */
  parse(text: string | null | undefined): Columns | null {
    if (text === null || text === undefined) return null;
    let stats: Columns;
    try {
      stats = Object(JSON.parse(markNumbers(text)));
    } catch {
      return null;
    }
    const rows = statOf(stats["numRecords"], "long");
    const tight = stats["tightBounds"];
    return {
      ...(rows === undefined ? {} : { numRecords: rows }),
      ...(typeof tight === "boolean" ? { tightBounds: tight } : {}),
      ...Object.fromEntries(
        [...BOUNDS, ...COUNTS].map((
          kind,
        ) => [kind, this.#members(stats[kind], this.#columns, kind)]),
      ),
    };
  }

  #members(values: unknown, columns: readonly Column[], kind: string): Columns | null {
    if (typeof values !== "object" || values === null) return null;
    const found: Columns = {};
    for (const { name, type, members, seen } of columns) {
      const given = Object.hasOwn(values, name) ? (values as Columns)[name] : undefined;
      const value = members !== null
        ? this.#members(given, members, kind) ?? undefined
        : statOf(given, kind === "nullCount" ? "long" : type);
      if (value === undefined) continue;
      found[name] = value;
      seen.add(kind);
    }
    return found;
  }

  /** Type of the columns that the files so far need. */
  type(): FieldType {
    const kinds = [...BOUNDS, ...COUNTS].flatMap((kind) => {
      const type = membersType(this.#columns, kind);
      return type === null ? [] : [[kind, type.nullable()] as const];
    });
    return t.struct({
      numRecords: t.int64().nullable(),
      tightBounds: t.bool().nullable(),
      ...Object.fromEntries(kinds),
    });
  }
}

function columnsOf({ fields }: DeltaStruct): Column[] {
  return fields.map(({ name, type }) => ({
    name,
    type,
    members: typeof type !== "string" && type.type === "struct" ? columnsOf(type) : null,
    seen: new Set(),
  }));
}

function membersType(columns: readonly Column[], kind: string): FieldType | null {
  const members = columns.flatMap(({ name, type, members, seen }) => {
    if (!seen.has(kind)) return [];
    const own = members !== null
      ? membersType(members, kind)
      : kind === "nullCount"
      ? t.int64()
      : columnType(type);
    return own === null ? [] : [[name, own.nullable()] as const];
  });
  return members.length === 0 ? null : t.struct(Object.fromEntries(members));
}

/** Marks numbers of JSON, which stay texts: a double has not the digits of all of them. */
const MARK = "\uE000";
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

function markNumbers(json: string): string {
  return json.replace(TOKEN, (token) => token.startsWith('"') ? token : `"${MARK}${token}"`);
}

/** A statistic of a column; `undefined`: there is none that rows can have. */
function statOf(given: unknown, type: DeltaType): unknown {
  if (typeof given !== "string" || columnType(type) === null || type === "boolean") {
    return undefined;
  }
  const isNumber = given.startsWith(MARK);
  const isText = type === "string" || type === "date" || String(type).startsWith("timestamp");
  if (isNumber === isText) return undefined;
  const value = valueOf(isNumber ? given.slice(MARK.length) : given, type);
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  return value !== undefined && fits(value, type) ? value : undefined;
}

/** A builder of each type that there was, which knows what its values are. */
const builders = new Map<DeltaType, ColumnBuilder>();

/** Whether a column of this type has room for a value: one that it has not would be the end of the whole checkpoint. */
function fits(value: unknown, type: DeltaType): boolean {
  let builder = builders.get(type);
  if (builder === undefined) {
    const { type: arrowType, fieldMetadata: metadata } = columnType(type)!;
    builder = createBuilder({ name: "", type: arrowType, nullable: false, metadata });
    builders.set(type, builder);
  }
  try {
    builder.append([value], 0, 1);
    return true;
  } catch (error) {
    if (error instanceof Misfit) return false;
    throw error;
  } finally {
    builder.truncate(0);
  }
}

/** Statistics as a text, from a value of `stats_parsed`, without what is null, and its type. */
export function statsText(stats: Columns, type: ArrowType): string {
  return structText(stats, type, (name) => name === "maxValues") ?? "{}";
}

/** `null`: nothing of it has a text. */
function structText(
  value: Columns,
  type: ArrowType,
  isMax: (name: string) => boolean,
): string | null {
  const fields = type.kind === "struct" ? type.children : [];
  const members = fields.flatMap(({ name, type }) => {
    const text = textOf(value[name], type, isMax(name));
    return text === null ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return members.length === 0 ? null : `{${members.join(",")}}`;
}

/** `null`: JSON has no such value, or there is none. */
function textOf(value: unknown, type: ArrowType, isMax: boolean): string | null {
  if (value === undefined) return null;
  switch (type.kind) {
    case "struct":
      return structText(value as Columns, type, () => isMax);
    case "int":
    case "bool":
    case "decimal":
      return String(value);
    case "float":
      return Number.isFinite(value) ? String(value) : null;
    case "utf8":
      return JSON.stringify(value);
    case "date": {
      const text = dateText(BigInt(value as number));
      return DATE.test(text) ? JSON.stringify(text) : null;
    }
    case "timestamp": {
      const perSecond = BigInt(PER_SECOND[type.unit]), count = value as bigint * 1000n;
      const rest = count % perSecond;
      const step = rest < 0n && !isMax ? -1 : rest > 0n && isMax ? 1 : 0;
      return millisecondsText(Number(count / perSecond) + step, type.timezone !== null);
    }
  }
  return null;
}

// --- partition values ------------------------------------------------------------------------------------------------

/**
 * The type of `partitionValues_parsed`.
 *
 * @throws {TableError} When a partition column is of a type whose texts are not known.
 */
export function partitionType(
  { fields }: DeltaStruct,
  partitionColumns: readonly string[],
): FieldType {
  return t.struct(Object.fromEntries(partitionColumns.map((column) => {
    const type = columnType(fields.find(({ name }) => name === column)?.type ?? "");
    if (type === null) {
      throw new TableError(`Cannot write values of the partition column "${column}"`);
    }
    return [column, type.nullable()];
  })));
}

/**
 * Partition values of a file as `partitionValues_parsed` has them.
 *
 * @throws {TableError} When a text is no value of its column: null in its place would be another partition.
 */
export function parsedPartition(
  values: Readonly<Record<string, string | null>>,
  { fields }: DeltaStruct,
  partitionColumns: readonly string[],
): Columns {
  return Object.fromEntries(partitionColumns.map((column) => {
    const text = values[column] ?? "";
    if (text === "") return [column, null];
    const value = valueOf(text, fields.find(({ name }) => name === column)!.type);
    if (value !== undefined) return [column, value];
    throw new TableError(
      `Cannot write ${JSON.stringify(text)} of the partition column "${column}"`,
    );
  }));
}
