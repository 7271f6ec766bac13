import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64, decodeBase64Portable } from "../../src/runtime/base64.ts";
import { encodeBase64 } from "../../src/util/base64.ts";

test("decodeBase64() undoes encodeBase64()", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 37 + length);
    for (const decode of [decodeBase64, decodeBase64Portable]) {
      assert.deepEqual([...decode(encodeBase64(bytes))], [...bytes]);
    }
  }
});
