/**
 * SHA-256: of the runtime's own module where it has one, which takes half as long as WebCrypto (16 MiB: 9.5 ms against 20 on Node, Deno and
 * Bun) and copies nothing.
 *
 * @module
 */

import type { Steps } from "../util/steps.ts";
import { builtinModule } from "./builtin_modules.ts";
import { inTurns } from "./clock.ts";

/** Bytes of a step: under a millisecond. */
const STEP_BYTES = 1024 * 1024;

/** SHA-256 of bytes, which must stay as they are until then. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const crypto_ = builtinModule("node:crypto");
  if (crypto_ === null) return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = crypto_.createHash("sha256");
  await inTurns((function* (): Steps<void> {
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      hash.update(bytes.subarray(at, at + STEP_BYTES));
      yield;
    }
  })());
  return hash.digest();
}
