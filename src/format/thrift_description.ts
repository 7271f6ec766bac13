/**
 * A small language to describe Thrift structures as data: what the writer and the reader of the compact protocol work from.
 *
 * A description is checked against the TypeScript type it stands for: a member that is missing, misspelled, of another type,
 * or required where the type says optional, does not compile.
 *
 * @module
 */

/** What a value is in JavaScript, and so how it is written. */
export type ThriftKind =
  | typeof BOOL_KIND
  | typeof I8_KIND
  | typeof I16_KIND
  | typeof I32_KIND
  | typeof I64_KIND
  | typeof DOUBLE_KIND
  | typeof BINARY_KIND
  | typeof STRING_KIND
  | typeof ENUM_KIND
  | typeof LIST_KIND
  | typeof STRUCT_KIND
  | typeof UNION_KIND
  | typeof NAME_UNION_KIND;

/** `bool`. */
export const BOOL_KIND = 0;
/** `i8`. */
export const I8_KIND = 1;
/** `i16`. */
export const I16_KIND = 2;
/** `i32`. */
export const I32_KIND = 3;
/** `i64`. */
export const I64_KIND = 4;
/** `double`. */
export const DOUBLE_KIND = 5;
/** `binary`. */
export const BINARY_KIND = 6;
/** `string`. */
export const STRING_KIND = 7;
/** An enum. */
export const ENUM_KIND = 8;
/** A list. */
export const LIST_KIND = 9;
/** A structure. */
export const STRUCT_KIND = 10;
/** A union whose members have members: `{type: name, …}`. */
export const UNION_KIND = 11;
/** A union whose members are all empty structures: just the name. */
export const NAME_UNION_KIND = 12;

// Types of the compact protocol, as they stand in headers of fields and lists.
/** A bool that is true; a bool, as the element of a list. */
export const WIRE_TRUE = 1;
/** A bool that is false. */
export const WIRE_FALSE = 2;
/** `i8`. */
export const WIRE_I8 = 3;
/** `i16`. */
export const WIRE_I16 = 4;
/** `i32`, and enums. */
export const WIRE_I32 = 5;
/** `i64`. */
export const WIRE_I64 = 6;
/** `double`. */
export const WIRE_DOUBLE = 7;
/** `binary` and `string`. */
export const WIRE_BINARY = 8;
/** `list`. */
export const WIRE_LIST = 9;
/** `set`. */
export const WIRE_SET = 10;
/** `map`. */
export const WIRE_MAP = 11;
/** Structures and unions. */
export const WIRE_STRUCT = 12;
/** `uuid`. */
export const WIRE_UUID = 13;

/** A described type whose values are `V` in JavaScript. All have one shape, so that the hot loops stay monomorphic. */
export interface ThriftType<V> {
  /** Name in the specification, for messages. */
  readonly name: string;
  readonly kind: ThriftKind;
  readonly wire: number;
  /** Name → number, of an enum or a union. */
  readonly codes: ReadonlyMap<string, number>;
  /** Number → name, of an enum or a union. */
  readonly names: readonly (string | undefined)[];
  /** Element of a list. */
  readonly element: ThriftType<unknown> | null;
  /** Members by ascending id. */
  readonly fields: readonly ThriftField[];
  /** Members by id. */
  readonly fieldById: readonly (ThriftField | undefined)[];
  /** Bit `id` is set for each required member. */
  readonly requiredIds: number;
  /** Never there: ties the description to its type. */
  readonly value?: (value: V) => V;
}

/** A member of a structure or union. */
export interface ThriftField {
  readonly id: number;
  /** Property in JavaScript. */
  readonly key: string;
  readonly type: ThriftType<unknown>;
  readonly required: boolean;
}

/** A member that is always there. */
export interface RequiredMember<V> {
  readonly id: number;
  readonly type: ThriftType<V>;
  readonly required: true;
}

/** A member that may be absent. */
export interface OptionalMember<V> {
  readonly id: number;
  readonly type: ThriftType<V>;
  readonly required: false;
}

/** Descriptions of all members of `T`. */
export type StructMembers<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? OptionalMember<Exclude<T[K], undefined>>
    : RequiredMember<T[K]>;
};

/** Names of the members of the discriminated union `T` that can be written. */
type MemberName<T extends { readonly type: string }> = Exclude<T["type"], "UNRECOGNIZED">;

/** What member `N` of `T` has beside its `type`. */
type MemberValue<T, N> = T extends { readonly type: infer U } ? N extends U ? Omit<T, "type">
  : never
  : never;

/** Descriptions of all members of the discriminated union `T`. */
export type UnionMembers<T extends { readonly type: string }> = {
  readonly [N in MemberName<T>]: RequiredMember<MemberValue<T, N>>;
};

