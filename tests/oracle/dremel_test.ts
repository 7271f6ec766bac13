import assert from "node:assert/strict";
import { test } from "node:test";
import { assemble, type DremelNode, shred } from "./dremel.ts";
import { enumerate, numbered } from "./enumerate.ts";

const required = (...children: DremelNode[]): DremelNode => ({ repetition: "required", children });
const optional = (...children: DremelNode[]): DremelNode => ({ repetition: "optional", children });
const repeated = (...children: DremelNode[]): DremelNode => ({ repetition: "repeated", children });

test("shred() gives the columns of the paper's Document", () => {
  const document = [
    required(), // DocId
    optional(repeated(), repeated()), // Links: Backward, Forward
    repeated(repeated(required(), optional()), optional()), // Name: Language (Code, Country), Url
  ];
  const records = [
    [10, [[], [20, 40, 60]], [
      [[["en-us", "us"], ["en", null]], "http://A"],
      [[], "http://B"],
      [[["en-gb", "gb"]], null],
    ]],
    [20, [[10, 30], [80]], [[[], "http://C"]]],
  ];
  const columns = shred(document, records);
  const levels = columns.map(({ repetitionLevels, definitionLevels, values }) => [
    repetitionLevels.join(""),
    definitionLevels.join(""),
    values,
  ]);
  assert.deepEqual(levels, [
    ["00", "00", [10, 20]],
    ["001", "122", [10, 30]],
    ["0110", "2222", [20, 40, 60, 80]],
    ["02110", "22121", ["en-us", "en", "en-gb"]],
    ["02110", "32131", ["us", "gb"]],
    ["0110", "2212", ["http://A", "http://B", "http://C"]],
  ]);
  assert.deepEqual(assemble(document, columns), records);
});

const TREES: Readonly<Record<string, readonly DremelNode[]>> = {
  "required": [required()],
  "optional": [optional()],
  "repeated": [repeated()],
  "optional struct of both": [optional(required(), optional())],
  "list": [optional(repeated(optional()))],
  "required list of required": [required(repeated(required()))],
  "list of list": [optional(repeated(optional(repeated(optional()))))],
  "list of struct": [optional(repeated(optional(optional(), required())))],
  "map of list": [optional(repeated(required(), optional(repeated(optional()))))],
  "struct of two lists": [optional(optional(repeated(optional())), required(repeated(required())))],
  "list of list of struct of list": [
    optional(repeated(optional(repeated(optional(optional(repeated(optional()))))))),
  ],
};

for (const [name, roots] of Object.entries(TREES)) {
  test(`assemble() undoes shred(): ${name}`, () => {
    const records = numbered(enumerate(required(...roots), 4)) as unknown[][];
    assert.ok(new Set(records.map((record) => JSON.stringify(record))).size === records.length);
    const columns = shred(roots, records);
    assert.deepEqual(assemble(roots, columns), records);
    for (const { repetitionLevels, definitionLevels } of columns) {
      assert.equal(repetitionLevels.length, definitionLevels.length);
      assert.equal(repetitionLevels.filter((level) => level === 0).length, records.length);
    }
  });
}

test("enumerate() leaves nothing out", () => {
  // [], null, [null], [x] and every list of two of these items.
  assert.equal(enumerate(optional(repeated(optional())), 0).length, 2);
  assert.equal(enumerate(optional(repeated(optional())), 1).length, 4);
  assert.equal(enumerate(optional(repeated(optional())), 2).length, 8);
});

test("assemble() refuses columns that contradict each other", () => {
  const roots = [optional(repeated(optional()))];
  const column = { repetitionLevels: [0, 1], definitionLevels: [3, 3], values: [1, 2] };
  assert.deepEqual(assemble(roots, [column]), [[[[[1], [2]]]]]);
  for (
    const wrong of [
      { ...column, values: [1] },
      { ...column, values: [1, 2, 3] },
      { ...column, repetitionLevels: [1, 1] },
      { ...column, definitionLevels: [3, 4] },
    ]
  ) {
    assert.throws(() => assemble(roots, [wrong]));
  }
});
