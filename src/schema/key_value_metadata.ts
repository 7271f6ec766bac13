/**
 * Key-value metadata of a file.
 *
 * @module
 */

import type { ArrowSchema } from "../arrow/types.ts";
import type { KeyValue } from "../format/metadata.ts";
import { LimitError } from "../util/errors.ts";
import { freezeDeeply } from "../util/freeze_deeply.ts";
import { arrowSchemaValue } from "./arrow_schema_message.ts";
import { compatSchema } from "./compat_type.ts";
import type { ResolvedOptions } from "./writer_options.ts";

/** Key under which Arrow readers look for the Arrow schema. */
export const ARROW_SCHEMA_KEY = "ARROW:schema";
/** Key under which GeoParquet readers look for its metadata. */
export const GEO_KEY = "geo";
/** Pairs that a file may have. */
export const MAX_KEY_VALUES = 100_000;
/** Bytes of UTF-8 that all keys and values may take together: a footer must stay far below its i32 length. */
export const MAX_KEY_VALUE_BYTES: number = 64 * 1024 * 1024;

/** Bytes of a text in UTF-8, lone surrogates counted as the three bytes that replace them. */
function utf8Length(text: string): number {
  // Too long already: no need to look at it.
  if (text.length > MAX_KEY_VALUE_BYTES) return text.length;
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) {
      length += 1;
      continue;
    }
    length += 2;
    const low = code < 0xdc00 && code >= 0xd800 ? text.charCodeAt(i + 1) : 0;
    // A pair is two units and four bytes.
    if (low >= 0xdc00 && low < 0xe000) i++;
  }
  return length;
}

interface Value {
  readonly value: string | null;
  readonly bytes: number;
}

const NO_VALUES = new Map<string, Value>();
const NO_KEYS: ReadonlyMap<string, string> = new Map();

/**
 * The pairs in the order in which they are written: metadata of the Arrow schema, the Arrow schema itself, those of the
 * options, those appended. A key is written once: a later value replaces an earlier one in its place.
 */
export class KeyValueMetadata {
  #values: Map<string, Value> = NO_VALUES;
  /** Whether another one has the same map, so that it must not change. */
  #shared = true;
  /** Keys that the writer sets, with the option that says whether it does. */
  #ownKeys: ReadonlyMap<string, string> = NO_KEYS;
  #byteLength = 0;
  /** The pairs as they stand in the footer, if nothing was added since they were settled. */
  #settled: readonly KeyValue[] | null = null;

  /**
   * Gathers what schema and options say; nothing without them.
   *
   * @throws {TypeError} When the options set `ARROW:schema`, or `geo` beside `geoParquet`.
   * @throws {LimitError} When there are too many pairs, or they take too many bytes.
   */
  constructor(schema?: ArrowSchema, options?: ResolvedOptions) {
    if (schema === undefined || options === undefined) return;
    this.#ownKeys = new Map([
      [ARROW_SCHEMA_KEY, "skipArrowMetadata leaves it out"],
      ...(options.geoParquet !== false ? [[GEO_KEY, "geoParquet asks for it"] as const] : []),
    ]);
    for (const [key, value] of schema.metadata) {
      // Comes along when a table was read from Parquet; it need not describe what is written now.
      if (!this.#ownKeys.has(key)) this.#set(key, value);
    }
    if (!options.skipArrowMetadata) {
      const written = options.profile === "compat" ? compatSchema(schema) : schema;
      this.#set(ARROW_SCHEMA_KEY, arrowSchemaValue(written));
    }
    for (const [key, value] of options.keyValueMetadata) this.append(key, value);
  }

  /**
   * Adds a pair, or replaces the value of a key that is there.
   *
   * @param key Any text but `ARROW:schema`, and `geo` beside `geoParquet`.
   * @param value Its value; `null` or nothing for a key without a value.
   * @throws {TypeError} When the key is one of these, or either is not a string of valid Unicode.
   * @throws {LimitError} When there are too many pairs, or they take too many bytes; nothing was added.
   */
  append(key: string, value: string | null = null): void {
    if (typeof key !== "string" || (value !== null && typeof value !== "string")) {
      throw new TypeError("Cannot append key-value metadata: key and value must be strings");
    }
    const reason = this.#ownKeys.get(key);
    if (reason !== undefined) {
      throw new TypeError(`Cannot set the key "${key}": the writer sets it; ${reason}`);
    }
    if (!key.isWellFormed() || value?.isWellFormed() === false) {
      throw new TypeError(
        `Cannot append key-value metadata ${
          JSON.stringify(key.toWellFormed())
        }: it is not valid Unicode`,
      );
    }
    this.#set(key, value);
  }

  /** The same pairs, to which others may be appended. */
  copy(): KeyValueMetadata {
    const copy = new KeyValueMetadata();
    copy.#values = this.#values;
    copy.#shared = this.#shared = true;
    copy.#ownKeys = this.#ownKeys;
    copy.#byteLength = this.#byteLength;
    this.#settled ??= freezeDeeply(this.keyValues());
    copy.#settled = this.#settled;
    return copy;
  }

  /** Sets the GeoParquet metadata. */
  setGeo(text: string): void {
    this.#set(GEO_KEY, text);
  }

  #set(key: string, value: string | null): void {
    const bytes = utf8Length(key) + (value === null ? 0 : utf8Length(value));
    const before = this.#values.get(key);
    const byteLength = this.#byteLength + bytes - (before?.bytes ?? 0);
    if (byteLength > MAX_KEY_VALUE_BYTES) {
      throw new LimitError(
        "",
        -1,
        `Cannot hold more than ${MAX_KEY_VALUE_BYTES} bytes of key-value metadata`,
      );
    }
    if (before === undefined && this.#values.size === MAX_KEY_VALUES) {
      throw new LimitError("", -1, `Cannot hold more than ${MAX_KEY_VALUES} pairs of metadata`);
    }
    this.#byteLength = byteLength;
    this.#settled = null;
    if (this.#shared) {
      this.#values = new Map(this.#values);
      this.#shared = false;
    }
    this.#values.set(key, { value, bytes });
  }

  /** Bytes of UTF-8 of all keys and values. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** The pairs as they stand in the footer. Those of a copy are the same list for all, frozen, as long as nothing is appended. */
  keyValues(): readonly KeyValue[] {
    return this.#settled ??
      [...this.#values].map(([key, { value }]) => value === null ? { key } : { key, value });
  }
}
