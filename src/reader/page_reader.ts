/**
 * The pages of one column chunk, decoded one after the other.
 *
 * The decoders are those of the verifier. What it would report as a fault and can still make sense of is let pass here, but for a
 * wrong checksum: a reader has to be as lenient as files are sloppy, and never wrong.
 *
 * @see https://github.com/apache/parquet-format#data-pages
 *
 * @module
 */

import type { Encoding, PageHeader } from "../format/metadata.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { decodePageHeader } from "../format/structures.ts";
import { FormatError, LimitError, messageOf, ParquetError } from "../util/errors.ts";
import type { DecodedValues } from "../verify/decoded_page.ts";
import { ByteWindow } from "../verify/frame/byte_window.ts";
import { crc32 } from "../verify/pages/crc32.ts";
import { DecodingResources } from "../verify/pages/decoding_resources.ts";
import { decodeIds } from "../verify/pages/dictionary_decoder.ts";
import {
  decodeLevels,
  elementLevels,
  type LevelSection,
  scanLevels,
} from "../verify/pages/level_decoder.ts";
import { decompressContent, type decompressPage } from "../verify/pages/page_decompressor.ts";
import { PageFault, type Report } from "../verify/pages/page_fault.ts";
import { sectionsOfV1, sectionsOfV2 } from "../verify/pages/page_sections.ts";
import { type EncodedValues, ValueBuffers } from "../verify/pages/page_values.ts";
import { decodePlain } from "../verify/pages/plain_decoder.ts";
import { decodeValues } from "../verify/pages/value_decoder.ts";
import { countOf } from "./count_of.ts";
import type { ChunkToRead } from "./chunk_to_read.ts";

/** Almost every header is shorter; none is longer than the second. */
const USUAL_HEADER_BYTES = 2 ** 12, MAX_HEADER_BYTES = 2 ** 24;

const LENIENT: Report = () => {};

/** A data page. What it has is valid until the next one is read. */
export interface ReadPage {
  /** Levels, and values or nulls. */
  readonly entries: number;
  /** Values that are not null. */
  readonly count: number;
  /** One an entry; `null` where the maximum level is 0. */
  readonly repetitionLevels: Uint8Array | null;
  /** One an entry; `null` where the maximum level is 0. */
  readonly definitionLevels: Uint8Array | null;
  /** Ids into the dictionary of the chunk, one a value that is not null; else `null`. */
  readonly ids: Uint32Array | null;
  /** The values that are not null; `null` where there are ids. */
  readonly values: DecodedValues | null;
}

/** Reads the pages of one column chunk. */
export class PageReader {
  readonly #chunk: ChunkToRead;
  readonly #window: ByteWindow;
  readonly #resources: DecodingResources;
  readonly #elements: Uint8Array;
  #position: number;
  /** Entries that pages still have to have. */
  #left: number;
  #dictionary: DecodedValues | null = null;
  /** Of the last entry so far; -1 before the first. */
  #lastDefinitionLevel = -1;

  /** Reads `chunk` from `file`, at least `windowBytes` at a time. */
  constructor(
    file: RandomAccess,
    chunk: ChunkToRead,
    resources: DecodingResources,
    windowBytes: number,
  ) {
    this.#chunk = chunk;
    this.#resources = resources;
    this.#window = new ByteWindow(file, chunk.end, windowBytes);
    this.#position = chunk.start;
    this.#left = chunk.numValues;
    this.#elements = elementLevels(chunk.column.ancestors);
  }

  /** The dictionary of the chunk, once the first data page was read; `null`: there is none. */
  get dictionary(): DecodedValues | null {
    return this.#dictionary;
  }

  /**
   * Reads the next data page; `null` after the last.
   *
   * @throws {FormatError} When it is damaged, or in an encoding or a codec that is not known.
   * @throws {LimitError} When it takes more memory than a page may.
   */
  async next(): Promise<ReadPage | null> {
    while (this.#left > 0) {
      const { header, byteLength } = await this.#readHeader();
      const { compressedPageSize, uncompressedPageSize, type } = header;
      const at = this.#position + byteLength;
      if (compressedPageSize < 0 || uncompressedPageSize < 0) {
        throw this.#damaged("a page has a negative size");
      }
      if (at + compressedPageSize > this.#chunk.end) throw this.#damaged("a page is cut off");
      const { maxPageBytes } = this.#resources.limits;
      if (Math.max(compressedPageSize, uncompressedPageSize) > maxPageBytes) {
        throw new LimitError(
          this.#chunk.column.name,
          -1,
          `Cannot read a page of more than ${maxPageBytes} bytes`,
        );
      }
      const bytes = this.#window.get(at, compressedPageSize) ??
        await this.#window.moveTo(at, compressedPageSize);
      const body = bytes.subarray(0, compressedPageSize);
      this.#position = at + compressedPageSize;
      try {
        this.#resources.beginPage(body.length);
        this.#checkChecksum(header, body);
        if (type === "DICTIONARY_PAGE") this.#readDictionary(header, body);
        else if (type !== "INDEX_PAGE") return this.#readData(header, body);
      } catch (error) {
        throw this.#named(error);
      }
    }
    return null;
  }

  async #readHeader(): Promise<{ header: PageHeader; byteLength: number }> {
    const left = this.#chunk.end - this.#position;
    if (left <= 0) throw this.#damaged(`${this.#left} of its values are missing`);
    for (let length = Math.min(left, USUAL_HEADER_BYTES);;) {
      const bytes = this.#window.get(this.#position, length) ??
        await this.#window.moveTo(this.#position, length);
      try {
        return decodePageHeader(bytes, 0);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        if (length === left || length >= MAX_HEADER_BYTES) {
          throw this.#damaged(`there is no page header at ${this.#position}`, error);
        }
      }
      length = Math.min(left, length * 8);
    }
  }

