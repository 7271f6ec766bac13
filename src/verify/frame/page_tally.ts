/**
 * What the pages of a column chunk amount to, and what is said elsewhere about them: chunk metadata and offset index.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnMetaData, OffsetIndex)
 *
 * @module
 */

import type { Encoding, PageHeader, PageType } from "../../format/metadata.ts";
import type { ChunkContext } from "../chunk_visitor.ts";
import type { DecodedPage } from "../decoded_page.ts";
import type { Place } from "../fault.ts";

/** Counts the pages of one column chunk. */
export class PageTally {
  readonly #context: ChunkContext;
  readonly #place: Place;
  /** Encodings of data pages. */
  readonly #ofData = new Set<Encoding>();
  /** The same, with those of dictionary pages and of levels. */
  readonly #used = new Set<Encoding>();
  /** Encodings of the levels of data pages v2, which name none. */
  readonly #impliedByV2 = new Set<Encoding>();
  /** Encodings of levels that are not there. */
  readonly #named = new Set<Encoding>();
  /** Encodings by another name. */
  readonly #alias = new Set<Encoding>();
  /** `type encoding` → pages. */
  readonly #stats = new Map<string, number>();
  #uncompressedSize = 0;
  #dictionaryOffset: number | null = null;
  #firstDataOffset: number | null = null;
  #dataPages = 0;
  #values = 0;
  /** `null` once nobody can know. */
  #rows: number | null = 0;

  /** Begins with no page. */
  constructor(context: ChunkContext, place: Place) {
    this.#context = context;
    this.#place = place;
  }

  /** Data pages so far. */
  get dataPages(): number {
    return this.#dataPages;
  }

  /** Values of the data pages so far. */
  get values(): number {
    return this.#values;
  }

  /** Whether there is a dictionary page. */
  get hasDictionary(): boolean {
    return this.#dictionaryOffset !== null;
  }

