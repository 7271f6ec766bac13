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
  /** Element of a list. */
  readonly element: ThriftType<unknown> | null;
  /** What enums, structures and unions have. */
  readonly members: ThriftMembers;
  /** Never there: ties the description to its type. */
  readonly value?: (value: V) => V;
}

/** What enums, structures and unions have. */
export interface ThriftMembers {
  /** Name → number, of an enum or a union. */
  readonly codes: ReadonlyMap<string, number>;
  /** Number → name, of an enum or a union. */
  readonly names: readonly (string | undefined)[];
  /** Members by ascending id. */
  readonly fields: readonly ThriftField[];
  /** Members by id. */
  readonly fieldById: readonly (ThriftField | undefined)[];
  /** Bit `id` is set for each required member. */
  readonly requiredIds: number;
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

/** Ids fit into the bits of an `i32`, bit 0 left out. */
const MAX_ID = 31;

/** A description whose members are put in order when they are needed: few files have all structures. */
class Description<V> implements ThriftType<V> {
  readonly name: string;
  readonly kind: ThriftKind;
  readonly wire: number;
  readonly element: ThriftType<unknown> | null;
  readonly #describe: () => ThriftMembers;
  #members: ThriftMembers | null = null;

  constructor(
    name: string,
    kind: ThriftKind,
    wire: number,
    describe: () => ThriftMembers = namesAndCodes,
    element: ThriftType<unknown> | null = null,
  ) {
    this.name = name;
    this.kind = kind;
    this.wire = wire;
    this.element = element;
    this.#describe = describe;
  }

  get members(): ThriftMembers {
    return this.#members ??= this.#describe();
  }
}

/** `bool` */
export const BOOL: ThriftType<boolean> = new Description("bool", BOOL_KIND, WIRE_TRUE);
/** `i8` */
export const I8: ThriftType<number> = new Description("i8", I8_KIND, WIRE_I8);
/** `i16` */
export const I16: ThriftType<number> = new Description("i16", I16_KIND, WIRE_I16);
/** `i32` */
export const I32: ThriftType<number> = new Description("i32", I32_KIND, WIRE_I32);
/** `i64`, as a safe integer. */
export const I64: ThriftType<number> = new Description("i64", I64_KIND, WIRE_I64);
/** `double` */
export const DOUBLE: ThriftType<number> = new Description("double", DOUBLE_KIND, WIRE_DOUBLE);
/** `binary` */
export const BINARY: ThriftType<Uint8Array> = new Description("binary", BINARY_KIND, WIRE_BINARY);
/** `string`, UTF-8. */
export const STRING: ThriftType<string> = new Description("string", STRING_KIND, WIRE_BINARY);

/** An enum of the names `N`, each with its number. */
export function enumeration<N extends string>(
  name: string,
  numbers: Readonly<Record<N, number>>,
): ThriftType<N> {
  return new Description<N>(name, ENUM_KIND, WIRE_I32, () => namesAndCodes(numbers));
}

/** A list of `element`s. */
export function list<V>(element: ThriftType<V>): ThriftType<readonly V[]> {
  const type = element as ThriftType<unknown>;
  return new Description(`list<${element.name}>`, LIST_KIND, WIRE_LIST, undefined, type);
}

/** A member that must be there, in what is written and in what is read. */
export function required<V>(id: number, type: ThriftType<V>): RequiredMember<V> {
  return { id, type, required: true };
}

/** A member that may be absent. */
export function optional<V>(id: number, type: ThriftType<V>): OptionalMember<V> {
  return { id, type, required: false };
}

/** A structure. `members` is called when they are needed. */
export function struct<T extends object>(
  name: string,
  members: () => StructMembers<T>,
): ThriftType<T> {
  return new Description<T>(name, STRUCT_KIND, WIRE_STRUCT, () => membersOf(members()));
}

/** The specification has a structure of its own for each of these, all without members. */
export const EMPTY: ThriftType<Record<never, never>> = struct("empty structure", () => ({}));

/** A union that is `{type: name, …members}` in JavaScript. `members` is called when they are needed. */
export function union<T extends { readonly type: string }>(
  name: string,
  members: () => UnionMembers<T>,
): ThriftType<T> {
  return new Description<T>(name, UNION_KIND, WIRE_STRUCT, () => membersOf(members()));
}

/** A union of empty structures that is a mere name in JavaScript. */
export function nameUnion<N extends string>(
  name: string,
  ids: Readonly<Record<N, number>>,
): ThriftType<N> {
  return new Description<N>(name, NAME_UNION_KIND, WIRE_STRUCT, () => namesAndCodes(ids));
}

function membersOf(
  members: Readonly<Record<string, { id: number; type: unknown; required: boolean }>>,
): ThriftMembers {
  const ids: Record<string, number> = {};
  const fieldById: (ThriftField | undefined)[] = [];
  let requiredIds = 0;
  for (const [key, { id, type, required }] of Object.entries(members)) {
    if (!(id > 0 && id <= MAX_ID)) throw new RangeError(`Cannot describe id ${id}`);
    ids[key] = id;
    fieldById[id] = { id, key, type: type as ThriftType<unknown>, required };
    if (required) requiredIds |= 1 << id;
  }
  const fields = fieldById.filter((field) => field !== undefined);
  return { ...namesAndCodes(ids), fields, fieldById: [...fieldById], requiredIds };
}

function namesAndCodes(numbers: Readonly<Record<string, number>> = {}): ThriftMembers {
  const codes = new Map(Object.entries(numbers));
  const names: (string | undefined)[] = [];
  for (const [name, number] of codes) names[number] = name;
  // Without holes, which engines look for in prototypes.
  return { codes, names: [...names], fields: [], fieldById: [], requiredIds: 0 };
}
