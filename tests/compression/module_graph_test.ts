import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);

/** Every file that `entry` imports, however indirectly; types left out. */
function importedBy(entry: string): Set<string> {
  const seen = new Set<string>();
  const visit = (url: URL) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const source = readFileSync(url, "utf8");
    for (
      const [, specifier] of source.matchAll(
        /^(?:import|export)\s(?!type\b)[^;]*?from\s+"(\.[^"]+)"/gm,
      )
    ) {
      visit(new URL(specifier!, url));
    }
  };
  visit(new URL(entry, ROOT));
  return new Set([...seen].map((href) => href.slice(ROOT.href.length)));
}

test("workers do not carry the zstd module: they are given it", () => {
  const embedded = "src/compression/zstd_wasm.generated.ts";
  assert.ok(importedBy("src/compression/embed_zstd.ts").has(embedded));
  for (const entry of ["src/compression/codec.ts", "workers/encoder.ts"]) {
    const files = importedBy(entry);
    assert.ok(files.has("src/compression/zstd_wasm.ts"), entry);
    assert.ok(!files.has(embedded), entry);
  }
});

test("what a program does not need when it starts is loaded when it is needed", () => {
  const library = importedBy("mod.ts");
  for (
    const later of [
      "src/executor/encoder_worker.generated.ts",
      "src/text/csv_reader.ts",
      "src/text/json_reader.ts",
      "src/merge/append_rows.ts",
      "src/merge/merge_files.ts",
    ]
  ) {
    assert.ok(importedBy(later).has(later), later);
    assert.ok(!library.has(later), later);
  }
  const whole = importedBy("src/pipeline/write_parquet.ts");
  for (
    const later of [
      "src/compression/zstd_wasm.generated.ts",
      "src/kernels/kernels_wasm.generated.ts",
      "src/executor/encoder_host.ts",
      "src/runtime/deflate.generated.ts",
    ]
  ) {
    assert.ok(importedBy("src/pipeline/parquet_writer.ts").has(later), later);
    assert.ok(!whole.has(later), later);
  }
});

test("a program that does not verify does not load the verifier", () => {
  const verifier = "src/verify/verification.ts";
  const files = importedBy("mod.ts");
  assert.ok(files.has("src/verify/verify_parquet.ts"));
  assert.ok(!files.has(verifier));
  assert.ok(importedBy(verifier).size > 50, "what it is about is elsewhere");
});
