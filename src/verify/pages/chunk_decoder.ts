/**
 * Decodes the pages of one column chunk and checks every byte of them.
 *
 * @see https://github.com/apache/parquet-format#data-pages
 *
 * @module
 */

import type { DataPageHeaderV2, Encoding, PageHeader } from "../../format/metadata.ts";
import type { ChunkContext } from "../chunk_visitor.ts";
import { crc32 } from "./crc32.ts";
import type { DecodedDictionary, DecodedPage, DecodedValues } from "../decoded_page.ts";
import { DecodingResources } from "./decoding_resources.ts";
import { decodeIds, gather } from "./dictionary_decoder.ts";
import { reportDuplicates } from "./dictionary_duplicates.ts";
import type { Place } from "../fault.ts";
import { finished, type Steps } from "../../util/steps.ts";
import {
  checkNesting,
  decodeLevels,
  elementLevels,
  type LevelSection,
  scanLevels,
} from "./level_decoder.ts";
import { decompressPage } from "./page_decompressor.ts";
import { PageFault, type Report } from "./page_fault.ts";
import { sectionsOfV1, sectionsOfV2 } from "./page_sections.ts";
import { type EncodedValues, ValueBuffers } from "./page_values.ts";
import { decodePlain } from "./plain_decoder.ts";
import type { ScratchBuffer } from "./scratch_buffer.ts";
import type { ValueCheck } from "../values/value_check.ts";
import { valueChecks } from "../values/value_checker.ts";
import { decodeValues } from "./value_decoder.ts";

/** Bytes that an entry of a dictionary takes in what is found out about it: its hashes, its rank, whether it was seen. */
const DICTIONARY_ENTRY_BYTES = 32;
/** Levels that are looked at in one step. */
const STEP_ENTRIES = 2 ** 21;

/** A definition level at which every list has an element: what is not known is not held against a page. */
const ANY_LEVEL = 255;

/** Thrown where what keeps a page from being decoded was reported before. */
const REPORTED = Symbol("reported");

/** Decodes the pages of one column chunk, in order. Whatever they hold, no call throws: what is wrong is a finding. */
export class ChunkDecoder {
  readonly #context: ChunkContext;
  readonly #place: Place;
  readonly #resources: DecodingResources;
  readonly #checks: readonly ValueCheck[];
  /** Definition levels that lists ask for, by repetition level. */
  readonly #elements: Uint8Array;

  /** `null`: none so far. */
  #dictionary: DecodedValues | "unreadable" | null = null;
  /** Data pages so far. */
  #pages = 0;
  /** Rows so far. */
  #rows = 0;
  #isDictionaryUsed = false;
  /** Of the last entry so far; -1 before the first. */
  #lastDefinitionLevel = -1;

  /**
   * Prepares for the pages of one chunk.
   *
   * @param context The chunk.
   * @param resources Of the file.
   */
  constructor(context: ChunkContext, resources: DecodingResources = new DecodingResources()) {
    this.#context = context;
    this.#resources = resources;
    this.#place = { rowGroup: context.rowGroupIndex, column: context.column.name };
    this.#checks = valueChecks(context.column);
    this.#elements = elementLevels(context.column.ancestors);
  }

  /**
   * Decodes a dictionary page.
   *
   * @param header Its header.
   * @param body The page as stored, without its header.
   * @param offset Offset of the header in the file.
   * @returns The values, valid as long as this decoder; `null` where they could not be decoded, which was reported.
   */
  dictionary(header: PageHeader, body: Uint8Array, offset: number): DecodedDictionary | null {
    return finished(this.dictionarySteps(header, body, offset));
  }

