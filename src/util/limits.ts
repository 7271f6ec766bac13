/**
 * Numbers that nothing in a file, or on the way to it, may exceed.
 *
 * They are plain data that goes where they are needed, into workers too, so that tests can lower them and see what happens
 * at each. Nobody else can: they are no options.
 *
 * @module
 */

/** What must not be exceeded. */
export interface Limits {
  /** Bytes of a record, in which a range of rows of one column goes to its encoder: positions in it are i32. */
  readonly maxRecordBytes: number;
  /** Bytes of a page without its header: sizes in page headers are i32, and in offset indexes, where the header counts. */
  readonly maxPageBytes: number;
  /** Values and nulls of a page that has more than one row. Far below an i32: levels take memory, a byte each. */
  readonly maxPageEntries: number;
  /** Bytes of a footer: readers keep its length in an i32. */
  readonly maxFooterBytes: number;
  /** Ordinal of a row group, an i16; those after it have none. */
  readonly maxOrdinal: number;
  /** Bytes of a file, and rows: what a number holds exactly. */
  readonly maxOffset: number;
}

/** The limits that hold. */
export const LIMITS: Limits = {
  maxRecordBytes: 2 ** 31 - 64,
  maxPageBytes: 2 ** 31 - 1 - 1024,
  maxPageEntries: 2 ** 28,
  maxFooterBytes: 2 ** 31 - 1,
  maxOrdinal: 2 ** 15 - 1,
  maxOffset: Number.MAX_SAFE_INTEGER,
};
