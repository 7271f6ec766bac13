/**
 * The way through the pages of a column chunk, from the first byte to the last.
 *
 * @module
 */

import type { PageHeader } from "../../format/metadata.ts";
import type { RandomAccess } from "../../format/read_metadata.ts";
import { decodePageHeader } from "../../format/structures.ts";
import { ByteWindow } from "./byte_window.ts";
import { ChunkDecoder } from "../pages/chunk_decoder.ts";
import type { ChunkContext, ChunkVisitor } from "../chunk_visitor.ts";
import type { Place } from "../fault.ts";
import { checkPageHeader } from "./page_header_claims.ts";
import { PageTally } from "./page_tally.ts";
import type { DecodingResources } from "../pages/decoding_resources.ts";
import type { Steps } from "../../util/steps.ts";
import { attempt, reportAttempt } from "./thrift_structure.ts";

/** A header that is longer than what is at hand may have this many bytes. */
const MAX_HEADER_BYTES = 2 ** 24;
/** Almost every header is shorter. */
const USUAL_HEADER_BYTES = 2 ** 14;

/** What the way through the pages needs of the file. */
export interface PagesSource {
  readonly file: RandomAccess;
  /** Where the first page begins. */
  readonly start: number;
  /** After the last page. */
  readonly end: number;
  /** What decoding the pages of the file may take. */
  readonly resources: DecodingResources;
  /** Called after each step, after the last of a page with the bytes that it took in the file; what it returns is waited for. */
  readonly onStep: (byteLength: number) => Promise<void> | null;
}

/** Goes through the pages of a chunk, and shows `visitor` what they hold. */
export async function readPages(
  context: ChunkContext,
  source: PagesSource,
  visitor: ChunkVisitor,
): Promise<void> {
  const walk = new PageWalk(context, source, visitor);
  visitor.finish(await walk.run());
}

/** A header, and the bytes that it takes. */
interface ReadHeader {
  readonly header: PageHeader;
  readonly byteLength: number;
}

class PageWalk {
  readonly #context: ChunkContext;
  readonly #source: PagesSource;
  readonly #visitor: ChunkVisitor;
  readonly #window: ByteWindow;
  readonly #decoder: ChunkDecoder;
  readonly #tally: PageTally;
  readonly #place: Place;
  #complete = true;

  constructor(context: ChunkContext, source: PagesSource, visitor: ChunkVisitor) {
    this.#context = context;
    this.#source = source;
    this.#visitor = visitor;
    this.#window = new ByteWindow(source.file, source.end);
    this.#decoder = new ChunkDecoder(context, source.resources);
    this.#place = { rowGroup: context.rowGroupIndex, column: context.column.name };
    this.#tally = new PageTally(context, this.#place);
  }

