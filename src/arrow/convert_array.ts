/**
 * From raw arrays to checked ones, in one walk.
 *
 * Each array is looked at in a range of its slots: those that the batch's rows refer to. What lies outside, in a list's
 * child that is shared by many slices for example, is neither checked nor read later.
 *
 * @module
 */

import { isVariant, variantChildren } from "../schema/extension_type.ts";
import { LimitError, SchemaError } from "../util/errors.ts";
import { count } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { bitmapBytes, clearBitmap, hasClearBit, nextClearBit } from "./bitmap.ts";
import { MAX_ABSENT_SLOTS, MAX_LENGTH } from "./buffers.ts";
import type { Bitmap, ColumnArray } from "./column_array.ts";
import { convertDictionary } from "./convert_dictionary.ts";
import { convertBoolean, convertBytes, convertFixed, fixedWidth } from "./convert_leaf.ts";
import { convertViews } from "./convert_views.ts";
import {
  convertFixedSizeList,
  convertList,
  convertListView,
  convertMap,
  convertStruct,
} from "./convert_nested.ts";
import { convertRunEndEncoded } from "./convert_run_end_encoded.ts";
import { checkedNullCount } from "./null_count.ts";
import type { RawArray } from "./raw_array.ts";
import { invalidSlot } from "./scope.ts";
import type { ArrowField, ArrowType } from "./types.ts";

/**
 * Converts an array of a field's type, and checks it.
 *
 * @returns An array of `node.raw.length` slots. Its validity is `null` where the field is not nullable.
 * @throws {InvalidBatchError} When it contradicts the Arrow format or the field.
 * @throws {LimitError} When a value has no room in Parquet.
 */
export function convertArray(
  field: Pick<ArrowField, "type" | "nullable"> & Partial<ArrowField>,
  node: Node,
): ColumnArray {
  const { type, nullable } = field;
  if (node.raw.length > MAX_LENGTH) {
    throw new LimitError(
      node.scope.path,
      -1,
      `Cannot convert an array of ${node.raw.length} slots (limit ${MAX_LENGTH})`,
    );
  }
  switch (type.kind) {
    case "null":
      // Levels are made of them, a byte each.
      node.tally.allowance.spend(node.to - node.from, node.scope.path);
      // Written as optional whatever the field says: there is nothing else that it could be.
      return { shape: "null", length: node.raw.length, validity: null };
    case "dictionary":
      return required(nullable, node, convertDictionary(node, type, readValidity(node)));
    case "runEndEncoded":
      return required(
        nullable && type.values.nullable,
        node,
        convertRunEndEncoded(node, type),
      );
    default: {
      const found = readValidity(node);
      // A null in a field that has none is an error of its own; whatever else is wrong there comes second.
      if (!nullable) checkNoNulls(node, found);
      const array = convertPlain(writtenType(field), node, found);
      return nullable || array.validity === null ? array : { ...array, validity: null };
    }
  }
}

/** What a variant has to have is there, as `schema/` has it too. */
function writtenType(field: Pick<ArrowField, "type"> & Partial<ArrowField>): ArrowType {
  const { type, name = "", nullable = true, metadata } = field;
  if (type.kind !== "struct" || metadata === undefined || metadata.size === 0) return type;
  if (!isVariant({ name, type, nullable, metadata }, type.children)) return type;
  return { ...type, children: variantChildren(type.children) };
}

function convertPlain(type: ArrowType, node: Node, validity: Bitmap | null): ColumnArray {
  switch (type.kind) {
    case "bool":
      return convertBoolean(node, validity);
    case "utf8":
    case "largeUtf8":
    case "binary":
    case "largeBinary":
      return convertBytes(node, type, validity);
    case "utf8View":
    case "binaryView":
      return convertViews(node, type, validity);
    case "list":
    case "largeList":
      return convertList(node, type.child, type.kind === "largeList", validity);
    case "listView":
    case "largeListView":
      return convertListView(node, type.child, type.kind === "largeListView", validity);
    case "map":
      return convertMap(node, type, validity);
    case "fixedSizeList":
      return convertFixedSizeList(node, type, validity);
    case "struct":
      return convertStruct(node, type.children, validity);
    default: {
      const width = fixedWidth(type);
      if (width <= 0) {
        throw new SchemaError(node.scope.path, `Cannot write Arrow type "${type.kind}"`);
      }
      return convertFixed(node, type, width, validity);
    }
  }
}

/**
 * The validity of an array; `null` where none of the slots referred to is null.
 *
 * @throws {InvalidBatchError} When the bitmap is too short, or contradicts the null count.
 */
function readValidity(node: Node): Bitmap | null {
  const { raw, scope, from, to } = node;
  const { validity: bytes, bitOffset, length } = raw;
  if (bytes === null || bytes.length === 0) {
    if (raw.nullCount <= 0) return null;
    // An array of nothing but nulls may come without any buffer, and then only its count says so.
    if (raw.nullCount !== length || !isBare(raw)) {
      throw invalidSlot(
        scope,
        -1,
        `Cannot read an array: its null count is ${raw.nullCount}, but it has no validity bitmap`,
      );
    }
    if (length > MAX_ABSENT_SLOTS || from >= to) return null;
    node.tally.allowance.spend(bitmapBytes(length), scope.path);
    return clearBitmap(length);
  }
  if (bytes.length < bitmapBytes(bitOffset + length)) {
    throw invalidSlot(
      scope,
      -1,
      `Cannot read the validity bitmap: ${bytes.length} of ${
        bitmapBytes(bitOffset + length)
      } bytes are there`,
    );
  }
  count(node, bitmapBytes(to - from));
  const bitmap = { bytes, bitOffset };
  const hasNulls = raw.nullCount < 0
    ? hasClearBit(bitmap, from, to)
    : checkedNullCount(raw, bitmap, from, to, scope) > 0;
  return hasNulls ? bitmap : null;
}

function isBare(raw: RawArray): boolean {
  return (raw.values === null || raw.values.length === 0) &&
    (raw.offsets === null || raw.offsets.length === 0) &&
    raw.children.every((child) => child.length === 0);
}

/** Throws for the first null that a reader would see. */
function checkNoNulls(node: Node, validity: Bitmap | null): void {
  if (validity === null) return;
  const { scope, from, to } = node;
  let slot = nextClearBit(validity, from, to);
  while (slot < to) {
    if (scope.isLive(slot)) {
      throw invalidSlot(scope, slot, "Cannot accept a null: the field is not nullable");
    }
    slot = nextClearBit(validity, slot + 1, to);
  }
}

function required(nullable: boolean, node: Node, array: ColumnArray): ColumnArray {
  if (nullable || array.validity === null) return array;
  checkNoNulls(node, array.validity);
  return { ...array, validity: null };
}
