/**
 * The pages of a column chunk as they pass by on their way to another file: only their headers are read.
 *
 * @module
 */

import type { Encoding, OffsetIndex, PageEncodingStats, PageHeader } from "../format/metadata.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import type { SchemaNode } from "../format/schema_tree.ts";
import { decodePageHeader } from "../format/structures.ts";
import { FormatError } from "../util/errors.ts";

/** Bytes read for a header that crosses the end of what is at hand; doubled while they are too few. */
const HEADER_BYTES = 16 * 1024;
/** No header has more bytes. */
const MAX_HEADER_BYTES = 2 ** 24;

/** What the pages of a chunk come to. */
export interface ChunkFacts {
  readonly dataPages: number;
  /** Entries of the data pages, nulls included. */
  readonly numValues: number;
  /** Rows of the data pages; `null` where only decoding would tell. */
  readonly numRows: number | null;
  /** Bytes before compression, headers included. */
  readonly totalUncompressedSize: number;
  /** `null` without a dictionary page. */
  readonly dictionaryPageOffset: number | null;
  /** `null` without data pages. */
  readonly dataPageOffset: number | null;
  /** Encodings of pages and of levels. */
  readonly used: ReadonlySet<Encoding>;
  /** Encodings that may be listed besides: of levels that say nothing, or by another name. */
  readonly allowed: ReadonlySet<Encoding>;
  readonly encodingStats: readonly PageEncodingStats[];
  /** Whether the offset index names exactly these pages. */
  readonly indexed: boolean;
}

/** Walks from page header to page header. */
export class ChunkWalk {
  /** Where the chunk begins. */
  readonly start: number;
  /** After its last page. */
  readonly end: number;
  readonly #file: RandomAccess;
  readonly #leaf: SchemaNode;
  readonly #offsetIndex: OffsetIndex | null;
  readonly #where: string;
  #next: number;
  #dataPages = 0;
  #numValues = 0;
  #numRows: number | null = 0;
  #totalUncompressedSize = 0;
  #dictionaryPageOffset: number | null = null;
  #dataPageOffset: number | null = null;
  readonly #used = new Set<Encoding>();
  readonly #allowed = new Set<Encoding>();
  readonly #stats = new Map<
    string,
    { -readonly [Name in keyof PageEncodingStats]: PageEncodingStats[Name] }
  >();
  #indexed: boolean;

  /**
   * @param range Where the chunk lies in `file`.
   * @param leaf The column.
   * @param offsetIndex Its offset index, to be held against the pages.
   * @param where The chunk in words, for errors.
   */
  constructor(
    file: RandomAccess,
    range: { readonly start: number; readonly end: number },
    leaf: SchemaNode,
    offsetIndex: OffsetIndex | null,
    where: string,
  ) {
    this.#file = file;
    this.start = this.#next = range.start;
    this.end = range.end;
    this.#leaf = leaf;
    this.#offsetIndex = offsetIndex;
    this.#indexed = offsetIndex !== null;
    this.#where = where;
  }

  /**
   * Reads the headers that begin within bytes of the file.
   *
   * @param bytes They; only those from `offset` on.
   * @throws {FormatError} When the pages are not what they should be.
   */
  async advance(bytes: Uint8Array, offset: number): Promise<void> {
    const end = Math.min(this.end, offset + bytes.length);
    while (this.#next < end) {
      const at = this.#next - offset;
      const { header, byteLength } = this.#decode(bytes, at, end - offset) ??
        await this.#read(this.#next);
      this.#add(header, byteLength);
    }
  }

