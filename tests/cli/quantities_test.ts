import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../src/cli/failure.ts";
import { progressText } from "../../src/cli/progress.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  parseBytes,
  parseInteger,
} from "../../src/cli/quantities.ts";

test("formatBytes() gives three digits", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.00 KiB"],
    [10_230, "9.99 KiB"],
    [10_239, "10.0 KiB"],
    [102_399, "100 KiB"],
    [1_048_064, "1.00 MiB"],
    [5 * 2 ** 20, "5.00 MiB"],
    [2 ** 40 * 12.34, "12.3 TiB"],
    [2 ** 50 * 2000, "2,000 PiB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test("formatCount(), formatRatio(), formatRate(), formatDuration() are the same in every locale", () => {
  assert.equal(formatCount(0), "0");
  assert.equal(formatCount(999), "999");
  assert.equal(formatCount(1000), "1,000");
  assert.equal(formatCount(1_234_567), "1,234,567");
  assert.equal(formatRatio(null), "-");
  assert.equal(formatRatio(4.409), "4.41");
  assert.equal(formatRate(2 ** 20 * 50, 100), "500 MiB/s");
  assert.equal(formatRate(1, 0), "0.00 MiB/s");
  assert.equal(formatDuration(310), "0.31 s");
  assert.equal(formatDuration(125_000), "2:05 min");
});

test("parseBytes() reads sizes with and without units", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["4096", 4096],
    ["4096B", 4096],
    ["64KiB", 65_536],
    ["64kb", 65_536],
    ["64 K", 65_536],
    ["256MiB", 2 ** 28],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["1T", 2 ** 40],
  ];
  for (const [text, bytes] of cases) assert.equal(parseBytes("--x", text), bytes);
  for (
    const text of ["", "x", "-1", "1QB", "1e3", "0x10", "1.3", "99999999999999999999", "Infinity"]
  ) {
    assert.throws(() => parseBytes("--x", text), UsageError, text);
  }
});

test("parseInteger() reads whole numbers only", () => {
  assert.equal(parseInteger("--x", "12"), 12);
  for (const text of ["", "1.0", "-1", "1e3", " 1", "0x10", "9007199254740993"]) {
    assert.throws(
      () => parseInteger("--x", text),
      /Cannot set --x to ".*": expected a whole number/,
    );
  }
});

test("progressText() says how far it is, how fast, and how long it takes", () => {
  const half = progressText(1_500_000, 50 * 2 ** 20, 100 * 2 ** 20, 1000);
  assert.equal(half, "████████████░░░░░░░░░░░░  50 %  1,500,000 rows  50.0 MiB/s  1.00 s left");
  assert.equal(progressText(0, 0, 100, 0), "░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 rows  0.00 MiB/s");
  // Unknown size: what was read so far.
  assert.equal(progressText(10, 2 ** 20, null, 500), "1.00 MiB  10 rows  2.00 MiB/s");
  // A file that grows while it is read.
  assert.match(progressText(10, 200, 100, 900), /█{24} 100 %/);
});
