/**
 * Dictionary pages and data pages, versions 1 and 2: header, levels, values, compressed and summed.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import { putU32 } from "../encoding/plain_encoder.ts";
import type { EncodedValues, ValueEncoder } from "../encoding/value_encoder.ts";
import type { PageHeader } from "../format/metadata.ts";
import { encodePageHeaderView } from "../format/structures.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import {
  type KernelMemory,
  type Kernels,
  maxHybridSize,
  type Pointer,
} from "../kernels/kernels.ts";
import { freeBuffer } from "../util/byte_blocks.ts";
import { LimitError } from "../util/errors.ts";
import type { Mutable } from "../util/mutable.ts";
import { STEP_BYTES, type Steps } from "../util/steps.ts";
import { ChunkBuffer } from "./chunk_buffer.ts";
import { PageChecksum } from "./page_checksum.ts";

/** Kernels may write this much beyond what they report. */
const OVERRUN_BYTES = 16;

type Bytes = Uint8Array<ArrayBuffer>;

/** No bytes. */
const NOTHING: EncodedValues = { pointer: 0, byteLength: 0 };

/** What all pages of a chunk have in common. */
export interface PageFormat {
  readonly version: "1.0" | "2.0";
  readonly maxRepetitionLevel: number;
  readonly maxDefinitionLevel: number;
  /** `null`: pages are not compressed. */
  readonly compressor: Compressor | null;
  readonly checksum: boolean;
  /** Most bytes of a page, without its header. */
  readonly maxBytes: number;
  /** Dotted path, for messages. */
  readonly path: string;
}

/** The levels of one page: u8 in kernel memory, 0 where the column has none. */
export interface PageLevels {
  readonly repetition: Pointer;
  readonly definition: Pointer;
  /** Entries: values and nulls. */
  readonly entries: number;
  readonly rows: number;
  /** The first of the rows, counted from the start of the row group; for messages. */
  readonly firstRow: number;
}

/** A page that is not compressed yet. */
interface UnstoredPage {
  /** Has neither sizes nor a checksum yet; that of data page v2 can say that nothing was compressed after all. */
  readonly header: Mutable<PageHeader>;
  /** Comes first, and stays as it is. */
  readonly plain: EncodedValues;
  readonly rest: EncodedValues;
}

/** What became of a page. */
export interface PageSizes {
  /** Bytes, header included. */
  readonly uncompressed: number;
  /** Bytes, header included. */
  readonly compressed: number;
}

/** Writes pages of any column chunk. */
export class PageWriter {
  readonly #kernels: Kernels;
  readonly #body: KernelBuffer;
  readonly #checksum: PageChecksum;

  /** Creates the writer of a thread. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#body = new KernelBuffer(kernels.memory);
    this.#checksum = new PageChecksum(kernels);
  }

  /**
   * Writes a data page of the values that the encoder holds.
   *
   * @returns What became of it; of a large page, the steps that write it in memory of its own, so that others may be written meanwhile.
   */
  writeDataPage(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    out: ChunkBuffer,
  ): PageSizes | Steps<PageSizes> {
    const { version, maxRepetitionLevel, maxDefinitionLevel } = format;
    const { entries, firstRow } = levels;
    const first = version === "1.0";
    const hasLevels = maxRepetitionLevel > 0 || maxDefinitionLevel > 0;
    // Values that lie ready stay where they are, unless a codec has to have them behind the levels.
    const inPlace = encoder.take !== undefined &&
      !(first && hasLevels && format.compressor !== null);
    const levelRoom = 8 + maxHybridSize(entries, bitWidth(maxRepetitionLevel)) +
      maxHybridSize(entries, bitWidth(maxDefinitionLevel)) + OVERRUN_BYTES;
    const room = inPlace ? levelRoom : levelRoom + encoder.maxByteLength;
    const page = (body: Pointer) =>
      first
        ? this.#pageV1(format, levels, encoder, body, inPlace)
        : this.#pageV2(format, levels, encoder, body, inPlace);
    if (levelRoom + encoder.maxByteLength > STEP_BYTES) {
      return this.#storeInSteps(format, firstRow, room, page, out);
    }
    return this.#store(format, firstRow, page(this.#body.reserve(room)), out);
  }

