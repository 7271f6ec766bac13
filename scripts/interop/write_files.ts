/**
 * Writes Parquet files and questions about them: which rows does a condition on a column hold for?
 *
 * Usage: write_files.ts FOLDER PROFILE. The questions are in FOLDER/questions.tsv, a line each: file, column, type, operator,
 * literal, rows where NaN is the greatest number, rows where no comparison with NaN holds.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { writeParquet, type WriterOptions } from "../../mod.ts";

/** A value as questions have it: text and bytes (hexadecimal) as strings, decimals and whole numbers unscaled. */
type Value = bigint | number | string | boolean | null;

/** How a column is asked about: its type in the file. Decimals are `decimal:precision:scale`. */
type Asked = "bool" | "int" | "long" | "float" | "double" | "string" | "binary" | "date" | string;

interface Column {
  readonly name: string;
  readonly type: DataType;
  readonly asked: Asked;
  readonly values: readonly Value[];
}

const ROWS = 1000;
const rows = <T>(value: (i: number) => T): T[] => Array.from({ length: ROWS }, (_, i) => value(i));
const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString("hex");
const fourDigits = (i: number) => String(i).padStart(4, "0");
const nullEvery = (n: number, value: (i: number) => Value) =>
  rows((i): Value => i % n === 0 ? null : value(i));

const TABLES: Readonly<Record<string, readonly Column[]>> = {
  nulls: [
    { name: "i", type: new Int32(), asked: "int", values: nullEvery(7, (i) => BigInt(100 + i)) },
    { name: "l", type: new Int64(), asked: "long", values: nullEvery(7, (i) => BigInt(100 + i)) },
    {
      name: "s",
      type: new Utf8(),
      asked: "string",
      values: nullEvery(7, (i) => `k${fourDigits(i)}`),
    },
    { name: "d", type: new Float64(), asked: "double", values: nullEvery(7, (i) => 100.5 + i) },
    { name: "r", type: new Int64(), asked: "long", values: rows((i) => BigInt(100 + i)) },
    {
      name: "dt",
      type: new DateDay(),
      asked: "date",
      values: nullEvery(7, (i) => BigInt(18000 + i)),
    },
    { name: "b", type: new Bool(), asked: "bool", values: nullEvery(7, (i) => i < 500) },
    {
      name: "few",
      type: new Int32(),
      asked: "int",
      values: nullEvery(3, (i) => BigInt(i % 5 - 2)),
    },
  ],
  decimals: [
    ["d5", 5, 2],
    ["d9", 9, 0],
    ["d18", 18, 4],
    ["d20", 20, 2],
    ["d38", 38, 10],
  ].map(([name, precision, scale]): Column => ({
    name: name as string,
    type: new Decimal(scale as number, precision as number, 128),
    asked: `decimal:${precision}:${scale}`,
    values: nullEvery(11, (i) => BigInt((i % 10) * 125 - 250)),
  })),
  strings: [
    {
      name: "s",
      type: new Utf8(),
      asked: "string",
      values: nullEvery(5, (i) => `k${fourDigits(i)}é`),
    },
    { name: "all", type: new Utf8(), asked: "string", values: rows(() => null) },
    { name: "alli", type: new Int32(), asked: "int", values: rows(() => null) },
    {
      name: "bin",
      type: new Binary(),
      asked: "binary",
      values: nullEvery(5, (i) => hex([i & 255, 200])),
    },
    {
      name: "fixed",
      type: new FixedSizeBinary(4),
      asked: "binary",
      values: nullEvery(5, (i) => hex([i % 10, i % 10, i % 10, i % 10])),
    },
    {
      name: "nan",
      type: new Float64(),
      asked: "double",
      values: nullEvery(5, (i) => i % 2 ? NaN : i),
    },
    { name: "nan1", type: new Float32(), asked: "float", values: rows((i) => i === 333 ? NaN : i) },
    {
      name: "longs",
      type: new Utf8(),
      asked: "string",
      values: nullEvery(9, (i) => "x".repeat(100) + fourDigits(i)),
    },
  ],
  wide: [
    ...([
      ["i8", new Int8(), "int", -100n],
      ["i16", new Int16(), "int", -500n],
      ["i32", new Int32(), "int", -500n],
      ["i64", new Int64(), "long", -(2n ** 40n)],
      ["u8", new Uint8(), "int", 100n],
      ["u16", new Uint16(), "int", 40_000n],
      ["u32", new Uint32(), "long", 2n ** 31n - 500n],
      ["u64", new Uint64(), "long", 2n ** 62n],
      ["day", new DateDay(), "date", -500n],
      ["ts", new TimestampMicrosecond(), "timestamp", 1_600_000_000_000_000n],
    ] as const).flatMap(([name, type, asked, base]): Column[] => {
      const width = name.endsWith("8") ? 100 : ROWS;
      return [
        { name, type, asked, values: rows((i) => base + BigInt(i % width)) },
        { name: `${name}_n`, type, asked, values: nullEvery(4, (i) => base + BigInt(i % width)) },
      ];
    }),
    { name: "f16", type: new Float16(), asked: "float", values: nullEvery(6, (i) => i / 4 - 100) },
    { name: "f32", type: new Float32(), asked: "float", values: nullEvery(6, (i) => i / 4 - 100) },
    { name: "f64", type: new Float64(), asked: "double", values: nullEvery(6, (i) => i / 8 - 50) },
    { name: "yes", type: new Bool(), asked: "bool", values: rows((i) => i % 100 < 50) },
  ],
};

