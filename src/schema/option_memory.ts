/**
 * Options that were seen before: a program writes most of its files with the same few, as new objects or as one that it changes.
 *
 * Remembered is what the options said, not the object that said it: nothing of the caller's is kept.
 *
 * @module
 */

import { RecentlyUsed } from "../util/recently_used.ts";
import { entriesOf } from "./option_checks.ts";

/** Different options that are remembered. */
const MOST_REMEMBERED = 8;
/** Values, in all objects together, of options that are worth being remembered. */
const MOST_VALUES = 64;
/** Characters of a text that is worth it. */
const LONGEST_TEXT = 1024;
/** Levels of objects within options. */
const MOST_LEVELS = 4;

type Entries = readonly (readonly [unknown, unknown])[];

/** Entries of an object, a map or a list, each value copied in its turn. */
class Copy {
  readonly kind: "object" | "map" | "list";
  readonly keys: unknown[] = [];
  readonly values: unknown[] = [];

  constructor(kind: Copy["kind"]) {
    this.kind = kind;
  }
}

/** Thrown, and caught here, where a value cannot be copied, or is not worth it. No `Error`: the first one of a process takes Deno 1 ms. */
const NOT_COPIED = { message: "not copied" };

/** Remembers what came of options. */
export class OptionMemory<T> {
  /** What comes from outside and is not to be kept: entries of these names are not compared. */
  readonly #passed: readonly string[];
  readonly #remembered = new RecentlyUsed<{ readonly said: Copy; readonly result: T }>(
    MOST_REMEMBERED,
  );

  /** `passed`: names of options that do not count. */
  constructor(passed: readonly string[]) {
    this.#passed = passed;
  }

  /** What came of options that said the same; `null`: nothing is remembered. */
  find(entries: Entries): T | null {
    const found = this.#remembered.find(({ said }) => saysSame(said, entries, this.#passed));
    return found === undefined ? null : found.result;
  }

  /** Remembers what came of options, if they consist of plain values. Returns whether it does. */
  keep(entries: Entries, result: T): boolean {
    try {
      const said = copyEntries(
        "object",
        entries,
        { values: MOST_VALUES },
        MOST_LEVELS,
        this.#passed,
      );
      this.#remembered.add({ said, result });
      return true;
    } catch (error) {
      if (error !== NOT_COPIED) throw error;
      return false;
    }
  }
}

function copyEntries(
  kind: Copy["kind"],
  entries: Entries,
  left: { values: number },
  levels: number,
  passed: readonly string[] = [],
): Copy {
  const copy = new Copy(kind);
  for (const [key, value] of entries) {
    if (passed.includes(key as string)) continue;
    if (left.values-- === 0 || levels === 0) throw NOT_COPIED;
    copy.keys.push(copyValue(key, left, 0));
    copy.values.push(copyValue(value, left, levels - 1));
  }
  return copy;
}

function copyValue(value: unknown, left: { values: number }, levels: number): unknown {
  switch (typeof value) {
    case "string":
      if (value.length > LONGEST_TEXT) throw NOT_COPIED;
      return value;
    case "number":
    case "boolean":
    case "undefined":
      return value;
    case "object": {
      if (value === null) return null;
      const [kind, entries] = openObject(value);
      if (entries === null) throw NOT_COPIED;
      return copyEntries(kind, entries, left, levels);
    }
    default:
      throw NOT_COPIED;
  }
}

function openObject(value: object): [Copy["kind"], Entries | null] {
  if (Array.isArray(value)) return ["list", [...value.entries()]];
  return [value instanceof Map ? "map" : "object", entriesOf(value)];
}

function saysSame(copy: Copy, entries: Entries, passed: readonly string[] = []): boolean {
  let at = 0;
  for (const [key, value] of entries) {
    if (passed.includes(key as string)) continue;
    if (at === copy.keys.length || !Object.is(copy.keys[at], key)) return false;
    if (!isSame(copy.values[at], value)) return false;
    at++;
  }
  return at === copy.keys.length;
}

function isSame(copy: unknown, value: unknown): boolean {
  if (!(copy instanceof Copy)) return Object.is(copy, value);
  if (typeof value !== "object" || value === null) return false;
  const [kind, entries] = openObject(value);
  return kind === copy.kind && entries !== null && entries.length === copy.keys.length &&
    saysSame(copy, entries);
}
