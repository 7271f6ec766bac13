/**
 * Whether a batch can be written by a writer that was made for a certain schema.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "./types.ts";
import { SchemaError } from "../util/errors.ts";
import { typeName } from "./same_type.ts";

/** Kinds that are written in the same way, by the simplest of them. */
const SAME_KIND: Readonly<Partial<Record<ArrowType["kind"], ArrowType["kind"]>>> = {
  largeUtf8: "utf8",
  utf8View: "utf8",
  largeBinary: "binary",
  binaryView: "binary",
  largeList: "list",
  listView: "list",
  largeListView: "list",
};

/** What a dictionary or runs encode. */
function encoded(type: ArrowType): ArrowType {
  while (type.kind === "dictionary" || type.kind === "runEndEncoded") {
    type = type.kind === "dictionary" ? type.value : type.values.type;
  }
  return type;
}

/** A type without children, in words: kind and parameters. */
function describe(type: ArrowType): string {
  switch (type.kind) {
    case "time":
      return `time${type.bitWidth}(${type.unit})`;
    case "timestamp":
      // An empty zone is none.
      return `timestamp(${type.unit}${type.timezone ? `, ${type.timezone}` : ""})`;
    case "int":
    case "float":
    case "decimal":
    case "date":
    case "duration":
    case "interval":
    case "fixedSizeBinary":
    case "fixedSizeList":
      return typeName(type);
    default:
      return SAME_KIND[type.kind] ?? type.kind;
  }
}

function assertSameFields(
  expected: readonly ArrowField[],
  actual: readonly ArrowField[],
  path: readonly string[],
): void {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const wanted = expected[i];
    const given = actual[i];
    if (wanted === undefined) {
      throw mismatch([...path, given!.name], "no such field", `${given!.name}`);
    }
    const fieldPath = [...path, wanted.name];
    if (given === undefined) throw mismatch(fieldPath, "the field", "none");
    if (given.name !== wanted.name) {
      throw mismatch(
        fieldPath,
        `a field ${JSON.stringify(wanted.name)}`,
        `${JSON.stringify(given.name)} in its place`,
      );
    }
    assertSameType(wanted.type, given.type, fieldPath);
  }
}

/** Where two schemas differ. */
class Mismatch extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

function mismatch(path: readonly string[], expected: string, actual: string): Mismatch {
  return new Mismatch(path.join("."), `expected ${expected}, found ${actual}`);
}

function assertSameType(expected: ArrowType, actual: ArrowType, path: readonly string[]): void {
  if (expected === actual) return;
  const wanted = encoded(expected);
  const given = encoded(actual);
  const wantedText = describe(wanted);
  const givenText = describe(given);
  if (wantedText !== givenText) throw mismatch(path, wantedText, givenText);
  if (wanted.kind === "struct" && given.kind === "struct") {
    assertSameFields(wanted.children, given.children, path);
  } else if (wanted.kind === "map" && given.kind === "map") {
    assertSameEntries(wanted.child.type, given.child.type, path);
  } else if ("child" in wanted && "child" in given) {
    // What the elements of a list are called is nobody's business.
    assertSameType(wanted.child.type, given.child.type, path);
  }
}

/** Keys and values of a map by their places: what they are called varies from library to library. */
function assertSameEntries(expected: ArrowType, actual: ArrowType, path: readonly string[]): void {
  const wanted = expected.kind === "struct" ? expected.children : [];
  const given = actual.kind === "struct" ? actual.children : [];
  if (given.length !== 2 || wanted.length !== 2) {
    throw mismatch(path, "a map of keys and values", "a map of something else");
  }
  assertSameType(wanted[0]!.type, given[0]!.type, [...path, "key"]);
  assertSameType(wanted[1]!.type, given[1]!.type, [...path, "value"]);
}

/** Whether fields have the same names and the very same types: so it is with batches of a reader that makes a schema for each. */
export function hasSameTypes({ fields }: ArrowSchema, { fields: others }: ArrowSchema): boolean {
  if (fields.length !== others.length) return false;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!, other = others[i]!;
    if (field.type !== other.type || field.name !== other.name) return false;
  }
  return true;
}

/**
 * Checks that batches of one schema can be written where another is expected.
 *
 * Names, their order and types must be the same. Free to differ is what does not change the values: whether they are
 * dictionary or run-end encoded, large or view variants, names of list elements and map entries, metadata. A nullable
 * field may stand where a field without nulls is expected: nulls are found when values are checked.
 *
 * @param expected The writer's schema.
 * @param actual The batch's schema.
 * @param failure How the error begins.
 * @throws {SchemaError} Naming the first field that differs.
 */
export function assertSameSchema(
  expected: ArrowSchema,
  actual: ArrowSchema,
  failure = "Cannot write a batch of another schema",
): void {
  if (expected === actual || hasSameTypes(expected, actual)) return;
  try {
    assertSameFields(expected.fields, actual.fields, []);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new SchemaError(error.path, `${failure}: ${error.message}`);
  }
}
