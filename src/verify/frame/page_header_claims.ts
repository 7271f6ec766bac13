/**
 * What a page header says, held against itself.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (PageHeader)
 *
 * @module
 */

import type { DataPageHeader, PageHeader, PageType } from "../../format/metadata.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";

/** The member that belongs to each type of page. */
const MEMBERS = {
  DATA_PAGE: "dataPageHeader",
  INDEX_PAGE: "indexPageHeader",
  DICTIONARY_PAGE: "dictionaryPageHeader",
  DATA_PAGE_V2: "dataPageHeaderV2",
} as const satisfies Record<PageType, keyof PageHeader>;

/**
 * Checks what is said about the page as a whole. Counts, sizes and encodings are held against the page itself, when it is
 * decoded.
 *
 * @returns Whether the header has the member that the page is decoded by.
 */
export function checkPageHeader(
  findings: Findings,
  header: PageHeader,
  column: LeafColumn,
  place: Place,
): boolean {
  const own = MEMBERS[header.type];
  for (const member of Object.values(MEMBERS)) {
    if ((header[member] !== undefined) === (member === own)) continue;
    const state = member === own ? `has no ${member}` : `has a ${member}`;
    findings.add("page-header-member", `the header of a ${header.type} ${state}`, place);
  }
  const { dataPageHeader, dictionaryPageHeader, dataPageHeaderV2 } = header;
  const data = dataPageHeader ?? dataPageHeaderV2;
  if (data?.statistics?.min !== undefined || data?.statistics?.max !== undefined) {
    findings.add("deprecated-min-max", "the page has min or max", place);
  }
  if ((data ?? dictionaryPageHeader)?.encoding === "PLAIN_DICTIONARY") {
    findings.add("deprecated-encoding", `the ${header.type} is PLAIN_DICTIONARY`, place);
  }
  if (dataPageHeader !== undefined) checkLevelEncodings(findings, dataPageHeader, column, place);
  if (header.type === "INDEX_PAGE") findings.add("index-page", "there is an index page", place);
  return header[own] !== undefined;
}

function checkLevelEncodings(
  findings: Findings,
  { definitionLevelEncoding, repetitionLevelEncoding }: DataPageHeader,
  { maxDefinitionLevel, maxRepetitionLevel }: LeafColumn,
  place: Place,
): void {
  const levels = [
    [definitionLevelEncoding, maxDefinitionLevel, "definition"],
    [repetitionLevelEncoding, maxRepetitionLevel, "repetition"],
  ] as const;
  for (const [encoding, maxLevel, kind] of levels) {
    if (encoding === "RLE") continue;
    if (encoding === "BIT_PACKED") {
      // Where there are no levels, it says nothing.
      if (maxLevel > 0) findings.add("deprecated-encoding", `${kind} levels are BIT_PACKED`, place);
    } else if (maxLevel === 0) {
      // Levels that are there cannot be decoded then, which is said of the page.
      findings.add(
        "level-encoding",
        `${kind} levels, which the column does not have, are ${encoding}`,
        place,
      );
    }
  }
}