  /** {@linkcode dictionary} in steps, between which others may have their turn. */
  *dictionarySteps(
    header: PageHeader,
    body: Uint8Array,
    offset: number,
  ): Steps<DecodedDictionary | null> {
    this.#dictionary = "unreadable";
    return yield* this.#guarded({ ...this.#place, offset }, function* (this: ChunkDecoder, report) {
      const { numValues, encoding } = ownHeader(header.dictionaryPageHeader);
      this.#checkStored(header, body, report);
      this.#checkCount(numValues);
      if (encoding !== "PLAIN" && encoding !== "PLAIN_DICTIONARY") {
        throw new PageFault("page-encoding", `The dictionary is encoded with ${encoding}`);
      }
      const { codec } = this.#context.chunk.metaData;
      const size = header.uncompressedPageSize;
      const content = decompressPage(codec, body, size, this.#admit, report);
      yield;
      // It is kept for longer than the bytes of the file are.
      const bytes = content.buffer === body.buffer ? content.slice() : content;
      this.#admit(numValues * DICTIONARY_ENTRY_BYTES);
      const values = this.#decodeDictionary(bytes, numValues, report);
      yield;
      for (const check of this.#checks) {
        check(values, report);
        yield;
      }
      reportDuplicates(values, report);
      this.#dictionary = values;
      return { header, values };
    });
  }

  /**
   * Decodes a data page.
   *
   * @param header Its header.
   * @param body The page as stored, without its header.
   * @param offset Offset of the header in the file.
   * @param byteLength Bytes in the file, header included.
   * @returns What the page holds, valid until the next page is decoded; `null` where it could not be decoded, which was
   * reported.
   */
  dataPage(
    header: PageHeader,
    body: Uint8Array,
    offset: number,
    byteLength: number,
  ): DecodedPage | null {
    return finished(this.dataPageSteps(header, body, offset, byteLength));
  }

  /** {@linkcode dataPage} in steps, between which others may have their turn. */
  *dataPageSteps(
    header: PageHeader,
    body: Uint8Array,
    offset: number,
    byteLength: number,
  ): Steps<DecodedPage | null> {
    const ordinal = this.#pages++;
    const place = { ...this.#place, page: ordinal, offset };
    const page = yield* this.#guarded(
      place,
      (report) => this.#decodePage(header, body, { ordinal, offset, byteLength }, report),
    );
    if (page === null) this.#skip(header, ordinal);
    return page;
  }

  /** The end of the chunk: what can only be said after all of its pages. */
  finish(): void {
    const dictionary = this.#dictionary;
    if (dictionary === null || dictionary === "unreadable" || this.#isDictionaryUsed) return;
    if (dictionary.count === 0) return;
    const message = `No page refers to the dictionary of ${dictionary.count} values`;
    this.#context.findings.add("dictionary-unused", message, this.#place);
  }

  *#decodePage(
    header: PageHeader,
    body: Uint8Array,
    where: Pick<DecodedPage, "ordinal" | "offset" | "byteLength">,
    report: Report,
  ): Steps<DecodedPage> {
    const { column, chunk: { metaData: { codec } } } = this.#context;
    const { uncompressedPageSize, dataPageHeaderV2: v2 } = header;
    const { numValues: entries, encoding } = v2 ?? ownHeader(header.dataPageHeader);
    this.#checkStored(header, body, report);
    this.#checkCount(entries);
    const page = { body, uncompressedPageSize, codec, column };
    const { repetition, definition, bytes, start } = v2 === undefined
      ? sectionsOfV1(page, ownHeader(header.dataPageHeader), this.#admit, report)
      : sectionsOfV2(page, v2, this.#admit, report);
    yield;

    const { repetitionLevels: forRepetition, definitionLevels: forDefinition } = this.#resources;
    const repetitionLevels = this.#levels(repetition, "repetition", forRepetition, report);
    yield;
    const definitionLevels = this.#levels(definition, "definition", forDefinition, report);
    yield;
    const count = definitionLevels === null
      ? entries
      : yield* countOf(definitionLevels, column.maxDefinitionLevel);
    const rows = repetitionLevels === null ? entries : yield* countOf(repetitionLevels, 0);
    if (repetitionLevels !== null) {
      this.#checkFirstLevel(repetitionLevels, where.ordinal, v2 !== undefined, report);
      if (definitionLevels !== null) {
        const before = where.ordinal === 0 ? ANY_LEVEL : this.#lastDefinitionLevel;
        for (let from = 0; from < entries; from += STEP_ENTRIES) {
          const to = Math.min(entries, from + STEP_ENTRIES);
          checkNesting(repetitionLevels, definitionLevels, this.#elements, before, from, to);
          yield;
        }
      }
    }
    if (v2 !== undefined) checkCounts(v2, count, rows, report);

    const isSplit = repetitionLevels !== null && entries > 0 && repetitionLevels[0] !== 0;
    const firstRow = isSplit && this.#rows > 0 ? this.#rows - 1 : this.#rows;
    const content = yield* this.#decodeValues(encoding, bytes, start, count, report);
    this.#rows += rows;
    if (entries > 0) this.#lastDefinitionLevel = definitionLevels?.[entries - 1] ?? 0;
    return {
      ...where,
      header,
      entries,
      rows,
      firstRow,
      repetitionLevels,
      definitionLevels,
      ...content,
    };
  }

  #levels(
    section: LevelSection | null,
    kind: string,
    buffer: ScratchBuffer,
    report: Report,
  ): Uint8Array | null {
    if (section === null) return null;
    scanLevels(section, report);
    this.#admit(section.count);
    const levels = buffer.bytes(section.count);
    decodeLevels(section, levels, kind);
    return levels;
  }

  /** Where a page goes on with a row. */
  #checkFirstLevel(
    levels: Uint8Array,
    ordinal: number,
    isV2: boolean,
    report: Report,
  ): void {
    if (levels.length === 0 || levels[0] === 0) return;
    const { chunk, columnIndex, offsetIndex } = this.#context;
    const hasIndex = columnIndex !== null || offsetIndex !== null ||
      chunk.offsetIndexOffset !== undefined || chunk.columnIndexOffset !== undefined;
    const message = `The page begins with repetition level ${levels[0]}`;
    const why = ordinal === 0
      ? "as the first of its chunk"
      : isV2
      ? "as a page v2"
      : hasIndex
      ? "in a chunk with a page index"
      : null;
    if (why === null) report("page-splits-row", message);
    else report("page-mid-row", `${message}, ${why}`);
  }

  *#decodeValues(
    encoding: Encoding,
    bytes: Uint8Array,
    start: number,
    count: number,
    report: Report,
  ): Steps<Pick<DecodedPage, "ids" | "values">> {
    const encoded = this.#encoded(bytes, start, count, this.#resources.values, report);
    if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY") {
      return this.#decodeIds(encoding, encoded);
    }
    const values = decodeValues(encoding, encoded);
    for (const check of this.#checks) {
      yield;
      check(values, report);
    }
    return { ids: null, values: () => values };
  }

  #decodeIds(encoding: Encoding, encoded: EncodedValues): Pick<DecodedPage, "ids" | "values"> {
    const dictionary = this.#dictionary;
    this.#isDictionaryUsed = true;
    if (dictionary === null) {
      throw new PageFault("dictionary-missing", `The page is ${encoding}, without a dictionary`);
    }
    if (dictionary === "unreadable") throw REPORTED;
    const ids = decodeIds(encoded, dictionary.count, this.#resources.ids);
    const { bytes, offsets } = this.#resources.values;
    let values: DecodedValues | null = null;
    return { ids, values: () => values ??= gather(dictionary, ids, bytes, offsets) };
  }

  #decodeDictionary(bytes: Uint8Array, count: number, report: Report): DecodedValues {
    const told: Report = (rule, message) => {
      if (rule !== "values-leftover") report(rule, message);
      else report("dictionary-value-count", `${message}, in ${count} values`);
    };
    try {
      // Buffers of its own: they are kept.
      return decodePlain(this.#encoded(bytes, 0, count, new ValueBuffers(), told));
    } catch (error) {
      if (!(error instanceof PageFault) || error.rule !== "values-truncated") throw error;
      throw new PageFault("dictionary-value-count", `${error.message}, in ${count} values`);
    }
  }

  #encoded(
    bytes: Uint8Array,
    start: number,
    count: number,
    buffers: ValueBuffers,
    report: Report,
  ): EncodedValues {
    const { physicalType: type, width } = this.#context.column;
    return { bytes, start, count, type, width, buffers, admit: this.#admit, report };
  }

  /** Lets bytes be decoded, or throws. */
  readonly #admit = (byteLength: number): void => this.#resources.admit(byteLength);

  #checkStored(header: PageHeader, body: Uint8Array, report: Report): void {
    const { crc, uncompressedPageSize } = header;
    this.#resources.beginPage(body.length);
    if (crc !== undefined) {
      const actual = crc32(body);
      if (actual !== crc) {
        report("page-checksum", `The checksum is ${hex(actual)}, the header states ${hex(crc)}`);
      }
    }
    this.#checkCount(uncompressedPageSize);
  }

  #checkCount(count: number): void {
    if (count < 0) throw new PageFault("page-counts", `The header states ${count}`);
  }

  /** Runs a decoder; what it throws becomes a finding. */
  *#guarded<T>(
    place: Place,
    run: (this: ChunkDecoder, report: Report) => Steps<T>,
  ): Steps<T | null> {
    const report: Report = (rule, message) => this.#context.findings.add(rule, message, place);
    try {
      return yield* run.call(this, report);
    } catch (error) {
      // Anything else than a PageFault is memory that is not there, or a fault of this verifier.
      if (error === REPORTED) return null;
      if (error instanceof PageFault) report(error.rule, error.message);
      else report("page-unreadable", `The page cannot be decoded: ${error}`);
      return null;
    }
  }

  /** Goes on after a page that could not be decoded: what it says of its rows is all there is. */
  #skip(header: PageHeader, ordinal: number): void {
    const { column, offsetIndex } = this.#context;
    // It may have.
    this.#isDictionaryUsed = true;
    const own = header.dataPageHeaderV2 ?? header.dataPageHeader;
    const next = offsetIndex?.pageLocations[ordinal + 1]?.firstRowIndex;
    this.#lastDefinitionLevel = ANY_LEVEL;
    if (column.maxRepetitionLevel === 0) this.#rows += own?.numValues ?? 0;
    else if (next !== undefined) this.#rows = next;
    else this.#rows += header.dataPageHeaderV2?.numRows ?? 0;
  }
}

/** The member of a header that belongs to its type. */
function ownHeader<T>(member: T | undefined): T {
  if (member === undefined) {
    throw new PageFault("page-unreadable", "The header lacks the member of its type");
  }
  return member;
}

function checkCounts(header: DataPageHeaderV2, values: number, rows: number, report: Report): void {
  const { numValues, numNulls, numRows } = header;
  if (numNulls !== numValues - values) {
    report("page-num-nulls", `num_nulls is ${numNulls}, there are ${numValues - values}`);
  }
  if (numRows !== rows) report("page-num-rows", `num_rows is ${numRows}, there are ${rows}`);
}

function* countOf(levels: Uint8Array, level: number): Steps<number> {
  let count = 0;
  for (let from = 0; from < levels.length; from += STEP_ENTRIES) {
    count += countWithin(levels, level, from, Math.min(levels.length, from + STEP_ENTRIES));
    yield;
  }
  return count;
}

function countWithin(levels: Uint8Array, level: number, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) count += levels[i] === level ? 1 : 0;
  return count;
}

function hex(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, "0");
}
