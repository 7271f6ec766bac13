import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestNames } from "../../src/util/nearest_names.ts";

test("nearestNames() finds misspellings, nearest first", () => {
  const names = ["compression", "compressionLevel", "encoding", "profile", "progress"];
  assert.deepEqual(nearestNames("compresion", names), ["compression"]);
  assert.deepEqual(nearestNames("COMPRESSION", names), ["compression"]);
  assert.deepEqual(nearestNames("profiles", names, 1), ["profile"]);
  assert.deepEqual(nearestNames("banana", names), []);
  assert.deepEqual(nearestNames("", names), []);
  assert.deepEqual(nearestNames("ab", ["ac", "ab", "xb", "bb", "yz"]), ["ab", "ac", "xb"]);
});

test("nearestNames() does not look at names beyond reason", () => {
  assert.deepEqual(nearestNames("x".repeat(101), ["x".repeat(101)]), []);
  assert.deepEqual(nearestNames("x", ["x".repeat(101)]), []);
  const many = Array.from({ length: 2000 }, () => "nothing like it");
  assert.deepEqual(nearestNames("name", [...many, "name"]), []);
  assert.deepEqual(nearestNames("name", [...many.slice(1), "name"]), ["name"]);
});
