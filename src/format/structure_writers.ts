/**
 * Which structures are written by functions of their own. Not a part of their descriptions: who only reads would have to load them.
 *
 * @module
 */

import {
  writeColumnChunk,
  writeColumnIndex,
  writeOffsetIndex,
  writePageHeader,
} from "./frequent_structures.ts";
import { COLUMN_CHUNK, COLUMN_INDEX, OFFSET_INDEX, PAGE_HEADER } from "./structure_descriptions.ts";
import type { ThriftType } from "./thrift_description.ts";

const WRITERS: ReadonlyMap<unknown, (value: never) => boolean> = new Map<
  unknown,
  (value: never) => boolean
>([
  [PAGE_HEADER, writePageHeader],
  [COLUMN_CHUNK, writeColumnChunk],
  [OFFSET_INDEX, writeOffsetIndex],
  [COLUMN_INDEX, writeColumnIndex],
]);

/**
 * Writes a structure faster than by its description.
 *
 * @returns `false`, and nothing was written, where there is no function for it, or that does not know all of its members.
 */
export function writeFrequent(type: ThriftType<unknown>, value: unknown): boolean {
  const write = WRITERS.get(type);
  return write !== undefined && write(value as never);
}