  #checkChecksum({ crc }: PageHeader, body: Uint8Array): void {
    if (crc === undefined || crc32(body) === crc) return;
    throw new PageFault("page-checksum", "A page is damaged: its checksum does not match");
  }

  #readDictionary({ dictionaryPageHeader, uncompressedPageSize }: PageHeader, body: Uint8Array) {
    if (this.#dictionary !== null) throw this.#damaged("it has two dictionaries");
    const { numValues, encoding } = dictionaryPageHeader ?? { numValues: -1, encoding: null };
    if (numValues < 0 || (encoding !== "PLAIN" && encoding !== "PLAIN_DICTIONARY")) {
      throw this.#damaged("its dictionary is of a kind that is not known");
    }
    const content = decompressContent(this.#chunk.codec, body, uncompressedPageSize, this.#admit);
    // It is kept for longer than the bytes of the file are.
    const bytes = content.buffer === body.buffer ? content.slice() : content;
    this.#dictionary = decodePlain(this.#encoded(bytes, 0, numValues, new ValueBuffers()));
  }

  #readData(header: PageHeader, body: Uint8Array): ReadPage {
    const { column, codec } = this.#chunk;
    const { uncompressedPageSize, dataPageHeader: v1, dataPageHeaderV2: v2 } = header;
    const own = v2 ?? v1;
    if (own === undefined) throw this.#damaged("a page has no header of its type");
    const { numValues: entries, encoding } = own;
    if (entries < 0 || entries > this.#left) {
      throw this.#damaged(`a page has ${entries} values where ${this.#left} are left`);
    }
    const page = { body, uncompressedPageSize, codec, column, decompress: this.#decompress };
    const { repetition, definition, bytes, start } = v2 === undefined
      ? sectionsOfV1(page, v1!, this.#admit, LENIENT)
      : sectionsOfV2(page, v2, this.#admit, LENIENT);
    const resources = this.#resources;
    const repetitionLevels = this.#levels(repetition, "repetition", resources.repetitionLevels);
    const definitionLevels = this.#levels(definition, "definition", resources.definitionLevels);
    if (repetitionLevels !== null && definitionLevels !== null) {
      this.#checkNesting(repetitionLevels, definitionLevels);
    }
    const count = definitionLevels === null
      ? entries
      : countOf(definitionLevels, column.maxDefinitionLevel);
    this.#left -= entries;
    const encoded = this.#encoded(bytes, start, count, resources.values);
    return {
      entries,
      count,
      repetitionLevels,
      definitionLevels,
      ...this.#content(encoding, encoded),
    };
  }

  /**
   * Checks that what goes on with a list follows an element of it. DuckDB 2.0 goes on with arrays that are null, by entries that have
   * nothing: these count for nothing.
   */
  #checkNesting(repetitionLevels: Uint8Array, definitionLevels: Uint8Array): void {
    const elements = this.#elements;
    let previous = this.#lastDefinitionLevel;
    for (let i = 0; i < repetitionLevels.length; i++) {
      const level = definitionLevels[i]!, repetition = repetitionLevels[i]!;
      const least = elements[repetition]!;
      if (level < least) continue;
      if (previous < least && repetition > 0) {
        throw this.#damaged(`an element of a list follows nothing of it, at entry ${i} of a page`);
      }
      previous = level;
    }
    this.#lastDefinitionLevel = previous;
  }

  #content(encoding: Encoding, encoded: EncodedValues): Pick<ReadPage, "ids" | "values"> {
    if (encoding !== "RLE_DICTIONARY" && encoding !== "PLAIN_DICTIONARY") {
      return { ids: null, values: decodeValues(encoding, encoded) };
    }
    // A page of nothing but nulls needs none.
    if (this.#dictionary === null && encoded.count > 0) {
      throw this.#damaged("a page refers to a dictionary that is not there");
    }
    const entries = this.#dictionary?.count ?? 0;
    return { ids: decodeIds(encoded, entries, this.#resources.ids), values: null };
  }

  #levels(
    section: LevelSection | null,
    kind: string,
    buffer: DecodingResources["ids"],
  ): Uint8Array | null {
    if (section === null) return null;
    scanLevels(section, LENIENT);
    this.#admit(section.count);
    const levels = buffer.bytes(section.count);
    decodeLevels(section, levels, kind);
    return levels;
  }

  #encoded(
    bytes: Uint8Array,
    start: number,
    count: number,
    buffers: ValueBuffers,
  ): EncodedValues {
    const { physicalType: type, width } = this.#chunk.column;
    return { bytes, start, count, type, width, buffers, admit: this.#admit, report: LENIENT };
  }

  /** Into memory that is used again by the next page. */
  readonly #decompress: typeof decompressPage = (codec, bytes, size, admit) =>
    decompressContent(codec, bytes, size, admit, this.#room);

  readonly #room = (byteLength: number): Uint8Array => this.#resources.content.bytes(byteLength);

  readonly #admit = (byteLength: number): void => this.#resources.admit(byteLength);

  #damaged(reason: string, cause?: unknown): FormatError {
    return new FormatError(`Cannot read ${this.#chunk.where}: ${reason}`, { cause });
  }

  #named(error: unknown): unknown {
    if (!(error instanceof PageFault)) {
      // Of what is damaged, sizes may be asked for that no memory has.
      return error instanceof ParquetError || !(error instanceof RangeError)
        ? error
        : this.#damaged(messageOf(error), error);
    }
    const { message, rule } = error;
    const reason = `${message[0]!.toLowerCase()}${message.slice(1)}`;
    if (rule === "limit") return new LimitError(this.#chunk.column.name, -1, message);
    return this.#damaged(reason, error);
  }
}
