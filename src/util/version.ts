/**
 * The version of this library, as `package.json` says it (a test compares the two).
 *
 * @module
 */

/** Version of this library. */
export const VERSION: string = "0.1.0";
