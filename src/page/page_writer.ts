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
import { LimitError } from "../util/errors.ts";
import type { Mutable } from "../util/mutable.ts";
import { ChunkBuffer } from "./chunk_buffer.ts";
import { PageChecksum } from "./page_checksum.ts";

/** Kernels may write this much beyond what they report. */
const OVERRUN_BYTES = 16;

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

  /** Writes a data page of the values that the encoder holds. */
  writeDataPage(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    out: ChunkBuffer,
  ): PageSizes {
    const { version, maxRepetitionLevel, maxDefinitionLevel } = format;
    const { entries, rows, firstRow } = levels;
    const repetitionWidth = bitWidth(maxRepetitionLevel);
    const definitionWidth = bitWidth(maxDefinitionLevel);
    const { encoding, count } = encoder;
    const room = 8 + maxHybridSize(entries, repetitionWidth) +
      maxHybridSize(entries, definitionWidth) + OVERRUN_BYTES;
    const first = version === "1.0";
    const hasLevels = repetitionWidth > 0 || definitionWidth > 0;
    // Values that lie ready stay where they are, unless a codec has to have them behind the levels.
    const inPlace = encoder.take !== undefined &&
      !(first && hasLevels && format.compressor !== null);
    const body = this.#body.reserve(inPlace ? room : room + encoder.maxByteLength);
    if (first) {
      let end = body;
      if (repetitionWidth > 0) {
        end = this.#prefixedLevels(levels.repetition, levels, repetitionWidth, end);
      }
      if (definitionWidth > 0) {
        end = this.#prefixedLevels(levels.definition, levels, definitionWidth, end);
      }
      const levelBytes = end - body;
      const header: Mutable<PageHeader> = {
        type: "DATA_PAGE",
        uncompressedPageSize: 0,
        compressedPageSize: 0,
        dataPageHeader: {
          numValues: entries,
          encoding,
          definitionLevelEncoding: "RLE",
          repetitionLevelEncoding: "RLE",
        },
      };
      if (inPlace) {
        const { pointer, byteLength } = encoder.take!();
        const plain = { pointer: body, byteLength: levelBytes };
        return this.#store(format, firstRow, plain, { pointer, byteLength }, out, header);
      }
      const byteLength = levelBytes + encoder.write(end);
      return this.#store(format, firstRow, NOTHING, { pointer: body, byteLength }, out, header);
    }
    const repetition = repetitionWidth > 0
      ? this.#kernels.hybrid8(levels.repetition, entries, repetitionWidth, body)
      : 0;
    const definition = definitionWidth > 0
      ? this.#kernels.hybrid8(levels.definition, entries, definitionWidth, body + repetition)
      : 0;
    const levelBytes = repetition + definition;
    const values = inPlace
      ? encoder.take!()
      : { pointer: body + levelBytes, byteLength: encoder.write(body + levelBytes) };
    return this.#store(
      format,
      firstRow,
      { pointer: body, byteLength: levelBytes },
      values,
      out,
      {
        type: "DATA_PAGE_V2",
        uncompressedPageSize: 0,
        compressedPageSize: 0,
        dataPageHeaderV2: {
          numValues: entries,
          numNulls: entries - count,
          numRows: rows,
          encoding,
          definitionLevelsByteLength: definition,
          repetitionLevelsByteLength: repetition,
          isCompressed: true,
        },
      },
    );
  }

  /** Writes the dictionary page: `byteLength` PLAIN bytes that `fill` puts where it is told to. */
  writeDictionaryPage(
    format: PageFormat,
    entries: number,
    byteLength: number,
    fill: (dst: Pointer) => void,
    out: ChunkBuffer,
  ): PageSizes {
    const pointer = this.#body.reserve(byteLength + OVERRUN_BYTES);
    fill(pointer);
    return this.#store(format, -1, NOTHING, { pointer, byteLength }, out, {
      type: "DICTIONARY_PAGE",
      uncompressedPageSize: 0,
      compressedPageSize: 0,
      dictionaryPageHeader: { numValues: entries, encoding: "PLAIN" },
    });
  }

  /** Gives all memory back. */
  release(): void {
    this.#body.release();
    this.#checksum.release();
  }

  /** The form of data page v1: a u32 length before the levels. Returns where they end. */
  #prefixedLevels(src: Pointer, levels: PageLevels, width: number, dst: Pointer): Pointer {
    const bytes = this.#kernels.hybrid8(src, levels.entries, width, dst + 4);
    putU32(this.#kernels.memory.u8, dst, bytes);
    return dst + 4 + bytes;
  }

  /**
   * Compresses `rest`, and appends header and page. `plain` comes before it and stays as it is. `row`: the first one, for messages,
   * -1 for none. `header` has neither sizes nor a checksum yet; that of data page v2 can say that nothing was compressed after all.
   */
  #store(
    format: PageFormat,
    row: number,
    plain: EncodedValues,
    rest: EncodedValues,
    out: ChunkBuffer,
    header: Mutable<PageHeader>,
  ): PageSizes {
    const { compressor } = format;
    const { memory } = this.#kernels;
    const bytes = rest.byteLength;
    const second = header.dataPageHeaderV2;
    this.#checkSize(format, row, plain.byteLength + bytes);
    let compressed: Uint8Array | null = null;
    if (compressor !== null && (second === undefined || bytes > 0)) {
      compressed = compressor.compress(rest.pointer, bytes);
      if (second !== undefined && compressed.length >= bytes) compressed = null;
      else this.#checkSize(format, row, plain.byteLength + compressed.length);
    }
    const uncompressedSize = plain.byteLength + bytes;
    const compressedSize = plain.byteLength + (compressed?.length ?? bytes);
    header.uncompressedPageSize = uncompressedSize;
    header.compressedPageSize = compressedSize;
    if (second !== undefined) {
      header.dataPageHeaderV2 = { ...second, isCompressed: compressed !== null };
    }
    // Views of kernel memory are made anew where it may have grown: a codec does that, and so does the checksum.
    if (format.checksum) {
      let sum = 0;
      if (plain.byteLength > 0) sum = this.#checksum.add(viewOf(memory, plain), sum);
      header.crc = this.#checksum.add(compressed ?? viewOf(memory, rest), sum) | 0;
    }
    const headerBytes = encodePageHeaderView(header);
    const headerLength = headerBytes.length;
    out.append(headerBytes);
    if (plain.byteLength > 0) out.append(viewOf(memory, plain));
    out.append(compressed ?? viewOf(memory, rest));
    return {
      uncompressed: headerLength + uncompressedSize,
      compressed: headerLength + compressedSize,
    };
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

/** Bits that hold the numbers from 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