const NO_CODES: ReadonlyMap<string, number> = new Map();
/** Ids fit into the bits of an `i32`, bit 0 left out. */
const MAX_ID = 31;

function describe<V>(
  name: string,
  kind: ThriftKind,
  wire: number,
  rest: Partial<Pick<ThriftType<V>, "codes" | "names" | "element" | "fields">> = {},
): ThriftType<V> {
  const fields = rest.fields ?? [];
  const fieldById: (ThriftField | undefined)[] = [undefined];
  let requiredIds = 0;
  for (const field of fields) {
    if (!(field.id > 0 && field.id <= MAX_ID)) {
      throw new RangeError(`Cannot describe id ${field.id}`);
    }
    while (fieldById.length <= field.id) fieldById.push(undefined);
    fieldById[field.id] = field;
    if (field.required) requiredIds |= 1 << field.id;
  }
  return {
    name,
    kind,
    wire,
    codes: rest.codes ?? NO_CODES,
    names: rest.names ?? [],
    element: rest.element ?? null,
    fields,
    fieldById,
    requiredIds,
  };
}

/** `bool` */
export const BOOL: ThriftType<boolean> = describe("bool", BOOL_KIND, WIRE_TRUE);
/** `i8` */
export const I8: ThriftType<number> = describe("i8", I8_KIND, WIRE_I8);
/** `i16` */
export const I16: ThriftType<number> = describe("i16", I16_KIND, WIRE_I16);
/** `i32` */
export const I32: ThriftType<number> = describe("i32", I32_KIND, WIRE_I32);
/** `i64`, as a safe integer. */
export const I64: ThriftType<number> = describe("i64", I64_KIND, WIRE_I64);
/** `double` */
export const DOUBLE: ThriftType<number> = describe("double", DOUBLE_KIND, WIRE_DOUBLE);
/** `binary` */
export const BINARY: ThriftType<Uint8Array> = describe("binary", BINARY_KIND, WIRE_BINARY);
/** `string`, UTF-8. */
export const STRING: ThriftType<string> = describe("string", STRING_KIND, WIRE_BINARY);

/** An enum of the names `N`, each with its number. */
export function enumeration<N extends string>(
  name: string,
  numbers: Readonly<Record<N, number>>,
): ThriftType<N> {
  return describe(name, ENUM_KIND, WIRE_I32, namesAndCodes(numbers));
}

/** A list of `element`s. */
export function list<V>(element: ThriftType<V>): ThriftType<readonly V[]> {
  return describe(`list<${element.name}>`, LIST_KIND, WIRE_LIST, {
    element: element as ThriftType<unknown>,
  });
}

/** A member that must be there, in what is written and in what is read. */
export function required<V>(id: number, type: ThriftType<V>): RequiredMember<V> {
  return { id, type, required: true };
}

/** A member that may be absent. */
export function optional<V>(id: number, type: ThriftType<V>): OptionalMember<V> {
  return { id, type, required: false };
}

/** A structure. */
export function struct<T extends object>(name: string, members: StructMembers<T>): ThriftType<T> {
  return describe(name, STRUCT_KIND, WIRE_STRUCT, { fields: toFields(members) });
}

/** A union that is `{type: name, …members}` in JavaScript. */
export function union<T extends { readonly type: string }>(
  name: string,
  members: UnionMembers<T>,
): ThriftType<T> {
  const fields = toFields(members);
  const numbers: Record<string, number> = {};
  for (const { key, id } of fields) numbers[key] = id;
  return describe(name, UNION_KIND, WIRE_STRUCT, { fields, ...namesAndCodes(numbers) });
}

/** A union of empty structures that is a mere name in JavaScript. */
export function nameUnion<N extends string>(
  name: string,
  ids: Readonly<Record<N, number>>,
): ThriftType<N> {
  return describe(name, NAME_UNION_KIND, WIRE_STRUCT, namesAndCodes(ids));
}

function toFields(
  members: Readonly<Record<string, { id: number; type: unknown; required: boolean }>>,
): ThriftField[] {
  return Object.entries(members)
    .map(([key, { id, type, required }]) => ({
      id,
      key,
      type: type as ThriftType<unknown>,
      required,
    }))
    .sort((a, b) => a.id - b.id);
}

function namesAndCodes(
  numbers: Readonly<Record<string, number>>,
): { codes: ReadonlyMap<string, number>; names: readonly (string | undefined)[] } {
  const entries = Object.entries(numbers);
  const names: (string | undefined)[] = Array.from(
    { length: Math.max(...entries.map(([, number]) => number)) + 1 },
    () => undefined,
  );
  for (const [name, number] of entries) names[number] = name;
  return { codes: new Map(entries), names };
}