  /**
   * Writes the dictionary page: `byteLength` PLAIN bytes that `fill` puts where it is told to.
   *
   * @returns As {@linkcode writeDataPage}.
   */
  writeDictionaryPage(
    format: PageFormat,
    entries: number,
    byteLength: number,
    fill: (dst: Pointer) => void,
    out: ChunkBuffer,
  ): PageSizes | Steps<PageSizes> {
    const page = (pointer: Pointer): UnstoredPage => {
      fill(pointer);
      const header: Mutable<PageHeader> = {
        type: "DICTIONARY_PAGE",
        uncompressedPageSize: 0,
        compressedPageSize: 0,
        dictionaryPageHeader: { numValues: entries, encoding: "PLAIN" },
      };
      return { header, plain: NOTHING, rest: { pointer, byteLength } };
    };
    const room = byteLength + OVERRUN_BYTES;
    if (byteLength > STEP_BYTES) return this.#storeInSteps(format, -1, room, page, out);
    return this.#store(format, -1, page(this.#body.reserve(room)), out);
  }

  /** Gives all memory back. */
  release(): void {
    this.#body.release();
    this.#checksum.release();
  }

  /** Levels and values as data page v1 has them. */
  #pageV1(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    body: Pointer,
    inPlace: boolean,
  ): UnstoredPage {
    const repetitionWidth = bitWidth(format.maxRepetitionLevel);
    const definitionWidth = bitWidth(format.maxDefinitionLevel);
    const { encoding } = encoder;
    let end = body;
    if (repetitionWidth > 0) {
      end = this.#prefixedLevels(levels.repetition, levels, repetitionWidth, end);
    }
    if (definitionWidth > 0) {
      end = this.#prefixedLevels(levels.definition, levels, definitionWidth, end);
    }
    const header: Mutable<PageHeader> = {
      type: "DATA_PAGE",
      uncompressedPageSize: 0,
      compressedPageSize: 0,
      dataPageHeader: {
        numValues: levels.entries,
        encoding,
        definitionLevelEncoding: "RLE",
        repetitionLevelEncoding: "RLE",
      },
    };
    const plain = { pointer: body, byteLength: end - body };
    if (inPlace) return { header, plain, rest: encoder.take!() };
    const taken = encoder.takeBehind?.(plain) ?? null;
    if (taken !== null) return { header, plain: NOTHING, rest: taken };
    const byteLength = plain.byteLength + encoder.write(end);
    return { header, plain: NOTHING, rest: { pointer: body, byteLength } };
  }

  /** Levels and values as data page v2 has them. */
  #pageV2(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    body: Pointer,
    inPlace: boolean,
  ): UnstoredPage {
    const { entries, rows } = levels;
    const { encoding, count } = encoder;
    const repetitionWidth = bitWidth(format.maxRepetitionLevel);
    const definitionWidth = bitWidth(format.maxDefinitionLevel);
    let end = body;
    if (repetitionWidth > 0) {
      end += this.#kernels.hybrid8(levels.repetition, entries, repetitionWidth, end);
    }
    const repetitionLevelsByteLength = end - body;
    if (definitionWidth > 0) {
      end += this.#kernels.hybrid8(levels.definition, entries, definitionWidth, end);
    }
    const header: Mutable<PageHeader> = {
      type: "DATA_PAGE_V2",
      uncompressedPageSize: 0,
      compressedPageSize: 0,
      dataPageHeaderV2: {
        numValues: entries,
        numNulls: entries - count,
        numRows: rows,
        encoding,
        definitionLevelsByteLength: end - body - repetitionLevelsByteLength,
        repetitionLevelsByteLength,
        isCompressed: true,
      },
    };
    const plain = { pointer: body, byteLength: end - body };
    if (inPlace) return { header, plain, rest: encoder.take!() };
    return { header, plain, rest: { pointer: end, byteLength: encoder.write(end) } };
  }

  /** The form of data page v1: a u32 length before the levels. Returns where they end. */
  #prefixedLevels(src: Pointer, levels: PageLevels, width: number, dst: Pointer): Pointer {
    const bytes = this.#kernels.hybrid8(src, levels.entries, width, dst + 4);
    putU32(this.#kernels.memory.u8, dst, bytes);
    return dst + 4 + bytes;
  }

  /** Compresses what of a page is to be compressed, and appends header and page. `row`: the first one, for messages, -1 for none. */
  #store(format: PageFormat, row: number, page: UnstoredPage, out: ChunkBuffer): PageSizes {
    const { memory } = this.#kernels;
    const { header, plain, rest } = page;
    const compressed = this.#compress(format, row, page);
    const sum = format.checksum && plain.byteLength > 0
      ? this.#checksum.add(viewOf(memory, plain), 0)
      : 0;
    // Views of kernel memory are made where it cannot grow any more: a codec does that, and so does the checksum of other memory.
    const stored = compressed ?? viewOf(memory, rest);
    if (format.checksum) header.crc = this.#checksum.add(stored, sum) | 0;
    const headerLength = appendHeader(header, out);
    if (plain.byteLength > 0) out.append(viewOf(memory, plain));
    out.append(stored);
    return sizesOf(header, headerLength);
  }

  /** The same for a large page, which `make` makes in as much memory as it says. */
  *#storeInSteps(
    format: PageFormat,
    row: number,
    room: number,
    make: (body: Pointer) => UnstoredPage,
    out: ChunkBuffer,
  ): Steps<PageSizes> {
    const { memory } = this.#kernels;
    const body = new KernelBuffer(memory);
    let own: Bytes | null = null;
    try {
      const page = make(body.reserve(room));
      const { header, plain, rest } = page;
      yield;
      const result = this.#compress(format, row, page);
      // The compressor is others' too, in the turns to come.
      own = result === null ? null : ownBytes(result);
      const compressed = own === null ? null : piecesOf(own);
      const pieces = function* (): Generator<Uint8Array> {
        yield* piecesIn(memory, plain);
        yield* compressed ?? piecesIn(memory, rest);
      };
      yield;
      if (format.checksum) {
        let sum = 0;
        for (const piece of pieces()) {
          sum = this.#checksum.add(piece, sum);
          yield;
        }
        header.crc = sum | 0;
      }
      const headerLength = appendHeader(header, out);
      for (const piece of pieces()) {
        out.append(piece);
        yield;
      }
      return sizesOf(header, headerLength);
    } finally {
      body.release();
      if (own !== null) freeBuffer(own.buffer);
    }
  }

  /** Compresses a page, unless it stays as it is, and puts its sizes into its header. The result is valid as the codec says. */
  #compress(format: PageFormat, row: number, { header, plain, rest }: UnstoredPage) {
    const { compressor } = format;
    const bytes = rest.byteLength;
    const second = header.dataPageHeaderV2;
    this.#checkSize(format, row, plain.byteLength + bytes);
    let compressed: Uint8Array | null = null;
    if (compressor !== null && (second === undefined || bytes > 0)) {
      compressed = compressor.compress(rest.pointer, bytes);
      if (second !== undefined && compressed.length >= bytes) compressed = null;
      else this.#checkSize(format, row, plain.byteLength + compressed.length);
    }
    header.uncompressedPageSize = plain.byteLength + bytes;
    header.compressedPageSize = plain.byteLength + (compressed?.length ?? bytes);
    if (second !== undefined) {
      header.dataPageHeaderV2 = { ...second, isCompressed: compressed !== null };
    }
    return compressed;
  }

  #checkSize({ path, maxBytes }: PageFormat, row: number, bytes: number): void {
    if (bytes <= maxBytes) return;
    const what = row < 0 ? "dictionary page" : "data page";
    const where = row < 0 ? "" : "; the page starts at this row of the row group";
    throw new LimitError(
      path,
      row,
      `Cannot write a ${what} of ${bytes} bytes (limit ${maxBytes})${where}`,
    );
  }
}

