import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { b64 } from "../../src/kernels/kernels_wasm.generated.ts";
import { compileKernels, createKernels } from "../../src/kernels/load_kernels.ts";

/** Runs `body` while WebAssembly refuses, as it does under a content security policy. */
function withoutWebAssembly(body: () => void): void {
  const original = WebAssembly.Instance;
  const refuse = function () {
    throw new WebAssembly.CompileError("blocked by CSP");
  };
  Object.assign(WebAssembly, { Instance: refuse });
  try {
    body();
  } finally {
    Object.assign(WebAssembly, { Instance: original });
  }
}

test("createKernels() gives what is asked for", () => {
  assert.equal(createKernels().kind, "wasm");
  assert.equal(createKernels("wasm").kind, "wasm");
  assert.equal(createKernels("typescript").kind, "typescript");
});

test("createKernels() uses TypeScript where WebAssembly is refused", () => {
  withoutWebAssembly(() => {
    assert.equal(createKernels("auto").kind, "typescript");
    assert.throws(
      () => createKernels("wasm"),
      (error) =>
        error instanceof Error && error.cause instanceof WebAssembly.CompileError &&
        error.message === "Cannot use the WASM kernels: blocked by CSP",
    );
  });
});

test("createKernels() gives kernels with memory of their own", () => {
  const module = compileKernels();
  assert.equal(compileKernels(), module);
  const [one, two] = [createKernels("wasm", module), createKernels("wasm", module)];
  assert.notEqual(one.memory.u8.buffer, two.memory.u8.buffer);
  const pointer = one.memory.allocate(16);
  assert.equal(two.memory.allocate(16), pointer);
});

test("compileKernels() gives a module without imports, as base64", () => {
  assert.deepEqual(WebAssembly.Module.imports(compileKernels()), []);
  const bytes = Buffer.from(b64, "base64");
  assert.equal(bytes.toString("base64"), b64);
  assert.ok(bytes.length < 40_000, `${bytes.length} bytes`);
});

test("kernels_wasm.generated.ts is made from today's sources", async () => {
  const folder = new URL("../../src/kernels/assembly/", import.meta.url);
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith(".ts")) continue;
    hash.update(`${name}\0${await readFile(new URL(name, folder), "utf8")}\0`);
  }
  const generated = new URL("../kernels_wasm.generated.ts", folder);
  const text = await readFile(generated, "utf8");
  assert.match(text, /^\/\/ Generated/);
  assert.ok(text.includes(`SHA-256 of the sources: ${hash.digest("hex")}`));
});
