import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions, settlementOf } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";

/** Whether both lead to one settlement, by which plans are found again. */
function settleAlike(a: WriterOptions, b: WriterOptions): boolean {
  const [one, other] = [resolveOptions(a), resolveOptions(b)].map(settlementOf);
  return one !== null && one === other;
}

test("settlementOf() is the same for options that say the same", () => {
  assert.ok(settleAlike({}, {}));
  assert.ok(settleAlike({ compression: "snappy" }, { compression: "snappy" }));
  const columns = () => ({ a: { encoding: "PLAIN" }, b: { statisticsEnabled: "none" } } as const);
  assert.ok(settleAlike({ columns: columns() }, { columns: columns() }));
  const sortingColumns = () => [{ column: "a", descending: true }];
  assert.ok(
    settleAlike({ sortingColumns: sortingColumns() }, { sortingColumns: sortingColumns() }),
  );
  assert.ok(settleAlike(
    { keyValueMetadata: new Map([["a", "b"]]) },
    { keyValueMetadata: new Map([["a", "b"]]) },
  ));
});

test("settlementOf() is another one for options that say something else", () => {
  assert.ok(!settleAlike({}, { compression: "snappy" }));
  assert.ok(!settleAlike({ compression: "snappy" }, { compression: "gzip" }));
  assert.ok(!settleAlike({ columns: { a: {} } }, { columns: { b: {} } }));
  assert.ok(
    !settleAlike(
      { columns: { a: { encoding: "PLAIN" } } },
      { columns: { a: { encoding: "DELTA_BINARY_PACKED" } } },
    ),
  );
  assert.ok(
    !settleAlike(
      { columns: { a: { encoding: "PLAIN" }, b: { encoding: "PLAIN" } } },
      { columns: { a: { encoding: "PLAIN" } } },
    ),
  );
  assert.ok(
    !settleAlike(
      { keyValueMetadata: new Map([["a", "b"]]) },
      { keyValueMetadata: new Map([["a", "c"]]) },
    ),
  );
});

test("resolveOptions() sees that an object says something else than before, at any depth", () => {
  const options = {
    compression: "snappy",
    keyValueMetadata: new Map([["k", "1"]]),
    columns: { a: { dataPageSizeLimit: 10 } },
    sortingColumns: [{ column: "a" }],
  };
  const resolve = () => resolveOptions(options as unknown as WriterOptions);
  assert.equal(resolve().column.compression, "snappy");
  options.compression = "gzip";
  assert.equal(resolve().column.compression, "gzip");
  options.keyValueMetadata.set("k", "2");
  assert.equal(resolve().keyValueMetadata.get("k"), "2");
  options.columns.a.dataPageSizeLimit = 11;
  assert.equal(resolve().columns[0]!.options.dataPageSizeLimit, 11);
  options.sortingColumns[0]!.column = "b";
  assert.equal(resolve().sortingColumns[0]!.column, "b");
  options.compression = "none";
  assert.throws(resolve, TypeError);
});

test("resolveOptions() gives nothing that a change of the options reaches", () => {
  const options = {
    keyValueMetadata: new Map([["k", "1"]]),
    columns: { a: { dataPageSizeLimit: 10 } },
  };
  const resolved = resolveOptions(options);
  options.keyValueMetadata.set("k", "2");
  options.columns.a.dataPageSizeLimit = 11;
  assert.equal(resolved.keyValueMetadata.get("k"), "1");
  assert.equal(resolved.columns[0]!.options.dataPageSizeLimit, 10);
});

test("resolveOptions() checks signal and onProgress at each call, and keeps neither", () => {
  const { signal } = new AbortController();
  const onProgress = () => {};
  const first = resolveOptions({ signal, onProgress, createdBy: "me" });
  assert.equal(first.signal, signal);
  assert.equal(first.onProgress, onProgress);
  assert.equal(first.createdBy, "me");
  const second = resolveOptions({ createdBy: "me" });
  assert.equal(second.signal, null);
  assert.equal(second.onProgress, null);
  assert.equal(settlementOf(first), settlementOf(second));
  const wrong = { createdBy: "me", signal: 1 } as unknown as WriterOptions;
  assert.throws(() => resolveOptions(wrong), /Cannot set option "signal" to 1/);
});

test("resolveOptions() takes what is too much to be remembered", () => {
  const columns = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`c${i}`, { dataPageSizeLimit: i + 1 }]),
  );
  const resolved = resolveOptions({ columns });
  assert.equal(resolved.columns.length, 200);
  assert.equal(settlementOf(resolved), null);
  const createdBy = "x".repeat(5000);
  assert.equal(resolveOptions({ createdBy }).createdBy, createdBy);
  assert.equal(settlementOf(resolveOptions({ createdBy })), null);
});

test("resolveOptions() tells numbers apart that are nearly the same", () => {
  assert.equal(resolveOptions({ memoryBudget: 2 }).memoryBudget, 2);
  assert.throws(() => resolveOptions({ memoryBudget: "2" as unknown as number }), TypeError);
  assert.throws(() => resolveOptions({ memoryBudget: 0 }), RangeError);
});
