/** The gate before all readers: a strict verifier, which shares no code with the writer. */

import assert from "node:assert/strict";
import { verifyParquet } from "../../mod.ts";

/** The file itself, once nothing in it contradicts the specification. */
export async function verified<File extends Uint8Array>(file: File): Promise<File> {
  assert.deepEqual(await verifyParquet(file), []);
  return file;
}
