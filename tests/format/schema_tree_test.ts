import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaElement } from "../../src/format/metadata.ts";
import { buildSchemaTree, MAX_SCHEMA_DEPTH } from "../../src/format/schema_tree.ts";
import { FormatError } from "../../src/util/errors.ts";

const ROOT = (numChildren: number): SchemaElement => ({ name: "schema", numChildren });
const GROUP = (
  name: string,
  repetitionType: "REQUIRED" | "OPTIONAL" | "REPEATED",
  numChildren: number,
): SchemaElement => ({ name, repetitionType, numChildren });
const LEAF = (
  name: string,
  repetitionType: "REQUIRED" | "OPTIONAL" | "REPEATED",
): SchemaElement => ({
  name,
  repetitionType,
  type: "INT32",
});

test("buildSchemaTree() finds paths and levels of the leaves", () => {
  const { root, leaves } = buildSchemaTree([
    ROOT(3),
    LEAF("a", "REQUIRED"),
    GROUP("tags", "OPTIONAL", 1),
    GROUP("list", "REPEATED", 1),
    LEAF("element", "OPTIONAL"),
    LEAF("b.c", "REPEATED"),
  ]);
  assert.equal(root.children.length, 3);
  assert.deepEqual(
    leaves.map((leaf) => [leaf.path, leaf.maxDefinitionLevel, leaf.maxRepetitionLevel]),
    [
      [["a"], 0, 0],
      [["tags", "list", "element"], 3, 1],
      [["b.c"], 1, 1],
    ],
  );
});

test("buildSchemaTree() takes a repetition type of the root for nothing, and 0 children of a leaf", () => {
  const { leaves } = buildSchemaTree([
    { ...ROOT(1), repetitionType: "REPEATED" },
    { ...LEAF("a", "OPTIONAL"), numChildren: 0 },
  ]);
  assert.deepEqual(leaves.map((leaf) => [leaf.maxDefinitionLevel, leaf.maxRepetitionLevel]), [[
    1,
    0,
  ]]);
});

test("buildSchemaTree() refuses what is not one tree", () => {
  const cases: [SchemaElement[], string][] = [
    [[], "nothing"],
    [[ROOT(2), LEAF("a", "REQUIRED")], "a node too few"],
    [[ROOT(1), LEAF("a", "REQUIRED"), LEAF("b", "REQUIRED")], "a node too many"],
    [[ROOT(2 ** 31 - 1), LEAF("a", "REQUIRED")], "far too few nodes"],
    [[ROOT(1), { name: "a", type: "INT32" }], "no repetition type"],
    [[ROOT(1), { name: "a", repetitionType: "OPTIONAL" }], "neither leaf nor group"],
    [[ROOT(1), { ...GROUP("a", "OPTIONAL", -1) }], "a negative number of children"],
    [[ROOT(1), { ...LEAF("a", "OPTIONAL"), numChildren: 1 }, LEAF("b", "OPTIONAL")], "both"],
    [
      [ROOT(1), ...new Array(100_000).fill(GROUP("g", "REQUIRED", 1)), LEAF("a", "REQUIRED")],
      "far too deep",
    ],
  ];
  const deep = new Array(MAX_SCHEMA_DEPTH - 2).fill(GROUP("g", "REQUIRED", 1));
  const leaves = new Array(2 ** 18).fill(LEAF("a", "REQUIRED"));
  const wide = [ROOT(1), ...deep, GROUP("h", "REQUIRED", leaves.length), ...leaves];
  cases.push([wide, "paths of far more names than there are nodes"]);
  for (const [schema, what] of cases) {
    assert.throws(() => buildSchemaTree(schema), FormatError, what);
  }
  const deepest = [
    ROOT(1),
    ...new Array(MAX_SCHEMA_DEPTH - 1).fill(GROUP("g", "REQUIRED", 1)),
    LEAF("a", "REQUIRED"),
  ];
  assert.equal(buildSchemaTree(deepest).leaves[0]!.path.length, MAX_SCHEMA_DEPTH);
});