  /** What came of it, once all bytes have passed. */
  finish(): ChunkFacts {
    if (this.#next !== this.end) {
      throw this.#fault(`its pages end at ${this.#next}, not ${this.end}`);
    }
    const pages = this.#offsetIndex?.pageLocations.length;
    return {
      dataPages: this.#dataPages,
      numValues: this.#numValues,
      numRows: this.#numRows,
      totalUncompressedSize: this.#totalUncompressedSize,
      dictionaryPageOffset: this.#dictionaryPageOffset,
      dataPageOffset: this.#dataPageOffset,
      used: this.#used,
      allowed: this.#allowed,
      encodingStats: [...this.#stats.values()],
      indexed: this.#indexed && pages === this.#dataPages,
    };
  }

  /** The header at `at`; `null` where it does not end before `end`, as far as one can tell. */
  #decode(bytes: Uint8Array, at: number, end: number) {
    try {
      return decodePageHeader(end < bytes.length ? bytes.subarray(0, end) : bytes, at);
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  }

  async #read(offset: number) {
    const left = this.end - offset;
    for (let length = HEADER_BYTES;; length *= 2) {
      const bytes = await this.#file.read(offset, Math.min(left, length));
      const read = this.#decode(bytes, 0, bytes.length);
      if (read !== null) return read;
      if (length >= left || length >= MAX_HEADER_BYTES) {
        throw this.#fault(`there is no page header at ${offset}`);
      }
    }
  }

  #add(header: PageHeader, headerLength: number): void {
    const offset = this.#next;
    const { type, compressedPageSize, uncompressedPageSize } = header;
    const byteLength = headerLength + compressedPageSize;
    if (compressedPageSize < 0 || uncompressedPageSize < 0 || offset + byteLength > this.end) {
      throw this.#fault(`the page at ${offset} does not end within the column chunk`);
    }
    this.#next = offset + byteLength;
    this.#totalUncompressedSize += headerLength + uncompressedPageSize;
    switch (type) {
      case "INDEX_PAGE":
        return;
      case "DICTIONARY_PAGE":
        return this.#addDictionary(header, offset);
      default:
        return this.#addData(header, offset, byteLength);
    }
  }

  #addDictionary({ dictionaryPageHeader }: PageHeader, offset: number): void {
    if (dictionaryPageHeader === undefined) {
      throw this.#fault(`the page at ${offset} has no header of its type`);
    }
    if (this.#dictionaryPageOffset !== null || this.#dataPages > 0) {
      throw this.#fault(`the dictionary page at ${offset} is not the first page`);
    }
    this.#dictionaryPageOffset = offset;
    this.#use("DICTIONARY_PAGE", dictionaryPageHeader.encoding);
    if (dictionaryPageHeader.encoding === "PLAIN_DICTIONARY") this.#allowed.add("PLAIN");
  }

  #addData(header: PageHeader, offset: number, byteLength: number): void {
    const { dataPageHeader: v1, dataPageHeaderV2: v2, type } = header;
    const data = type === "DATA_PAGE" ? v1 : v2;
    if (data === undefined) throw this.#fault(`the page at ${offset} has no header of its type`);
    if (data.numValues < 0) throw this.#fault(`the page at ${offset} has ${data.numValues} values`);
    const { maxDefinitionLevel, maxRepetitionLevel } = this.#leaf;
    this.#dataPageOffset ??= offset;
    this.#checkIndex(offset, byteLength);
    this.#dataPages++;
    this.#numValues += data.numValues;
    const rows = v2?.numRows ?? (maxRepetitionLevel === 0 ? data.numValues : null);
    this.#numRows = rows === null || this.#numRows === null ? null : this.#numRows + rows;
    this.#use(type, data.encoding);
    if (v1 !== undefined) {
      (maxDefinitionLevel > 0 ? this.#used : this.#allowed).add(v1.definitionLevelEncoding);
      (maxRepetitionLevel > 0 ? this.#used : this.#allowed).add(v1.repetitionLevelEncoding);
    } else if (maxDefinitionLevel > 0) this.#used.add("RLE");
    else this.#allowed.add("RLE");
  }

  #checkIndex(offset: number, byteLength: number): void {
    if (!this.#indexed) return;
    const location = this.#offsetIndex!.pageLocations[this.#dataPages];
    this.#indexed = location !== undefined && location.offset === offset &&
      location.compressedPageSize === byteLength &&
      (this.#numRows === null || location.firstRowIndex === this.#numRows);
  }

  #use(pageType: PageEncodingStats["pageType"], encoding: Encoding): void {
    this.#used.add(encoding);
    const key = `${pageType} ${encoding}`;
    const stats = this.#stats.get(key);
    if (stats === undefined) this.#stats.set(key, { pageType, encoding, count: 1 });
    else stats.count++;
  }

  #fault(state: string): FormatError {
    return new FormatError(`Cannot merge ${this.#where}: ${state}`);
  }
}