  /** Counts any page; `headerLength` in bytes. */
  add(header: PageHeader, offset: number, headerLength: number): void {
    this.#uncompressedSize += headerLength + header.uncompressedPageSize;
    const { dataPageHeader, dictionaryPageHeader, dataPageHeaderV2 } = header;
    if (header.type === "DICTIONARY_PAGE") {
      this.#dictionaryOffset ??= offset;
      if (dictionaryPageHeader) this.#use(header.type, dictionaryPageHeader.encoding);
      // Another name for it.
      if (dictionaryPageHeader?.encoding === "PLAIN_DICTIONARY") this.#alias.add("PLAIN");
    } else if (header.type === "DATA_PAGE" && dataPageHeader) {
      this.#use(header.type, dataPageHeader.encoding);
      const { maxDefinitionLevel, maxRepetitionLevel } = this.#context.column;
      (maxDefinitionLevel > 0 ? this.#used : this.#named).add(
        dataPageHeader.definitionLevelEncoding,
      );
      (maxRepetitionLevel > 0 ? this.#used : this.#named).add(
        dataPageHeader.repetitionLevelEncoding,
      );
    } else if (header.type === "DATA_PAGE_V2" && dataPageHeaderV2) {
      this.#use(header.type, dataPageHeaderV2.encoding);
      // Levels are always RLE here.
      (this.#context.column.maxDefinitionLevel > 0 ? this.#impliedByV2 : this.#named).add("RLE");
    }
  }

  /** Counts a data page; `page` is what it holds, `null` where that cannot be known. */
  addData(header: PageHeader, offset: number, byteLength: number, page: DecodedPage | null): void {
    this.#firstDataOffset ??= offset;
    const { column: { maxRepetitionLevel }, offsetIndex } = this.#context;
    const ordinal = this.#dataPages++;
    if (offsetIndex !== null) this.#checkLocation(offset, byteLength, ordinal);
    const { dataPageHeader, dataPageHeaderV2 } = header;
    const entries = (dataPageHeader ?? dataPageHeaderV2)?.numValues ?? 0;
    this.#values += entries;
    const rows = page?.rows ?? dataPageHeaderV2?.numRows ??
      (maxRepetitionLevel === 0 ? entries : null);
    this.#rows = rows === null || this.#rows === null ? null : this.#rows + rows;
  }

  /** Holds everything that is said about all pages against them. */
  finish(): void {
    const { findings, chunk: { metaData }, rowGroup, offsetIndex } = this.#context;
    const place = this.#place;
    const { numValues, totalUncompressedSize, dataPageOffset, dictionaryPageOffset } = metaData;
    if (this.#values !== numValues) {
      const message = `num_values is ${numValues}, the data pages have ${this.#values} in all`;
      findings.add("chunk-values", message, place);
    }
    if (this.#rows !== null && this.#rows !== rowGroup.numRows) {
      const message = `the data pages have ${this.#rows} rows, the row group ${rowGroup.numRows}`;
      findings.add("chunk-rows", message, place);
    }
    if (this.#uncompressedSize !== totalUncompressedSize) {
      const message =
        `total_uncompressed_size is ${totalUncompressedSize}, the pages have ${this.#uncompressedSize}`;
      findings.add("chunk-uncompressed-size", message, place);
    }
    if (this.#firstDataOffset !== null && this.#firstDataOffset !== dataPageOffset) {
      const message = `data_page_offset is ${dataPageOffset}, not ${this.#firstDataOffset}`;
      findings.add("data-page-offset", message, place);
    }
    // What is not positive was reported.
    const isOffset = dictionaryPageOffset === undefined || dictionaryPageOffset > 0;
    if (isOffset && (this.#dictionaryOffset ?? undefined) !== dictionaryPageOffset) {
      const message = this.#dictionaryOffset === null
        ? `dictionary_page_offset is ${dictionaryPageOffset}, but there is no dictionary page`
        : `dictionary_page_offset is ${
          dictionaryPageOffset ?? "absent"
        }, not ${this.#dictionaryOffset}`;
      findings.add("dictionary-page-offset", message, place);
    }
    if (offsetIndex !== null && offsetIndex.pageLocations.length !== this.#dataPages) {
      const message =
        `the offset index has ${offsetIndex.pageLocations.length} entries for ${this.#dataPages} data pages`;
      findings.add("offset-index", message, place);
    }
    this.#checkEncodings();
    this.#checkEncodingStats();
  }

  #use(type: PageType, encoding: Encoding): void {
    this.#used.add(encoding);
    if (type !== "DICTIONARY_PAGE") this.#ofData.add(encoding);
    const key = `${type} ${encoding}`;
    this.#stats.set(key, (this.#stats.get(key) ?? 0) + 1);
  }

  #checkLocation(offset: number, byteLength: number, ordinal: number): void {
    const { findings, offsetIndex } = this.#context;
    const location = offsetIndex!.pageLocations[ordinal];
    if (location === undefined) return;
    const expected = { offset, compressedPageSize: byteLength, firstRowIndex: this.#rows };
    for (const [name, value] of Object.entries(expected)) {
      const found = location[name as keyof typeof location];
      if (value === null || found === value) continue;
      const message = `${name} of the entry ${ordinal} is ${found}, not ${value}`;
      findings.add("offset-index", message, { ...this.#place, page: ordinal, offset });
    }
    const next = offsetIndex!.pageLocations[ordinal + 1];
    if (next !== undefined && next.firstRowIndex <= location.firstRowIndex) {
      const message = `the entries ${ordinal} and ${
        ordinal + 1
      } begin with the rows ${location.firstRowIndex} and ${next.firstRowIndex}`;
      findings.add("offset-index", message, { ...this.#place, page: ordinal, offset });
    }
  }

  #checkEncodings(): void {
    const { findings, chunk: { metaData: { encodings } } } = this.#context;
    const listed = new Set(encodings);
    for (const encoding of this.#used) {
      if (listed.has(encoding)) continue;
      const rule = this.#ofData.has(encoding) ? "encodings" : "encodings-incomplete";
      findings.add(rule, `${encoding} is used, and not listed`, this.#place);
    }
    for (const encoding of this.#impliedByV2) {
      if (listed.has(encoding) || this.#used.has(encoding)) continue;
      const message = `${encoding} is used by the levels of data pages v2, and not listed`;
      findings.add("encodings-levels-v2", message, this.#place);
    }
    for (const encoding of this.#named) {
      // RLE says nothing where there are no levels.
      if (encoding === "RLE" || listed.has(encoding) || this.#used.has(encoding)) continue;
      const message = `${encoding} is named in a page header, and not listed`;
      findings.add("encodings-incomplete", message, this.#place);
    }
    for (const encoding of listed) {
      // Where there are no data pages, it says what they would have had.
      if (this.#dataPages === 0) break;
      const known = [this.#used, this.#impliedByV2, this.#named, this.#alias];
      if (known.some((encodings) => encodings.has(encoding))) continue;
      findings.add("encodings", `${encoding} is listed, and not used`, this.#place);
    }
    if (listed.size < encodings.length) {
      const message = `${encodings.join(", ")} are the encodings`;
      findings.add("encodings-duplicate", message.slice(0, 300), this.#place);
    }
  }

  #checkEncodingStats(): void {
    const { findings, chunk: { metaData: { encodingStats } } } = this.#context;
    if (encodingStats === undefined) return;
    const claimed = new Map<string, number>();
    for (const { pageType, encoding, count } of encodingStats) {
      const key = `${pageType} ${encoding}`;
      claimed.set(key, (claimed.get(key) ?? 0) + count);
    }
    const counts = new Map<string, number>();
    for (const [key, count] of this.#stats) {
      const other = key.replace("DATA_PAGE_V2", "DATA_PAGE");
      counts.set(other, (counts.get(other) ?? 0) + count);
    }
    if (counts.size > 0 && !isSame(claimed, this.#stats) && isSame(claimed, counts)) {
      const message = "encoding_stats counts data pages v2 as DATA_PAGE";
      findings.add("encoding-stats-v2", message, this.#place);
      return;
    }
    for (const key of new Set([...claimed.keys(), ...this.#stats.keys()])) {
      const said = claimed.get(key) ?? 0;
      const counted = this.#stats.get(key) ?? 0;
      if (said === counted) continue;
      const message = `encoding_stats has ${said} pages ${key}, there are ${counted}`;
      findings.add("encoding-stats", message, this.#place);
    }
  }
}

function isSame(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([key, count]) => b.get(key) === count);
}
