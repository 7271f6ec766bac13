/** The three package descriptions agree, and nothing in them depends on where they were made. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { jsrExports, npmExports } from "../../scripts/entries.mjs";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

// deno-lint-ignore no-explicit-any
const json = (name: string): any => JSON.parse(read(name));

test("deno.json, jsr.json and package.json agree", () => {
  const [deno, jsr, npm] = [json("deno.json"), json("jsr.json"), json("package.json")];
  for (const key of ["name", "version", "license", "exports", "publish"]) {
    assert.deepEqual(deno[key], jsr[key], key);
  }
  assert.equal(jsr.version, npm.version);
  assert.equal(jsr.license, npm.license);
  // npm gets JavaScript under the same names.
  assert.deepEqual(jsr.exports, jsrExports());
  assert.deepEqual(npm.exports, npmExports());
  assert.deepEqual(Object.keys(jsr.exports), Object.keys(npm.exports));
  assert.equal(npm.dependencies, undefined, "what the package needs is bundled");
});

test("LICENSE is the Apache License 2.0", () => {
  const text = read("LICENSE");
  assert.match(text, /Apache License\s+Version 2\.0, January 2004/);
  assert.match(text, /END OF TERMS AND CONDITIONS/);
});

test("lock files name no registry host", () => {
  const packages = json("package-lock.json").packages as Record<string, { resolved?: string }>;
  assert.ok(Object.keys(packages).length > 20);
  for (const [name, { resolved }] of Object.entries(packages)) {
    assert.equal(resolved, undefined, name);
  }
});

test("CHANGELOG names the version", () => {
  assert.ok(read("CHANGELOG.md").includes(`## ${json("package.json").version}`));
});

test("mod.ts only re-exports", () => {
  const code = read("mod.ts").replace(/\/\*[\s\S]*?\*\//g, "").trim();
  for (const statement of code.split(/;\s*/).filter((part) => part !== "")) {
    assert.match(statement, /^export (?:type )?(?:\{[^{}]*\}|\*) from "\.\/src\/[\w/]+\.ts"$/);
  }
  assert.ok(code.length > 0);
});
