/**
 * Infers the schema of rows and columns from the first of them, where none is given. Where they do not determine it, this is an error
 * that shows the schema to write: guesses would come out as wrong types, or as another type in the next file.
 *
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import { SchemaError } from "../util/errors.ts";
import { bytesOf } from "./bytes_builders.ts";
import { elementsOf, isPlain, isRecord } from "./nested_values.ts";
import { className, isDate, misfit } from "./misfit.ts";
import { schemaCode } from "./schema_code.ts";
import { RowSchema } from "./schema.ts";
import { temporalName } from "./temporal_values.ts";

/** Default number of rows to infer from. */
export const DEFAULT_INFER_ROWS = 20_480;

/** Levels of nesting that are followed. */
const MAX_DEPTH = 64;

const NO_METADATA: ReadonlyMap<string, string> = new Map();

/** What values are, in words, and the type that they alone have; `null`: none. */
const KINDS = {
  bool: ["booleans", { kind: "bool" }],
  int: ["integers", { kind: "int", bitWidth: 64, signed: true }],
  float: ["numbers that are not safe integers", { kind: "float", bitWidth: 64 }],
  bigint: ["bigints", { kind: "int", bitWidth: 64, signed: true }],
  text: ["strings", { kind: "utf8" }],
  hugeInt: ["integers of more than 64 bits", {
    kind: "decimal",
    bitWidth: 128,
    precision: 38,
    scale: 0,
  }],
  vastInt: ["integers of more than 38 digits", null],
  isoDate: ["dates", { kind: "date", unit: "day" }],
  isoTime: ["times of day", { kind: "time", bitWidth: 64, unit: "microsecond" }],
  isoLocal: ["dates with times", { kind: "timestamp", unit: "microsecond", timezone: null }],
  isoLocalNano: ["dates with times", { kind: "timestamp", unit: "nanosecond", timezone: null }],
  isoMoment: ["moments", { kind: "timestamp", unit: "microsecond", timezone: "UTC" }],
  isoMomentNano: ["moments", { kind: "timestamp", unit: "nanosecond", timezone: "UTC" }],
  bytes: ["bytes", { kind: "binary" }],
  date: ["Dates", { kind: "timestamp", unit: "millisecond", timezone: "UTC" }],
  instant: ["Temporal instants", { kind: "timestamp", unit: "nanosecond", timezone: "UTC" }],
  plainDateTime: ["Temporal.PlainDateTimes", {
    kind: "timestamp",
    unit: "nanosecond",
    timezone: null,
  }],
  plainDate: ["Temporal.PlainDates", { kind: "date", unit: "day" }],
  plainTime: ["Temporal.PlainTimes", { kind: "time", bitWidth: 64, unit: "nanosecond" }],
  duration: ["Temporal.Durations", { kind: "duration", unit: "nanosecond" }],
  Int8Array: ["an Int8Array", { kind: "int", bitWidth: 8, signed: true }],
  Uint8Array: ["a Uint8Array", { kind: "int", bitWidth: 8, signed: false }],
  Uint8ClampedArray: ["a Uint8ClampedArray", { kind: "int", bitWidth: 8, signed: false }],
  Int16Array: ["an Int16Array", { kind: "int", bitWidth: 16, signed: true }],
  Uint16Array: ["a Uint16Array", { kind: "int", bitWidth: 16, signed: false }],
  Int32Array: ["an Int32Array", { kind: "int", bitWidth: 32, signed: true }],
  Uint32Array: ["a Uint32Array", { kind: "int", bitWidth: 32, signed: false }],
  Float16Array: ["a Float16Array", { kind: "float", bitWidth: 16 }],
  Float32Array: ["a Float32Array", { kind: "float", bitWidth: 32 }],
  Float64Array: ["a Float64Array", { kind: "float", bitWidth: 64 }],
  BigInt64Array: ["a BigInt64Array", { kind: "int", bitWidth: 64, signed: true }],
  BigUint64Array: ["a BigUint64Array", { kind: "int", bitWidth: 64, signed: false }],
  list: ["arrays", null],
  struct: ["objects", null],
  map: ["Maps", null],
} as const satisfies Record<string, readonly [string, ArrowType | null]>;

type Kind = keyof typeof KINDS;

/** What strings and bigints of a text are, such as those of JSON. */
export interface TextKinds {
  /** What a string is: `"text"`, or one of those that begin with `iso`. */
  text(value: string): "text" | Kind & `iso${string}`;
}

