/**
 * Dictionary pages and data pages, versions 1 and 2: header, levels, values, compressed and summed.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import { putU32 } from "../encoding/plain_encoder.ts";
import type { ValueEncoder } from "../encoding/value_encoder.ts";
import type { Encoding, PageHeader } from "../format/metadata.ts";
import { encodePageHeader } from "../format/structures.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import { type Kernels, maxHybridSize, type Pointer } from "../kernels/kernels.ts";
import { LimitError } from "../util/errors.ts";
import { ChunkBuffer } from "./chunk_buffer.ts";
import { PageChecksum } from "./page_checksum.ts";

/** Kernels may write this much beyond what they report. */
const OVERRUN_BYTES = 16;

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
    const { entries, rows } = levels;
    const repetitionWidth = bitWidth(maxRepetitionLevel);
    const definitionWidth = bitWidth(maxDefinitionLevel);
    const room = 8 + maxHybridSize(entries, repetitionWidth) +
      maxHybridSize(entries, definitionWidth) + encoder.maxByteLength + OVERRUN_BYTES;
    const numNulls = entries - encoder.count;
    const { encoding } = encoder;
    const body = this.#body.reserve(room);
    if (version === "1.0") {
      let end = body;
      if (repetitionWidth > 0) {
        end = this.#prefixedLevels(levels.repetition, levels, repetitionWidth, end);
      }
      if (definitionWidth > 0) {
        end = this.#prefixedLevels(levels.definition, levels, definitionWidth, end);
      }
      end += encoder.write(end);
      const bytes = end - body;
      return this.#store(
        format,
        levels.firstRow,
        body,
        0,
        bytes,
        out,
        (uncompressed, compressed) => ({
          type: "DATA_PAGE",
          uncompressedPageSize: uncompressed,
          compressedPageSize: compressed,
          dataPageHeader: {
            numValues: entries,
            encoding,
            definitionLevelEncoding: "RLE",
            repetitionLevelEncoding: "RLE",
          },
        }),
      );
    }
    const repetition = repetitionWidth > 0
      ? this.#kernels.hybrid8(levels.repetition, entries, repetitionWidth, body)
      : 0;
    const definition = definitionWidth > 0
      ? this.#kernels.hybrid8(levels.definition, entries, definitionWidth, body + repetition)
      : 0;
    const levelBytes = repetition + definition;
    const values = encoder.write(body + levelBytes);
    return this.#store(
      format,
      levels.firstRow,
      body,
      levelBytes,
      values,
      out,
      (uncompressed, compressed, isCompressed) => ({
        type: "DATA_PAGE_V2",
        uncompressedPageSize: uncompressed,
        compressedPageSize: compressed,
        dataPageHeaderV2: {
          numValues: entries,
          numNulls,
          numRows: rows,
          encoding,
          definitionLevelsByteLength: definition,
          repetitionLevelsByteLength: repetition,
          isCompressed,
        },
      }),
      true,
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
    const encoding: Encoding = "PLAIN";
    const body = this.#body.reserve(byteLength + OVERRUN_BYTES);
    fill(body);
    return this.#store(format, -1, body, 0, byteLength, out, (uncompressed, compressed) => ({
      type: "DICTIONARY_PAGE",
      uncompressedPageSize: uncompressed,
      compressedPageSize: compressed,
      dictionaryPageHeader: { numValues: entries, encoding },
    }));
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
   * Compresses what follows the first `plainBytes`, and appends header and page. `row`: the first one, for messages, -1 for
   * none. `mayStayPlain`: the header can say that nothing was compressed after all, as only that of data page v2 can.
   */
  #store(
    format: PageFormat,
    row: number,
    body: Pointer,
    plainBytes: number,
    bytes: number,
    out: ChunkBuffer,
    header: (uncompressed: number, compressed: number, isCompressed: boolean) => PageHeader,
    mayStayPlain = false,
  ): PageSizes {
    const { compressor } = format;
    const { memory } = this.#kernels;
    this.#checkSize(format, row, plainBytes + bytes);
    let compressed: Uint8Array | null = null;
    if (compressor !== null && (!mayStayPlain || bytes > 0)) {
      compressed = compressor.compress(body + plainBytes, bytes);
      if (mayStayPlain && compressed.length >= bytes) compressed = null;
      else this.#checkSize(format, row, plainBytes + compressed.length);
    }
    // Views of kernel memory are made anew where it may have grown: a codec does that, and so does the checksum.
    const inBody = (from: number, to: number) => memory.u8.subarray(body + from, body + to);
    const inFile = () => [
      inBody(0, plainBytes),
      compressed ?? inBody(plainBytes, plainBytes + bytes),
    ];
    const uncompressedSize = plainBytes + bytes;
    const compressedSize = plainBytes + (compressed?.length ?? bytes);
    const description = header(uncompressedSize, compressedSize, compressed !== null);
    const headerBytes = encodePageHeader(
      format.checksum ? { ...description, crc: this.#checksum.of(inFile()) } : description,
    );
    out.append(headerBytes);
    for (const part of inFile()) out.append(part);
    return {
      uncompressed: headerBytes.length + uncompressedSize,
      compressed: headerBytes.length + compressedSize,
    };
  }

  #checkSize({ path, maxBytes }: PageFormat, row: number, bytes: number): void {
    if (bytes <= maxBytes) return;
    const what = row < 0 ? "dictionary page" : "data page";
    const where = row < 0 ? "" : ": it begins with this row of the row group";
    throw new LimitError(
      path,
      row,
      `Cannot write a ${what} of ${bytes} bytes, ${maxBytes} are possible${where}`,
    );
  }
}

/** Bits that hold the numbers from 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
