/**
 * Takes a data page apart: where its levels and its values are.
 *
 * @see https://github.com/apache/parquet-format#data-pages
 *
 * @module
 */

import type {
  CompressionCodec,
  DataPageHeader,
  DataPageHeaderV2,
  Encoding,
} from "../../format/metadata.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { type LevelSection, levelSection } from "./level_decoder.ts";
import { decompressPage } from "./page_decompressor.ts";
import { type Admit, PageFault, type Report } from "./page_fault.ts";

/** A data page as it is stored. */
export interface StoredDataPage {
  /** What follows the header. */
  readonly body: Uint8Array;
  readonly uncompressedPageSize: number;
  readonly codec: CompressionCodec;
  readonly column: LeafColumn;
  /** Default: strictly. */
  readonly decompress?: typeof decompressPage;
}

/** The sections of a data page, decompressed. */
export interface PageSections {
  /** `null` where the maximum level is 0. */
  readonly repetition: LevelSection | null;
  /** `null` where the maximum level is 0. */
  readonly definition: LevelSection | null;
  /** The page, or what of it follows the levels; values reach to its end. */
  readonly bytes: Uint8Array;
  /** Where the values begin. */
  readonly start: number;
}

/** The sections of a page v1, which is compressed whole. */
export function sectionsOfV1(
  { body, uncompressedPageSize, codec, column, decompress = decompressPage }: StoredDataPage,
  { numValues, repetitionLevelEncoding, definitionLevelEncoding }: DataPageHeader,
  admit: Admit,
  report: Report,
): PageSections {
  const bytes = decompress(codec, body, uncompressedPageSize, admit, report);
  let start = 0;
  const section = (max: number, encoding: Encoding): LevelSection | null => {
    if (max === 0) return null;
    const found = levelSection(bytes, start, max, numValues, encoding);
    start = found.end;
    return found;
  };
  const repetition = section(column.maxRepetitionLevel, repetitionLevelEncoding);
  const definition = section(column.maxDefinitionLevel, definitionLevelEncoding);
  return { repetition, definition, bytes, start };
}

/** The sections of a page v2, whose levels are never compressed. */
export function sectionsOfV2(
  { body, uncompressedPageSize, codec, column, decompress = decompressPage }: StoredDataPage,
  header: DataPageHeaderV2,
  admit: Admit,
  report: Report,
): PageSections {
  const { repetitionLevelsByteLength, definitionLevelsByteLength, numValues: count } = header;
  const levels = repetitionLevelsByteLength + definitionLevelsByteLength;
  if (
    repetitionLevelsByteLength < 0 || definitionLevelsByteLength < 0 || levels > body.length ||
    levels > uncompressedPageSize
  ) {
    throw new PageFault(
      "level-section-size",
      `Levels have ${repetitionLevelsByteLength} and ${definitionLevelsByteLength} bytes in a page ` +
        `of ${body.length} bytes, uncompressed ${uncompressedPageSize}`,
    );
  }
  const section = (start: number, size: number, max: number): LevelSection | null => {
    if (max === 0 && size > 0) {
      throw new PageFault(
        "level-section-size",
        `${size} bytes of levels where there should be none`,
      );
    }
    if (max === 0) return null;
    return { bytes: body, start, end: start + size, max, count, encoding: "RLE" };
  };
  const repetition = section(0, repetitionLevelsByteLength, column.maxRepetitionLevel);
  const definition = section(
    repetitionLevelsByteLength,
    definitionLevelsByteLength,
    column.maxDefinitionLevel,
  );
  const bytes = decompress(
    header.isCompressed === false ? "UNCOMPRESSED" : codec,
    body.subarray(levels),
    uncompressedPageSize - levels,
    admit,
    report,
  );
  return { repetition, definition, bytes, start: 0 };
}
