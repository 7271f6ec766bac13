/**
 * What writers take besides Arrow. In a file of its own: public declarations name it, and lead to no internals.
 *
 * @module
 */

/** What one call of `write` takes, besides record batches and tables: a row, rows, columns, a source of batches. */
export type RowsLike = object;
