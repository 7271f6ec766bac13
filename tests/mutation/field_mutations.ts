/** Every way in which one member of a structure can be made wrong. */

/** Members that are names of the specification, and what else they could say. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  codec: ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"],
  encoding: ["PLAIN", "RLE_DICTIONARY", "RLE", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
  encodings: ["PLAIN", "RLE_DICTIONARY", "RLE", "DELTA_BYTE_ARRAY"],
  definitionLevelEncoding: ["RLE", "BIT_PACKED"],
  repetitionLevelEncoding: ["RLE", "BIT_PACKED"],
  repetitionType: ["REQUIRED", "OPTIONAL", "REPEATED"],
  boundaryOrder: ["UNORDERED", "ASCENDING", "DESCENDING"],
  pageType: ["DATA_PAGE", "DATA_PAGE_V2", "DICTIONARY_PAGE"],
  convertedType: ["UTF8", "DATE", "LIST", "UINT_8", "INTERVAL"],
};
const PHYSICAL_TYPES = ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY"];
const LOGICAL_TYPES = ["STRING", "DATE", "LIST", "UUID", "UNKNOWN"];
const COLUMN_ORDERS = ["TYPE_ORDER", "IEEE_754_TOTAL_ORDER"];
const UNITS = ["MILLIS", "MICROS", "NANOS"];

/** Where a member is in a structure. */
export type Path = readonly (string | number)[];

/** One change to a structure. */
export interface FieldMutation {
  readonly path: Path;
  /** What was done, for the list of those that are no fault. */
  readonly change: string;
  readonly value: unknown;
  /** What was there before: of a list, its last item. */
  readonly before: unknown;
}

/** Every wrong value of every member below `value`. Nothing is left out of a structure: what is optional may be absent. */
export function* fieldMutations(value: unknown, path: Path = []): Generator<FieldMutation> {
  const before = Array.isArray(value) ? value.at(-1) : value;
  const key = path.findLast((part) => typeof part === "string") as string | undefined ?? "";
  if (typeof value === "number") {
    yield { before, path, change: "+1", value: value + 1 };
    if (value > 0) yield { before, path, change: "-1", value: value - 1 };
    yield { before, path, change: "large", value: value + 1_000_000 };
  } else if (typeof value === "boolean") {
    yield { before, path, change: "flip", value: !value };
  } else if (typeof value === "string") {
    const names = NAMES[key] ??
      (key !== "type"
        ? key === "unit" ? UNITS : null
        : PHYSICAL_TYPES.concat("FIXED_LEN_BYTE_ARRAY").includes(value)
        ? PHYSICAL_TYPES
        : value.endsWith("_ORDER")
        ? COLUMN_ORDERS
        : value.startsWith("D") && value.includes("_PAGE")
        ? NAMES["pageType"]!
        : LOGICAL_TYPES);
    if (names === null) yield { before, path, change: "other text", value: `${value}x` };
    else {
      for (const name of names) {
        if (name !== value) yield { before, path, change: name, value: name };
      }
    }
  } else if (value instanceof Uint8Array) {
    if (value.length > 0) {
      const first = value.slice();
      first[0]! ^= 1;
      yield { before, path, change: "first byte", value: first };
      const last = value.slice();
      last[last.length - 1]! ^= 0x81;
      yield { before, path, change: "last byte", value: last };
      yield { before, path, change: "cut", value: value.slice(0, -1) };
    }
    yield { before, path, change: "byte more", value: Uint8Array.of(...value, 1) };
  } else if (Array.isArray(value)) {
    if (value.length > 0) {
      yield { before, path, change: "one less", value: value.slice(0, -1) };
      yield { before, path, change: "last twice", value: [...value, value.at(-1)] };
    }
    for (const [i, item] of value.entries()) yield* fieldMutations(item, [...path, i]);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) yield* fieldMutations(member, [...path, name]);
    }
  }
}

/** Sets a member. */
export function setMember(root: object, path: Path, value: unknown): void {
  let parent = root as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) parent = parent[part] as typeof parent;
  parent[path.at(-1)!] = value;
}

/** The path with ordinals as `*`. */
export function pathPattern(path: Path): string {
  return path.map((part) => typeof part === "number" ? "*" : part).join(".");
}