/** Kinds of texts that are one type together, the last of them. */
const TOGETHER: readonly (readonly Kind[])[] = [
  ["isoDate", "isoLocal"],
  ["isoDate", "isoLocal", "isoLocalNano"],
  ["isoMoment", "isoMomentNano"],
];
/** The kinds that are text where they do not go together. */
const TEXTS: readonly Kind[] = [
  "text",
  "isoDate",
  "isoTime",
  "isoLocal",
  "isoLocalNano",
  "isoMoment",
  "isoMomentNano",
];
const MAX_INT64 = 2n ** 63n - 1n, MAX_DECIMAL = 10n ** 38n - 1n;

/** What an integer of a text is, by the digits that it has. */
function digitsOf(value: bigint): Kind {
  if (value <= MAX_INT64 && value >= -MAX_INT64 - 1n) return "bigint";
  return value <= MAX_DECIMAL && value >= -MAX_DECIMAL ? "hugeInt" : "vastInt";
}

const TEMPORAL: Readonly<Record<string, Kind>> = {
  Instant: "instant",
  ZonedDateTime: "instant",
  PlainDateTime: "plainDateTime",
  PlainDate: "plainDate",
  PlainTime: "plainTime",
  Duration: "duration",
};

/** Kinds that a column of integers, or of floats, may be made of together. */
const INTEGERS: readonly string[] = [
  "int",
  "bigint",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
];
const NUMBERS: readonly string[] = [
  "int",
  "float",
  ...INTEGERS.slice(2, -1),
  "Float16Array",
  "Float32Array",
  "Float64Array",
];

/** What was seen of a column, or of a part of one. */
class Evidence {
  /** Kinds of values, with the row of the first. */
  readonly kinds = new Map<Kind, number>();
  /** Of the members of structs. */
  readonly members = new Map<string, Evidence>();
  /** Of the elements of lists, the keys and the values of maps. */
  element: Evidence | null = null;
  key: Evidence | null = null;
  readonly #texts: TextKinds | null;
  /** The kind of the last value. */
  #last: Kind | null = null;
  /** What has no type, and its row; `null`: it is the whole column. */
  odd: { readonly what: string; readonly row: number | null } | null = null;

  constructor(texts: TextKinds | null) {
    this.#texts = texts;
  }

  add(value: unknown, row: number, depth: number): void {
    if (value === null || value === undefined) return;
    switch (typeof value) {
      case "string":
        return this.#note(this.#texts?.text(value) ?? "text", row);
      case "number":
        return this.#note(Number.isSafeInteger(value) ? "int" : "float", row);
      case "bigint":
        return this.#note(this.#texts === null ? "bigint" : digitsOf(value), row);
      case "boolean":
        return this.#note("bool", row);
      case "object":
        return this.#addObject(value, row, depth);
      default:
        this.odd ??= { what: `a ${typeof value}`, row };
    }
  }

  #note(kind: Kind, row: number): void {
    if (kind === this.#last) return;
    this.#last = kind;
    if (!this.kinds.has(kind)) this.kinds.set(kind, row);
  }

