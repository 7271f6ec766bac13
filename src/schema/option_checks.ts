/**
 * Checks of option values: what a table of options is made of.
 *
 * @module
 */

import { nearestNames } from "../util/nearest_names.ts";

/** How an option's value is checked. */
export interface OptionCheck<T> {
  /** What is valid, for messages and for `docs/options.md`. */
  readonly expects: string;
  /**
   * Returns the value to use.
   *
   * @throws {TypeError} When the value is of another kind than expected.
   * @throws {RangeError} When it is a number out of range.
   */
  parse(label: string, value: unknown): T;
}

/** An option: how it is checked, and what holds without it. */
export interface CheckedOption {
  readonly check: OptionCheck<unknown>;
  readonly default: unknown;
}

/**
 * Checks an options object by a table.
 *
 * @param what Whose options they are, for messages: `"a merge"`.
 * @returns The values, each default filled in.
 * @throws {TypeError | RangeError} When it is no object, or an option is unknown or out of range.
 */
export function checkOptions<Values>(
  options: unknown,
  table: Readonly<Record<string, CheckedOption>>,
  what: string,
): Values {
  const entries = options === undefined ? [] : entriesOf(options);
  if (entries === null) {
    throw new TypeError(
      `Cannot use ${describeValue(options)} as options of ${what}: expected an object`,
    );
  }
  const given = new Map(entries);
  for (const name of given.keys()) {
    if (typeof name === "string" && Object.hasOwn(table, name)) continue;
    const names = Object.keys(table);
    const [near] = typeof name === "string" ? nearestNames(name, names, 1) : [];
    const hint = near === undefined ? "" : `did you mean "${near}"? `;
    throw new TypeError(
      `Cannot use option ${describeValue(name)} of ${what}: unknown; ${hint}valid: ${
        names.join(", ")
      }`,
    );
  }
  const values = Object.entries(table).map(([name, option]) => {
    const value = given.get(name);
    return [
      name,
      value === undefined ? option.default : option.check.parse(`option "${name}"`, value),
    ];
  });
  return Object.fromEntries(values) as Values;
}

/** A value as an error message shows it. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    default:
      return `a ${typeof value}`;
  }
}

function wrongType(label: string, value: unknown, expects: string): TypeError {
  return new TypeError(`Cannot set ${label} to ${describeValue(value)}: expected ${expects}`);
}

/** A check by a predicate. */
export function instance<T>(
  expects: string,
  accepts: (value: unknown) => value is T,
): OptionCheck<T> {
  return {
    expects,
    parse(label, value) {
      if (!accepts(value)) throw wrongType(label, value, expects);
      return value;
    },
  };
}

/** One of a few strings. */
export function oneOf<T extends string>(names: readonly T[]): OptionCheck<T> {
  const quoted = names.map((name) => `"${name}"`).join(", ");
  return instance(
    names.length === 1 ? quoted : `one of ${quoted}`,
    (value): value is T => (names as readonly unknown[]).includes(value),
  );
}

/** `true` or `false`. */
export function flag(): OptionCheck<boolean> {
  return instance("true or false", (value) => typeof value === "boolean");
}

/** Any string. */
export function text(): OptionCheck<string> {
  return instance("a string", (value) => typeof value === "string");
}

/** A function. */
export function callback<T>(): OptionCheck<T> {
  return instance("a function", (value): value is T => typeof value === "function");
}

/** An integer from `min` to `max`, both included. */
export function integer(min: number, max: number): OptionCheck<number> {
  const expects = max === Number.MAX_SAFE_INTEGER
    ? `an integer of at least ${min}`
    : `an integer from ${min} to ${max}`;
  return {
    expects,
    parse(label, value) {
      if (typeof value !== "number" || !Number.isInteger(value) && Number.isFinite(value)) {
        throw wrongType(label, value, expects);
      }
      if (Number.isNaN(value)) throw wrongType(label, value, expects);
      if (value < min || value > max) {
        throw new RangeError(`Cannot set ${label} to ${value}: expected ${expects}`);
      }
      // Minus zero would be written as such by a careless encoder, and shown as such.
      return value === 0 ? 0 : value;
    },
  };
}

/** A number strictly between `min` and `max`. */
export function numberBetween(min: number, max: number): OptionCheck<number> {
  const expects = `a number between ${min} and ${max}, both excluded`;
  return {
    expects,
    parse(label, value) {
      if (typeof value !== "number" || Number.isNaN(value)) throw wrongType(label, value, expects);
      if (value <= min || value >= max) {
        throw new RangeError(`Cannot set ${label} to ${value}: expected ${expects}`);
      }
      return value;
    },
  };
}

/** `null`, or what another check accepts. */
export function nullable<T>(check: OptionCheck<T>): OptionCheck<T | null> {
  const expects = `${check.expects}, or null`;
  return {
    expects,
    parse(label, value) {
      if (value === null) return null;
      return check.parse(label, value);
    },
  };
}

/**
 * The entries of a `Map`, or the own enumerable string keys of an object with their values. The latter are read without
 * touching any prototype, so that a key may be called `__proto__`.
 *
 * @returns `null` when the value is neither.
 */
export function entriesOf(value: unknown): (readonly [unknown, unknown])[] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (value instanceof Map) return [...value.entries()];
  // A Date or a typed array has no own keys that mean anything: taking it for "no entries" would hide a mistake.
  if (ArrayBuffer.isView(value) || value instanceof Date || value instanceof Set) return null;
  return Object.entries(value);
}
