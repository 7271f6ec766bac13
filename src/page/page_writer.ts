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
import { STEP_BYTES, type Steps } from "../util/steps.ts";
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

/** Where levels and values of a page go. */
interface PageTarget {
  readonly pointer: Pointer;
  /** Whether values stay where their encoder has them. */
  readonly inPlace: boolean;
  readonly isLarge: boolean;
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
   * Writes a data page of the values that the encoder holds, in steps. A large page takes several, in memory of its own, so that other
   * pages may be written meanwhile; any other takes one.
   */
  *dataPage(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    out: ChunkBuffer,
  ): Steps<PageSizes> {
    const { version, maxRepetitionLevel, maxDefinitionLevel } = format;
    const { entries } = levels;
    const first = version === "1.0";
    const hasLevels = maxRepetitionLevel > 0 || maxDefinitionLevel > 0;
    // Values that lie ready stay where they are, unless a codec has to have them behind the levels.
    const inPlace = encoder.take !== undefined &&
      !(first && hasLevels && format.compressor !== null);
    const levelRoom = 8 + maxHybridSize(entries, bitWidth(maxRepetitionLevel)) +
      maxHybridSize(entries, bitWidth(maxDefinitionLevel)) + OVERRUN_BYTES;
    const room = inPlace ? levelRoom : levelRoom + encoder.maxByteLength;
    const isLarge = levelRoom + encoder.maxByteLength > STEP_BYTES;
    const body = isLarge ? new KernelBuffer(this.#kernels.memory) : this.#body;
    try {
      const target = { pointer: body.reserve(room), inPlace, isLarge };
      const page = first
        ? yield* this.#pageV1(format, levels, encoder, target)
        : yield* this.#pageV2(format, levels, encoder, target);
      return yield* this.#store(format, levels.firstRow, page, out, isLarge);
    } finally {
      if (isLarge) body.release();
    }
  }

  /** Writes the dictionary page, in steps: `byteLength` PLAIN bytes that `fill` puts where it is told to. */
  *dictionaryPage(
    format: PageFormat,
    entries: number,
    byteLength: number,
    fill: (dst: Pointer) => void,
    out: ChunkBuffer,
  ): Steps<PageSizes> {
    const isLarge = byteLength > STEP_BYTES;
    const body = isLarge ? new KernelBuffer(this.#kernels.memory) : this.#body;
    try {
      const pointer = body.reserve(byteLength + OVERRUN_BYTES);
      fill(pointer);
      if (isLarge) yield;
      const header: Mutable<PageHeader> = {
        type: "DICTIONARY_PAGE",
        uncompressedPageSize: 0,
        compressedPageSize: 0,
        dictionaryPageHeader: { numValues: entries, encoding: "PLAIN" },
      };
      const page = { header, plain: NOTHING, rest: { pointer, byteLength } };
      return yield* this.#store(format, -1, page, out, isLarge);
    } finally {
      if (isLarge) body.release();
    }
  }

  /** Gives all memory back. */
  release(): void {
    this.#body.release();
    this.#checksum.release();
  }

  /** Levels and values as data page v1 has them. */
  *#pageV1(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    { pointer: body, inPlace, isLarge }: PageTarget,
  ): Steps<UnstoredPage> {
    const repetitionWidth = bitWidth(format.maxRepetitionLevel);
    const definitionWidth = bitWidth(format.maxDefinitionLevel);
    const { encoding } = encoder;
    let end = body;
    if (repetitionWidth > 0) {
      end = this.#prefixedLevels(levels.repetition, levels, repetitionWidth, end);
      if (isLarge) yield;
    }
    if (definitionWidth > 0) {
      end = this.#prefixedLevels(levels.definition, levels, definitionWidth, end);
      if (isLarge) yield;
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
    const byteLength = plain.byteLength + (yield* this.#values(encoder, end, isLarge));
    return { header, plain: NOTHING, rest: { pointer: body, byteLength } };
  }

  /** Levels and values as data page v2 has them. */
  *#pageV2(
    format: PageFormat,
    levels: PageLevels,
    encoder: ValueEncoder,
    { pointer: body, inPlace, isLarge }: PageTarget,
  ): Steps<UnstoredPage> {
    const { entries, rows } = levels;
    const { encoding, count } = encoder;
    const repetitionWidth = bitWidth(format.maxRepetitionLevel);
    const definitionWidth = bitWidth(format.maxDefinitionLevel);
    let end = body;
    if (repetitionWidth > 0) {
      end += this.#kernels.hybrid8(levels.repetition, entries, repetitionWidth, end);
      if (isLarge) yield;
    }
    const repetitionLevelsByteLength = end - body;
    if (definitionWidth > 0) {
      end += this.#kernels.hybrid8(levels.definition, entries, definitionWidth, end);
      if (isLarge) yield;
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
    const byteLength = yield* this.#values(encoder, end, isLarge);
    return { header, plain, rest: { pointer: end, byteLength } };
  }

  /** Writes the values of an encoder to `dst`; returns their bytes. */
  *#values(encoder: ValueEncoder, dst: Pointer, isLarge: boolean): Steps<number> {
    let byteLength: number;
    if (isLarge && encoder.take !== undefined) {
      const taken = encoder.take();
      byteLength = taken.byteLength;
      for (let at = 0; at < byteLength; at += STEP_BYTES) {
        const from = taken.pointer + at;
        const to = Math.min(from + STEP_BYTES, taken.pointer + byteLength);
        this.#kernels.memory.u8.copyWithin(dst + at, from, to);
        yield;
      }
    } else {
      byteLength = encoder.write(dst);
      if (isLarge) yield;
    }
    return byteLength;
  }

  /** The form of data page v1: a u32 length before the levels. Returns where they end. */
  #prefixedLevels(src: Pointer, levels: PageLevels, width: number, dst: Pointer): Pointer {
    const bytes = this.#kernels.hybrid8(src, levels.entries, width, dst + 4);
    putU32(this.#kernels.memory.u8, dst, bytes);
    return dst + 4 + bytes;
  }

  /** Compresses what of a page is to be compressed, and appends header and page. `row`: the first one, for messages, -1 for none. */
  *#store(
    format: PageFormat,
    row: number,
    { header, plain, rest }: UnstoredPage,
    out: ChunkBuffer,
    isLarge: boolean,
  ): Steps<PageSizes> {
    const { compressor } = format;
    const { memory } = this.#kernels;
    const bytes = rest.byteLength;
    const second = header.dataPageHeaderV2;
    this.#checkSize(format, row, plain.byteLength + bytes);
    let compressed: readonly Uint8Array[] | null = null;
    let stored = bytes;
    if (compressor !== null && (second === undefined || bytes > 0)) {
      const result = compressor.compress(rest.pointer, bytes);
      if (second === undefined || result.length < bytes) {
        this.#checkSize(format, row, plain.byteLength + result.length);
        stored = result.length;
        // The compressor is others' too, in the turns to come.
        compressed = isLarge ? copiesOf(result) : [result];
      }
    }
    const sizes = { uncompressed: plain.byteLength + bytes, compressed: plain.byteLength + stored };
    header.uncompressedPageSize = sizes.uncompressed;
    header.compressedPageSize = sizes.compressed;
    if (second !== undefined) {
      header.dataPageHeaderV2 = { ...second, isCompressed: compressed !== null };
    }
    // Views of kernel memory are made anew where it may have grown: a codec does that, so does the checksum, and whoever has a turn.
    const parts = function* (): Generator<Uint8Array> {
      if (plain.byteLength > 0) yield* viewsOf(memory, plain);
      yield* compressed ?? viewsOf(memory, rest);
    };
    if (format.checksum) {
      let sum = 0;
      for (const part of parts()) {
        sum = this.#checksum.add(part, sum);
        if (isLarge) yield;
      }
      header.crc = sum | 0;
    }
    const headerBytes = encodePageHeaderView(header);
    const headerLength = headerBytes.length;
    out.append(headerBytes);
    for (const part of parts()) {
      out.append(part);
      if (isLarge) yield;
    }
    return {
      uncompressed: headerLength + sizes.uncompressed,
      compressed: headerLength + sizes.compressed,
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

/** Bytes in kernel memory, piece by piece. */
function* viewsOf(
  memory: KernelMemory,
  { pointer, byteLength }: EncodedValues,
): Generator<Uint8Array> {
  for (let at = 0; at < byteLength || at === 0; at += STEP_BYTES) {
    const length = Math.min(STEP_BYTES, byteLength - at);
    yield memory.u8.subarray(pointer + at, pointer + at + length);
  }
}

/** The same bytes in pieces that nobody else has. */
function copiesOf(bytes: Uint8Array): Uint8Array[] {
  const copies: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    copies.push(new Uint8Array(bytes.subarray(at, at + STEP_BYTES)));
  }
  return copies;
}

/** Bits that hold the numbers from 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
