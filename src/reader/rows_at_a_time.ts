/**
 * How many rows are read at a time, so that memory is bounded whatever they hold.
 *
 * @module
 */

/** Rows and bytes of a batch: bytes as they are stored before compression. */
const MAX_BATCH_ROWS = 65_536, BATCH_BYTES = 4 * 2 ** 20;
/** Bytes of a column in a batch, where a dictionary stands for them. */
const MAX_COLUMN_BYTES = 2 ** 26;

/**
 * Rows of a batch.
 *
 * @param rows Of the row group.
 * @param bytes Of its columns, before compression.
 * @param widest Bytes that a value may have.
 * @param most Rows at the most.
 */
export function rowsAtATime(
  rows: number,
  bytes: number,
  widest: number,
  most: number = MAX_BATCH_ROWS,
): number {
  const perRow = Math.max(1, bytes / Math.max(1, rows));
  return Math.max(
    1,
    Math.min(
      most,
      Math.floor(BATCH_BYTES / perRow),
      Math.floor(MAX_COLUMN_BYTES / Math.max(1, widest)),
    ),
  );
}
