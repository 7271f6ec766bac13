import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isJson } from "../../src/verify/values/json_syntax.ts";
import { countAllocations } from "../support/allocations.ts";

const utf8 = new TextEncoder();

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("isJson() says what JSON.parse() says", () => {
  const texts = [
    ...'[] {} [[]] [1,] [,1] {"a":1,} {"a" : [ ] } 01 -0 -01 1. .5 1e5 1E+ 1e-07 -'.split(" "),
    ...["", " ", "\ufeff1", "tru", "true", "nullx", '"\\u12g4"', '"\\ud800"', '"\t"', "'a'"],
    ...["[1 2]", "[1]]", '{"a":}', "{a:1}", '{"a":1 "b":2}', " [ 1 , 2 ]\n", '"\u00e9"', "\u00e9"],
    ...['"a', '"\\', '"\\x"', "{}{}", "[}", "{]", '{"a"}', "NaN", "[\u000b]", "1 2"],
  ];
  for (const text of texts) assert.equal(isJson(utf8.encode(text)), parses(text), text);
  fc.assert(fc.property(fc.json({ maxDepth: 4 }), (text) => isJson(utf8.encode(text))));
  const letters = fc.constantFrom(...'[]{}",:\\ue1-0.+tnull \n');
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 12 }), (list) => {
      const text = list.join("");
      assert.equal(isJson(utf8.encode(text)), parses(text), text);
    }),
    { numRuns: 5000 },
  );
});

test("isJson() makes nothing of what it reads", async () => {
  const flat = utf8.encode(`[${"[],".repeat(1_000_000)}1]`);
  const deep = utf8.encode("[".repeat(1_000_000) + "]".repeat(1_000_000));
  const { bytes } = await countAllocations(() => {
    assert.ok(isJson(flat));
    assert.ok(isJson(deep));
  });
  assert.ok(bytes < 3_000_000, `${bytes}`);
});
