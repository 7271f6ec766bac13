/**
 * Names and metadata of a schema: all of it is text, in Arrow and in Parquet.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import { SchemaError } from "../util/errors.ts";

/**
 * Checks that every name and all metadata are valid Unicode: UTF-8 has no form for a lone surrogate, and an encoder would
 * silently put another character in its place.
 *
 * @throws {SchemaError} Naming the field, and the key of the metadata.
 */
export function assertSchemaText({ fields, metadata }: ArrowSchema): void {
  assertMetadata(metadata, "");
  for (const field of fields) assertField(field, "");
}

/** The error for metadata that is not text; for bytes as for strings. */
export function metadataIsNoText(path: string, key: string, part: "key" | "value"): SchemaError {
  return new SchemaError(
    path,
    `Cannot read metadata ${JSON.stringify(key.toWellFormed())}: its ${part} is not valid UTF-8; ` +
      "encode it as text, for example as base64, or remove it",
  );
}

/** The error for a name that is not text. */
export function nameIsNoText(parent: string, name: string): SchemaError {
  return new SchemaError(
    parent,
    `Cannot read a field name: ${JSON.stringify(name.toWellFormed())} is not valid UTF-8`,
  );
}

function assertField({ name, type, metadata }: ArrowField, parent: string): void {
  if (!name.isWellFormed()) throw nameIsNoText(parent, name);
  const path = parent === "" ? name : `${parent}.${name}`;
  assertMetadata(metadata, path);
  assertType(type, path);
}

function assertMetadata(metadata: ReadonlyMap<string, string>, path: string): void {
  for (const [key, value] of metadata) {
    if (!key.isWellFormed()) throw metadataIsNoText(path, key, "key");
    if (!value.isWellFormed()) throw metadataIsNoText(path, key, "value");
  }
}

function assertType(type: ArrowType, path: string): void {
  switch (type.kind) {
    case "timestamp":
      if (type.timezone?.isWellFormed() === false) {
        throw new SchemaError(path, "Cannot read a time zone: it is not valid UTF-8");
      }
      return;
    case "struct":
    case "union":
      for (const child of type.children) assertField(child, path);
      return;
    case "dictionary":
      return assertType(type.value, path);
    case "runEndEncoded":
      return assertField(type.values, path);
    default:
      if ("child" in type) assertField(type.child, path);
  }
}