  /** Whether every page could be decoded. */
  async run(): Promise<boolean> {
    const { start, end, onStep } = this.#source;
    let position = start;
    while (position < end) {
      const read = await this.#readHeader(position);
      if (read === null) return false;
      const { header, byteLength: headerLength } = read;
      const byteLength = headerLength + header.compressedPageSize;
      if (!this.#checkSize(header, position, byteLength)) return false;
      if (!await this.#readPage(header, position, headerLength)) return false;
      position += byteLength;
      await onStep(byteLength);
    }
    this.#tally.finish();
    if (this.#complete) this.#decoder.finish();
    return this.#complete;
  }

  async #readHeader(position: number): Promise<ReadHeader | null> {
    const left = this.#source.end - position;
    const usual = Math.min(left, USUAL_HEADER_BYTES);
    let bytes = this.#window.get(position, usual) ?? await this.#window.moveTo(position, usual);
    const decode = () => attempt((options) => decodePageHeader(bytes, 0, options));
    let result = decode();
    const most = Math.min(left, MAX_HEADER_BYTES);
    if (result.error !== null && bytes.length < most) {
      bytes = await this.#window.moveTo(position, most);
      result = decode();
    }
    const place = { ...this.#placeOfNext(), offset: position };
    const { findings, chunk: { metaData: { numValues, totalCompressedSize } } } = this.#context;
    if (result.error !== null && this.#tally.values === numValues && this.#tally.dataPages > 0) {
      const message = `total_compressed_size is ${totalCompressedSize}, the pages end after ${
        position - this.#source.start
      }`;
      findings.add("chunk-compressed-size", message, { ...this.#place, offset: position });
      this.#tally.finish();
      return null;
    }
    reportAttempt(findings, "page header", place, result);
    return result.value;
  }

  /** Whether the page lies where it may, and is not too large to be looked at. */
  #checkSize(header: PageHeader, position: number, byteLength: number): boolean {
    const { findings } = this.#context;
    const { compressedPageSize, uncompressedPageSize } = header;
    const place = { ...this.#placeOfNext(), offset: position };
    if (compressedPageSize < 0 || uncompressedPageSize < 0) {
      const message = `the sizes of the page are ${compressedPageSize} and ${uncompressedPageSize}`;
      findings.add("page-size", message, place);
      return false;
    }
    const { end } = this.#source;
    if (position + byteLength > end) {
      const message = `the page ends at ${position + byteLength}, its column chunk at ${end}`;
      findings.add("page-size", message, place);
      return false;
    }
    return true;
  }

  /** Reads a page; `false` where what follows it cannot be made sense of. */
  async #readPage(header: PageHeader, offset: number, headerLength: number): Promise<boolean> {
    const { findings, column } = this.#context;
    const { compressedPageSize, uncompressedPageSize, type } = header;
    const place = { ...this.#placeOfNext(type), offset };
    if (!checkPageHeader(findings, header, column, place)) return false;
    const { maxPageBytes } = this.#source.resources.limits;
    if (compressedPageSize > maxPageBytes || uncompressedPageSize > maxPageBytes) {
      const size = Math.max(compressedPageSize, uncompressedPageSize);
      const message =
        `the page has ${size} bytes, of ${maxPageBytes} at most, to be allowed by limits.maxPageBytes`;
      findings.add("limit", message, place);
      return false;
    }
    const mayBeDecoded = type === "DICTIONARY_PAGE"
      ? this.#checkDictionary(place)
      : type !== "INDEX_PAGE";
    this.#tally.add(header, offset, headerLength);
    if (!mayBeDecoded) return true;
    const at = offset + headerLength;
    const bytes = this.#window.get(at, compressedPageSize) ??
      await this.#window.moveTo(at, compressedPageSize);
    const body = bytes.subarray(0, compressedPageSize);
    if (type === "DICTIONARY_PAGE") {
      // Outlives the window.
      const steps = this.#decoder.dictionarySteps(header, body.slice(), offset);
      const page = await this.#finished(steps);
      if (page === null) this.#complete = false;
      else this.#visitor.dictionary(page);
      return true;
    }
    const byteLength = headerLength + compressedPageSize;
    const steps = this.#decoder.dataPageSteps(header, body, offset, byteLength);
    const page = await this.#finished(steps);
    this.#tally.addData(header, offset, byteLength, page);
    if (page === null) this.#complete = false;
    else if (this.#visitor.pageSteps === undefined) this.#visitor.page(page);
    else await this.#finished(this.#visitor.pageSteps(page));
    return true;
  }

  /** Does all steps, and gives others their turn between them. */
  async #finished<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      const turn = this.#source.onStep(0);
      if (turn !== null) await turn;
    }
  }

  #checkDictionary(place: Place): boolean {
    const state = this.#tally.dataPages > 0
      ? "the dictionary page comes after a data page"
      : this.#tally.hasDictionary
      ? "there is a second dictionary page"
      : null;
    if (state !== null) this.#context.findings.add("dictionary-page", state, place);
    return state === null;
  }

  #placeOfNext(type?: PageHeader["type"]): Place {
    return type === "DICTIONARY_PAGE"
      ? this.#place
      : { ...this.#place, page: this.#tally.dataPages };
  }
}