/** The Arrow array of a column. */
function dataOf({ type, values }: Column): Data {
  const length = values.length;
  const present = (value: Value): boolean => value !== null;
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  values.forEach((value, i) => nullBitmap[i >> 3]! |= present(value) ? 1 << (i & 7) : 0);
  const whole = (value: Value): bigint => value === null ? 0n : BigInt(value as bigint);
  const nullCount = values.filter((value) => value === null).length;
  const fixed = (data: unknown) => makeData({ type, length, nullCount, nullBitmap, data } as never);
  if (type instanceof Decimal) {
    const words = new Uint32Array(length * 4);
    values.forEach((value, i) => {
      for (let w = 0; w < 4; w++) {
        words[4 * i + w] = Number(BigInt.asUintN(32, whole(value) >> BigInt(32 * w)));
      }
    });
    return fixed(words);
  }
  if (type instanceof TimestampMicrosecond) return fixed(BigInt64Array.from(values, whole));
  if (type instanceof DateDay) {
    return fixed(Int32Array.from(values, (value) => Number(whole(value))));
  }
  if (type instanceof FixedSizeBinary) {
    const bytes = values.map((value) => Buffer.from(value as string ?? "00000000", "hex"));
    return fixed(new Uint8Array(Buffer.concat(bytes)));
  }
  const isWide = (type instanceof Int64 || type instanceof Uint64) && type.bitWidth === 64;
  const converted = values.map((value) => {
    if (value === null) return null;
    if (type instanceof Binary) return new Uint8Array(Buffer.from(value as string, "hex"));
    return typeof value === "bigint" && !isWide ? Number(value) : value;
  });
  return vectorFromArray(converted as never[], type).data[0]! as Data;
}

function batchOf(columns: readonly Column[]): RecordBatch {
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, type, true)));
  const children = columns.map(dataOf);
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: ROWS, children }),
  );
}

function compare(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) {
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    }
  }
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
};

/** Values to ask for: the ends, some between, and some that are not there. */
function literals({ asked, values }: Column): Value[] {
  const present = values.filter((value) => value !== null && !Number.isNaN(value));
  const sorted = [...new Set(present)].sort(compare);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))];
  const found = [0, 0.1, 0.201, 0.5, 0.9, 1].map(at).filter((value) => value !== undefined);
  const missing: Value[] = asked === "string"
    ? ["", "a", "zz"]
    : asked === "bool" || asked === "binary"
    ? []
    : asked === "float" || asked === "double"
    ? [0.0625, -9999, 9999]
    : [0n, 301n, 42_000n];
  const fits = (value: Value) => typeof value !== "bigint" || asked !== "int" || value < 2n ** 31n;
  return [...new Set([...found, ...missing])].filter(fits);
}

function questionsOn(file: string, column: Column): string[] {
  const { name, asked, values } = column;
  const lines: string[] = [];
  const ask = (operator: string, literal: string, greatest: number, never: number) =>
    lines.push([file, name, asked, operator, literal, greatest, never].join("\t"));
  const present = values.filter((value) => value !== null);
  ask("isnull", "", ROWS - present.length, ROWS - present.length);
  ask("notnull", "", present.length, present.length);
  for (const literal of literals(column)) {
    for (const [operator, holds] of Object.entries(OPERATORS)) {
      // Old readers have no order of bytes that is worth asking for.
      if ((asked === "bool" || asked === "binary") && operator !== "eq" && operator !== "ne") {
        continue;
      }
      const counted = present.filter((value) => holds(compare(value, literal)));
      const numbers = counted.filter((value) => !Number.isNaN(value));
      // To a language in which nothing compares with NaN, it is unequal to everything.
      const never = operator === "ne" ? counted.length : numbers.length;
      ask(operator, String(literal), counted.length, never);
    }
  }
  return lines;
}

const [folder, profile] = process.argv.slice(2);
if (folder === undefined || profile === undefined) throw new Error("Usage: FOLDER PROFILE");
const questions: string[] = [];
for (const [name, columns] of Object.entries(TABLES)) {
  for (const dictionaryEnabled of [true, false]) {
    for (const maxRowGroupRowCount of [ROWS, 100]) {
      const options: WriterOptions = {
        profile: profile as "compat",
        compression: "snappy",
        encoding: "PLAIN",
        dictionaryEnabled,
        maxRowGroupRowCount,
        parallelism: 0,
      };
      const file = `${name}_${
        dictionaryEnabled ? "dictionary" : "plain"
      }_${maxRowGroupRowCount}.parquet`;
      await writeParquet(batchOf(columns), join(folder, file), options);
      for (const column of columns) questions.push(...questionsOn(file, column));
    }
  }
}
const times = TABLES["wide"]!.filter(({ asked }) => asked === "timestamp");
await writeParquet(batchOf(times), join(folder, "int96.parquet"), {
  profile: profile as "compat",
  compression: "snappy",
  int96Timestamps: true,
  parallelism: 0,
});
for (const column of times) {
  questions.push(...questionsOn("int96.parquet", { ...column, asked: "int96" }));
}
await writeFile(join(folder, "questions.tsv"), questions.join("\n") + "\n");
console.log(`${questions.length} questions`);
