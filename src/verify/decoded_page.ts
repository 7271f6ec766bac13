/**
 * What a page turns out to hold, once every byte of it was looked at.
 *
 * @module
 */

import type { PageHeader } from "../format/metadata.ts";

/** Values, PLAIN and without nulls. Valid until the next page is decoded. */
export interface DecodedValues {
  readonly count: number;
  /**
   * Fixed width: `count × width` bytes, little-endian as PLAIN has them (BOOLEAN: one byte each, 0 or 1). Byte arrays: their
   * bytes, without lengths. Starts at a multiple of 8 bytes of its buffer.
   */
  readonly bytes: Uint8Array;
  /** Byte arrays: `count + 1` offsets into `bytes`, from 0 on; else `null`. */
  readonly offsets: Uint32Array | null;
}

/** A dictionary page. */
export interface DecodedDictionary {
  readonly header: PageHeader;
  readonly values: DecodedValues;
}

/** A data page. */
export interface DecodedPage {
  /** Ordinal among the data pages of the chunk. */
  readonly ordinal: number;
  readonly header: PageHeader;
  /** Of the header, in the file. */
  readonly offset: number;
  /** Bytes in the file, header included. */
  readonly byteLength: number;
  /** Levels and values: `num_values` of the header. */
  readonly entries: number;
  /** Rows that begin in this page. */
  readonly rows: number;
  /** Row of the chunk with which the page begins. */
  readonly firstRow: number;
  /** One a entry; `null` where the maximum level is 0. */
  readonly repetitionLevels: Uint8Array | null;
  /** One a entry; `null` where the maximum level is 0. */
  readonly definitionLevels: Uint8Array | null;
  /** Ids into the dictionary, where the page is dictionary-encoded; else `null`. */
  readonly ids: Uint32Array | null;
  /** The values themselves: where `ids` is given, those that the dictionary has for them, made on first use. */
  values(): DecodedValues;
}
