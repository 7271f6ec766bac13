/** SECURITY.md says of each limit what holds. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DEFAULT_INPUT_LIMITS } from "../../src/util/input_limits.ts";

/** Limits as they are written in the tables. */
const WRITTEN: Readonly<Record<keyof typeof DEFAULT_INPUT_LIMITS, string>> = {
  maxBatchBytes: "256 MiB or 64 × S",
  maxExpansion: "256 MiB or 64 × S",
  maxPlainBytes: "16 GiB or 64 × S",
  maxHeldBytes: "1 GiB",
  maxFooterBytes: "128 MiB",
  maxPageBytes: "256 MiB",
  maxDecodedBytes: "16 GiB or 16,384 × S",
  maxDecodedExpansion: "16 GiB or 16,384 × S",
};

function bytesOf(text: string): number[] {
  return [...text.matchAll(/([\d,]+)(?: (MiB|GiB))?/g)].map(([, digits, unit]) =>
    Number(digits!.replaceAll(",", "")) * (unit === "MiB" ? 2 ** 20 : unit === "GiB" ? 2 ** 30 : 1)
  );
}

test("SECURITY.md names every limit, with its default", () => {
  const rows = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8").split("\n")
    .filter((line) => line.startsWith("|"));
  assert.deepEqual(Object.keys(WRITTEN), Object.keys(DEFAULT_INPUT_LIMITS));
  for (const [name, value] of Object.entries(DEFAULT_INPUT_LIMITS)) {
    const written = WRITTEN[name as keyof typeof WRITTEN];
    assert.ok(bytesOf(written).includes(value), `${name} is ${value}`);
    assert.ok(rows.some((row) => row.includes(name) && row.includes(written)), name);
  }
});
