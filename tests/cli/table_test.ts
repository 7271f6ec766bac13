import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTable, shorten, type TableColumn, textWidth } from "../../src/cli/table.ts";

const COLUMNS: TableColumn[] = [
  { title: "name", align: "left", shrinkTo: 4 },
  { title: "size", align: "right", shrinkTo: 0 },
  { title: "min", align: "left", shrinkTo: 3 },
];

test("formatTable() aligns columns", () => {
  assert.deepEqual(formatTable(COLUMNS, [["a", "1", "x"], ["bcd", "12345", "yz"]], 80), [
    "name   size  min",
    "a         1  x",
    "bcd   12345  yz",
  ]);
  assert.deepEqual(formatTable(COLUMNS, [], 80), ["name  size  min"]);
});

test("formatTable() shortens what may be shortened, the widest first", () => {
  const rows = [["a".repeat(30), "7", "b".repeat(12)]];
  assert.deepEqual(formatTable(COLUMNS, rows, 40), [
    `name${" ".repeat(16)}  size  min`,
    `${"a".repeat(19)}…     7  ${"b".repeat(12)}`,
  ]);
  for (const width of [40, 30, 20, 15]) {
    const lines = formatTable(COLUMNS, rows, width);
    assert.equal(Math.max(...lines.map(textWidth)), width);
  }
  // Nothing is left to take: wider than asked for, but nothing is lost that says something.
  assert.deepEqual(formatTable(COLUMNS, rows, 5), ["name  size  min", "aaa…     7  bb…"]);
});

test("formatTable() shortens columns of a lower order first", () => {
  const columns: TableColumn[] = [
    { title: "a", align: "left", shrinkTo: 4, shrinkOrder: 1 },
    { title: "b", align: "left", shrinkTo: 4 },
  ];
  const rows = [["x".repeat(20), "y".repeat(10)]];
  assert.equal(formatTable(columns, rows, 28)[1], `${"x".repeat(20)}  yyyyy…`);
  assert.equal(formatTable(columns, rows, 20)[1], `${"x".repeat(13)}…  yyy…`);
});

test("textWidth() and shorten() count cells of a terminal, and cut no character in two", () => {
  assert.equal(textWidth("日本"), 4);
  assert.equal(textWidth("é"), 1);
  assert.equal(textWidth("👩‍👩‍👧"), 2);
  assert.equal(shorten("abcdef", 4), "abc…");
  assert.equal(shorten("日本語", 4), "日…");
  assert.equal(shorten("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assert.equal(shorten("abc", 3), "abc");
});
