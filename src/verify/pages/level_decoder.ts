/**
 * Repetition and definition levels, and what they say together.
 *
 * @see https://github.com/apache/parquet-format#nested-encoding
 *
 * @module
 */

import type { Encoding } from "../../format/metadata.ts";
import type { SchemaNode } from "../../format/schema_tree.ts";
import { decodeRunBytes, scanRuns } from "./hybrid_decoder.ts";
import { PageFault, type Report } from "./page_fault.ts";

/** Bytes in which the levels of one kind stand. */
export interface LevelSection {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Maximum level; above 0. */
  readonly max: number;
  readonly count: number;
  /** `"RLE"` or `"BIT_PACKED"`. */
  readonly encoding: Encoding;
}

/**
 * The levels of a page v1: finds where they stand.
 *
 * @param start Where they begin.
 */
export function levelSection(
  bytes: Uint8Array,
  start: number,
  max: number,
  count: number,
  encoding: Encoding,
): LevelSection {
  const left = bytes.length - start;
  if (encoding === "BIT_PACKED") {
    const size = Math.ceil(count * widthOf(max) / 8);
    if (size > left) {
      throw new PageFault("level-section-size", `Levels need ${size} bytes, and there are ${left}`);
    }
    return { bytes, start, end: start + size, max, count, encoding };
  }
  if (encoding !== "RLE") {
    throw new PageFault("level-encoding", `Levels are encoded with ${encoding}`);
  }
  if (left < 4) {
    throw new PageFault("level-section-size", `The page ends before the length of its levels`);
  }
  const size = new DataView(bytes.buffer, bytes.byteOffset + start, 4).getUint32(0, true);
  if (size > left - 4) {
    throw new PageFault(
      "level-section-size",
      `Levels have ${size} bytes, of which ${left - 4} are in the page`,
    );
  }
  return { bytes, start: start + 4, end: start + 4 + size, max, count, encoding };
}

/** Checks that a section holds its levels, so that they may be given room. */
export function scanLevels(section: LevelSection, report: Report): void {
  const { bytes, start, end, max, count, encoding } = section;
  const width = widthOf(max);
  if (encoding === "BIT_PACKED") return;
  const after = scanRuns({ bytes, start, end, width, count }, "level-count", report);
  if (after !== end) {
    throw new PageFault("level-leftover", `${end - after} bytes follow the last level`);
  }
}

/** Decodes levels of a section that was scanned, into `out`, which has their number. */
export function decodeLevels(section: LevelSection, out: Uint8Array, kind: string): void {
  const { bytes, start, end, max, count, encoding } = section;
  const width = widthOf(max);
  const most = encoding === "BIT_PACKED"
    ? decodeBitPacked(bytes, start, end, width, out)
    : decodeRunBytes({ bytes, start, end, width, count }, out);
  if (most > max) {
    const at = out.findIndex((level) => level > max);
    throw new PageFault(
      "level-out-of-range",
      `The ${kind} level of entry ${at} is ${out[at]}, the maximum ${max}`,
    );
  }
}

/** Most significant bit first, without padding between levels; returns the largest. */
function decodeBitPacked(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  out: Uint8Array,
): number {
  let at = start, window = 0, bits = 0, most = 0;
  for (let i = 0; i < out.length; i++) {
    if (bits < width) {
      window = (window << 8 | bytes[at++]!) & 0xffff;
      bits += 8;
    }
    bits -= width;
    const level = window >>> bits & ((1 << width) - 1);
    if (level > most) most = level;
    out[i] = level;
  }
  if (at !== end || (window & ((1 << bits) - 1)) !== 0) {
    throw new PageFault("level-padding", "The last byte of BIT_PACKED levels is not padded with 0");
  }
  return most;
}

/**
 * Definition levels from which on a list has an element, by repetition level: what the levels of a list have to reach.
 *
 * @param ancestors From below the root down to the leaf.
 */
export function elementLevels(ancestors: readonly SchemaNode[]): Uint8Array {
  const levels = [0];
  for (const { element, maxDefinitionLevel } of ancestors) {
    if (element.repetitionType === "REPEATED") levels.push(maxDefinitionLevel);
  }
  return Uint8Array.from(levels);
}

/**
 * Checks that levels can have come from nested values: an entry of repetition level `r > 0` is one more element of the
 * `r`-th list, so that both it and the entry before it have to reach the definition level of that list's elements. Every
 * sequence for which that holds is the shredding of some value.
 *
 * @param elements As {@linkcode elementLevels} gives them.
 * @param before Definition level of the last entry of the page before; -1 where there is none.
 * @param from First entry to be checked; those before it have been.
 * @param to After the last one.
 */
export function checkNesting(
  repetitionLevels: Uint8Array,
  definitionLevels: Uint8Array,
  elements: Uint8Array,
  before: number,
  from: number,
  to: number,
): void {
  let previous = from === 0 ? before : definitionLevels[from - 1]!;
  for (let i = from; i < to; i++) {
    const level = definitionLevels[i]!;
    const least = elements[repetitionLevels[i]!]!;
    if (level < least || (previous < least && least !== 0)) {
      const whose = level < least ? "its own" : "the previous entry's";
      throw new PageFault(
        "level-nesting",
        `Entry ${i} has repetition level ${
          repetitionLevels[i]
        }, for which ${whose} definition level ` +
          `has to be at least ${least}, not ${level < least ? level : previous}`,
      );
    }
    previous = level;
  }
}

/** Bits of a level. */
function widthOf(max: number): number {
  return 32 - Math.clz32(max);
}
