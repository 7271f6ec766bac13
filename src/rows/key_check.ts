/** @module Members of objects that no column is for: their values would be lost without anybody being told. */

import { nearestNames } from "../util/nearest_names.ts";

/** Checks the keys of objects, which usually all have the same. */
export class KeyCheck {
  readonly #names: ReadonlySet<string>;
  /** Keys of the last object that was looked at closely; all are known. */
  #last: readonly string[] = [];

  /** Knows `names`. */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    this.#last = names;
  }

  /** The first key that is not known and has a value; `null`: there is none. */
  unknownKey(record: Record<string, unknown>): string | null {
    const last = this.#last;
    let i = 0;
    for (const key in record) {
      if (last[i++] !== key) return this.#look(record);
    }
    return null;
  }

  #look(record: Record<string, unknown>): string | null {
    const keys = Object.keys(record);
    for (const key of keys) {
      if (!this.#names.has(key) && record[key] !== undefined) return key;
    }
    this.#last = keys.every((key) => this.#names.has(key)) ? keys : this.#last;
    return null;
  }

  /** What to say of an unknown key. */
  refusal(key: string, of: "row" | "struct" | "object of columns"): string {
    const near = nearestNames(key, this.#names);
    const hint = near.length > 0
      ? `did you mean ${near.map((name) => JSON.stringify(name)).join(" or ")}?`
      : "add it to the schema, or leave it out";
    return `Cannot write ${of === "object of columns" ? "an" : "a"} ${of} with ${
      JSON.stringify(key)
    }: the schema has no such field; ${hint}`;
  }
}