  #addObject(value: object, row: number, depth: number): void {
    if (depth > MAX_DEPTH) {
      this.odd ??= { what: `a value nested deeper than ${MAX_DEPTH} levels`, row };
    } else if (Array.isArray(value)) {
      this.#note("list", row);
      this.element ??= new Evidence(this.#texts);
      for (const element of value) this.element.add(element, row, depth + 1);
    } else if (isDate(value)) {
      this.#note("date", row);
    } else if (bytesOf(value) !== null) {
      this.#note("bytes", row);
    } else if (elementsOf(value) !== null) {
      this.#note("list", row);
      this.element ??= new Evidence(this.#texts);
      this.element.addTyped(value, row);
    } else if (temporalName(value) in TEMPORAL) {
      this.#note(TEMPORAL[temporalName(value)]!, row);
    } else if (value instanceof Map) {
      this.#note("map", row);
      this.key ??= new Evidence(this.#texts);
      this.element ??= new Evidence(this.#texts);
      for (const [key, mapped] of value) {
        this.key.add(key, row, depth + 1);
        this.element.add(mapped, row, depth + 1);
      }
    } else if (isPlain(value)) {
      this.#note("struct", row);
      this.addMembers(value, row, depth);
    } else {
      // A decimal of some library, say: written as a struct of its fields it would be of no use.
      this.odd ??= { what: className(value), row };
    }
  }

  /** Notes elements of a typed array. */
  addTyped(array: object, row: number): void {
    const tag = Object.prototype.toString.call(array).slice(8, -1);
    if (tag in KINDS) this.#note(tag as Kind, row);
    else this.odd ??= { what: className(array), row };
  }

  addMembers(record: object, row: number, depth: number): void {
    // Not by `Object.entries` and its pairs: of a process's first rows, which no compiler has seen, they took three quarters of the time.
    const names = Object.keys(record);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      let evidence = this.members.get(name);
      if (evidence === undefined) this.members.set(name, evidence = new Evidence(this.#texts));
      evidence.add((record as Record<string, unknown>)[name], row, depth + 1);
    }
  }
}

/** The one kind whose type takes all of several kinds of a text; `null`: there is none. */
function togetherOf(names: readonly Kind[]): Kind | null {
  const numbers = [...NUMBERS, "bigint", "hugeInt", "vastInt"];
  if (names.every((name) => numbers.includes(name))) {
    return names.includes("float") ? "float" : names.includes("vastInt") ? "vastInt" : "hugeInt";
  }
  const last = TOGETHER.find((kinds) => names.every((name) => kinds.includes(name)))?.at(-1);
  return last ?? (names.every((name) => TEXTS.includes(name)) ? "text" : null);
}

/** What takes any value of a text. */
const JSON_TYPE: ArrowType = { kind: "utf8" };
const JSON_METADATA: ReadonlyMap<string, string> = new Map([
  ["ARROW:extension:name", "arrow.json"],
  ["ARROW:extension:metadata", ""],
]);

const NO_FIELDS: ReadonlyMap<string, ArrowField> = new Map();

/** What is put in the place of a type that is not known. */
const PLACEHOLDER: ArrowType = { kind: "utf8" };

/** Finds out a schema. */
export class Inference {
  readonly #texts: TextKinds | null;
  readonly #given: ReadonlyMap<string, ArrowField>;
  readonly #place: (row: number) => string;
  readonly #root: Evidence;
  /** What to say of fields that have no type, by path. */
  readonly #problems = new Map<string, string>();
  /** Rows seen. */
  rows = 0;
  /** The first row without members of its own that is an instance of a class. */
  #bare: { readonly what: string; readonly row: number } | null = null;

  /**
   * Begins with no rows.
   *
   * @param texts What values are that come from a text. There strings may be dates; integers have any number of digits; what has no value
   * but null, or nothing in it, is JSON.
   * @param given Columns whose types are known.
   * @param place What errors call a row.
   */
  constructor(
    texts: TextKinds | null = null,
    given: ReadonlyMap<string, ArrowField> = NO_FIELDS,
    place: (row: number) => string = (row) => `row ${row}`,
  ) {
    this.#texts = texts;
    this.#given = given;
    this.#place = place;
    this.#root = new Evidence(texts);
  }

  /**
   * Looks at a row.
   *
   * @throws {InvalidBatchError} When it is none.
   */
  addRow(row: unknown): void {
    if (!isRecord(row)) {
      const expected = "an object with a member for each column";
      throw misfit(0, row, "a row", expected).toError("", this.rows);
    }
    if (this.#bare === null && !isPlain(row) && Object.keys(row).length === 0) {
      this.#bare = { what: className(row), row: this.rows };
    }
    this.#root.addMembers(row, this.rows++, 0);
  }

  /** Whether anything was seen that a schema can be made of. */
  get isEmpty(): boolean {
    return this.rows === 0 && this.#root.members.size === 0;
  }

  /** Looks at the first `limit` values of columns. */
  addColumns(columns: object, limit: number): void {
    let most = 0;
    for (const [name, column] of Object.entries(columns)) {
      if (column === null || column === undefined) continue;
      const evidence = this.#root.members.get(name) ?? new Evidence(this.#texts);
      this.#root.members.set(name, evidence);
      const values = elementsOf(column);
      if (values === null) {
        evidence.odd ??= {
          what: typeof column === "object" ? className(column) : `a ${typeof column}`,
          row: null,
        };
        continue;
      }
      const count = Math.min(limit, values.length);
      most = Math.max(most, count);
      if (!Array.isArray(values)) evidence.addTyped(values, this.rows);
      else for (let i = 0; i < count; i++) evidence.add(values[i], this.rows + i, 0);
    }
    this.rows += most;
  }

  /**
   * The schema.
   *
   * @throws {SchemaError} When some column has no type, or could have several; the message shows the schema to write.
   */
  schema(): RowSchema {
    this.#problems.clear();
    const fields = this.#fields(this.#root, "");
    if (fields.length === 0) {
      throw new SchemaError(
        "",
        this.#bare === null
          ? "Cannot infer a schema: the rows have no columns"
          : `Cannot infer a schema: ${this.#bare.what} has no enumerable properties of its own (${
            this.#place(this.#bare.row)
          }). Give a schema: its columns are read from getters and inherited properties too`,
      );
    }
    const found = new RowSchema(fields, NO_METADATA);
    for (const [path, problem] of this.#problems) {
      const others = this.#problems.size - 1;
      throw new SchemaError(
        path,
        `Cannot infer the type of column ${JSON.stringify(path)}: ${problem}${
          others === 0 ? "" : ` (and ${others} more)`
        }. ${
          this.#texts === null
            ? "Give"
            : `Set types: { ${JSON.stringify(path.split(".")[0])}: "json" }, or give`
        } a schema, with the right type where the comment is:\n\n${
          schemaCode(found, this.#problems)
        }\n\n`,
      );
    }
    return found;
  }

  #fields(evidence: Evidence, path: string): ArrowField[] {
    return [...evidence.members].map(([name, member]) =>
      (path === "" ? this.#given.get(name) : undefined) ??
        this.#field(name, member, path === "" ? name : `${path}.${name}`)
    );
  }

  #field(name: string, evidence: Evidence, path: string, whole?: string): ArrowField {
    const type = this.#type(evidence, path, whole);
    const metadata = type === JSON_TYPE ? JSON_METADATA : NO_METADATA;
    return { name, type, nullable: true, metadata };
  }

  /** @param whole What a value is a part of, where that is at the same path. */
  #type(evidence: Evidence, path: string, whole?: string): ArrowType {
    const { kinds, odd } = evidence;
    if (odd !== null) {
      return this.#problem(
        path,
        odd.row === null
          ? `a column is an array or a typed array, not ${odd.what}`
          : `${odd.what} has no type to infer (${this.#place(odd.row)})`,
      );
    }
    const names = [...kinds.keys()];
    if (names.length === 0) {
      if (this.#texts !== null) return JSON_TYPE;
      const where = whole ?? this.#rowsSeen();
      return this.#problem(path, `there is no value other than null in ${where}`);
    }
    if (names.length === 1) return this.#single(names[0]!, evidence, path);
    if (names.every((kind) => INTEGERS.includes(kind))) return KINDS.int[1];
    if (names.every((kind) => NUMBERS.includes(kind))) return KINDS.float[1];
    const together = this.#texts === null ? null : togetherOf(names);
    if (together !== null) return KINDS[together][1] ?? JSON_TYPE;
    const seen = [...kinds].map(([kind, row]) => `${KINDS[kind][0]} (${this.#place(row)})`);
    return this.#problem(path, `there are ${seen.slice(0, -1).join(", ")} and ${seen.at(-1)}`);
  }

  #rowsSeen(): string {
    if (this.rows === 0) return "a column without rows";
    return this.rows === 1 ? "the only row" : `the first ${this.rows} rows`;
  }

  #single(kind: Kind, evidence: Evidence, path: string): ArrowType {
    switch (kind) {
      case "list":
        return {
          kind: "list",
          child: this.#field("element", evidence.element!, path, "its arrays"),
        };
      case "struct": {
        const children = this.#fields(evidence, path);
        return children.length > 0
          ? { kind: "struct", children }
          : this.#texts !== null
          ? JSON_TYPE
          : this.#problem(path, "its objects are empty");
      }
      case "map": {
        const key = this.#field("key", evidence.key!, path, "its Maps");
        const children = [
          { ...key, nullable: false },
          this.#field("value", evidence.element!, path, "its Maps"),
        ];
        const entries: ArrowField = {
          name: "key_value",
          type: { kind: "struct", children },
          nullable: false,
          metadata: NO_METADATA,
        };
        return { kind: "map", keysSorted: false, child: entries };
      }
      case "vastInt":
        return JSON_TYPE;
      default:
        return KINDS[kind][1];
    }
  }

  #problem(path: string, problem: string): ArrowType {
    // The elements of a list and the entries of a map stand at the path of the whole.
    if (!this.#problems.has(path)) this.#problems.set(path, problem);
    return PLACEHOLDER;
  }
}
