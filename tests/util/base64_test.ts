import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBase64 } from "../../src/util/base64.ts";

test("encodeBase64() agrees with the platform", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 255, 256, 8191, 8192, 8193, 24_577]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + (i >> 8)) & 255);
    assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"), `${length} bytes`);
  }
  const part = new Uint8Array([1, 2, 3, 250, 251, 252]).subarray(3, 5);
  assert.equal(encodeBase64(part), "+vs=");
});