function viewOf({ u8 }: KernelMemory, { pointer, byteLength }: EncodedValues): Uint8Array {
  return u8.subarray(pointer, pointer + byteLength);
}

/** Appends a header; returns its bytes. */
function appendHeader(header: PageHeader, out: ChunkBuffer): number {
  const bytes = encodePageHeaderView(header);
  out.append(bytes);
  return bytes.length;
}

function sizesOf(header: PageHeader, headerLength: number): PageSizes {
  return {
    uncompressed: headerLength + header.uncompressedPageSize,
    compressed: headerLength + header.compressedPageSize,
  };
}

/** Bytes in kernel memory, piece by piece, each where it is when it is asked for. */
function* piecesIn(
  memory: KernelMemory,
  { pointer, byteLength }: EncodedValues,
): Generator<Uint8Array> {
  for (let at = 0; at < byteLength; at += STEP_BYTES) {
    const length = Math.min(STEP_BYTES, byteLength - at);
    yield viewOf(memory, { pointer: pointer + at, byteLength: length });
  }
}

/** What a compressor has returned, to be kept. */
function ownBytes(bytes: Uint8Array): Bytes {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes as Bytes : bytes.slice();
}

/** Views of the pieces of bytes that are worth a step each. */
function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / STEP_BYTES);
  return Array.from(
    { length: count },
    (_, i) => bytes.subarray(i * STEP_BYTES, (i + 1) * STEP_BYTES),
  );
}

/** Bits that hold the numbers from 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
