import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, test } from "node:test";
import { resolveParallelism } from "../../src/executor/parallelism.ts";
import {
  availableParallelism,
  environmentVariable,
  kernelsChoice,
} from "../../src/runtime/environment.ts";

const NAMES = [
  "PARQUET_EXT_KERNELS",
  "PARQUET_EXT_PARALLELISM",
  "AMP_PARQUET_WRITER_PARALLELISM",
];
const before = NAMES.map((name) => process.env[name]);
for (const name of NAMES) delete process.env[name];

afterEach(() => {
  NAMES.forEach((name, i) => {
    if (before[i] === undefined) delete process.env[name];
    else process.env[name] = before[i];
  });
});

function only(variables: Record<string, string>): void {
  for (const name of NAMES) delete process.env[name];
  Object.assign(process.env, variables);
}

test("environmentVariable() takes an empty variable for one that is not set", () => {
  only({ PARQUET_EXT_KERNELS: "" });
  assert.equal(environmentVariable("PARQUET_EXT_KERNELS"), undefined);
  only({ PARQUET_EXT_KERNELS: "x" });
  assert.equal(environmentVariable("PARQUET_EXT_KERNELS"), "x");
});

test("kernelsChoice() knows two values", () => {
  only({});
  assert.equal(kernelsChoice(), undefined);
  for (const choice of ["ts", "wasm"]) {
    only({ PARQUET_EXT_KERNELS: choice });
    assert.equal(kernelsChoice(), choice);
  }
  only({ PARQUET_EXT_KERNELS: "rust" });
  assert.throws(() => kernelsChoice(), TypeError);
});

test("resolveParallelism() asks the option, two variables, then the runtime", () => {
  only({});
  assert.equal(resolveParallelism(null, false), Math.min(64, availableParallelism()));
  assert.equal(resolveParallelism(null, true), Math.min(64, availableParallelism() - 1));
  only({ AMP_PARQUET_WRITER_PARALLELISM: "5" });
  assert.equal(resolveParallelism(null, false), 5);
  only({ AMP_PARQUET_WRITER_PARALLELISM: "5", PARQUET_EXT_PARALLELISM: "0" });
  assert.equal(resolveParallelism(null, false), 0);
  assert.equal(resolveParallelism(3, true), 3);
  assert.equal(resolveParallelism(1000, false), 64);
  for (const wrong of ["-1", "two", "1.5"]) {
    only({ PARQUET_EXT_PARALLELISM: wrong });
    assert.throws(() => resolveParallelism(null, false), TypeError);
    assert.equal(resolveParallelism(2, false), 2);
  }
});
