/**
 * What to tell somebody whose source is none: what was given, and what to do with it.
 *
 * @module
 */

import { textKind } from "./input_kind.ts";

const PARSE_HINT = "parse it, and pass its rows";
const EXPECTED = "expected rows, columns, Arrow tables, record batches or IPC bytes";

/** The error for a value that is no source, or no part of one. */
export function notASource(value: unknown): TypeError {
  const { what, hint } = describe(value);
  return new TypeError(
    `Cannot read a source: ${EXPECTED}, got ${what}${hint === "" ? "" : `; ${hint}`}`,
  );
}

/** The error for a text that is not the path of a file, because it is data or names something else. */
export function notAPath(text: string): TypeError | null {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "file") return notAFileUrl(text, scheme);
  const kind = textKind(text);
  if (kind === null && !/[\r\n\0]/.test(text)) return null;
  // A name may have commas and braces in it, but no lines.
  if (!/[\r\n\0]/.test(text) && !/^\s*[{[<]/.test(text)) return null;
  return new TypeError(
    `Cannot read a source: a string is the path of an Arrow IPC file, and this one is ${
      kind?.name ?? "text"
    }; ${kind?.hint ?? PARSE_HINT}`,
  );
}

/** The error for a URL that names no file. */
export function notAFileUrl(url: string, scheme: string): TypeError {
  return new TypeError(
    `Cannot read ${url}: ${scheme}: URLs are not supported; use a path or a file:, s3:, az:, gs: or https: URL`,
  );
}

/** What more to say of a path where there is no file. */
export function missingFileHint(path: string): string {
  const kind = textKind(path);
  return kind === null && path.length < 256
    ? ""
    : `; a string is a path: if it is data, ${kind?.hint ?? PARSE_HINT}`;
}

function describe(value: unknown): { readonly what: string; readonly hint: string } {
  if (typeof value !== "object" || value === null) {
    const what = value === null || value === undefined ? String(value) : `a ${typeof value}`;
    return { what, hint: "" };
  }
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const other = typeof first === "object" && first !== null ? otherLibrary(first) : null;
  if (other !== null) return other;
  if (Array.isArray(value)) {
    return isPlainObject(value[0])
      ? { what: "an array of objects", hint: "" }
      : { what: "an array", hint: "rows are objects with a member for each column" };
  }
  if (isPlainObject(value)) {
    return {
      what: "an object, perhaps a row",
      hint: "pass rows in an array, `[row]`, and columns as arrays, `{ id: [1, 2] }`",
    };
  }
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return {
    what: typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object",
    hint: "",
  };
}

/** What to do with the objects of a library that makes Arrow data when it is asked to; `null`: it is none of these. */
export function otherLibrary(
  value: object,
): { readonly what: string; readonly hint: string } | null {
  const has = (name: string) => typeof (value as Record<string, unknown>)[name] === "function";
  if (has("intoIPCStream")) {
    return { what: "a table of parquet-wasm", hint: "pass `table.intoIPCStream()`" };
  }
  if (has("writeIPC")) {
    return { what: "a data frame of polars", hint: "pass `dataFrame.writeIPC()`" };
  }
  return null;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
