/** Every example in the README, in `docs/` and in JSDoc runs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { FakeS3 } from "../store/servers/fake_s3.ts";
import { query } from "../support/duckdb.ts";
import { runScript } from "../support/subprocess.ts";
import {
  asModule,
  docsExamples,
  examplesIn,
  jsdocExamples,
  readmeExamples,
  ROOT,
} from "./examples.ts";

const PYTHON = process.env["PYTHON"] ?? "python3";
const home = process.cwd();
// Below the repository, so that examples find the packages that they import.
const cache = fileURLToPath(new URL(".cache/", ROOT));
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "examples-"));

// The bucket of the examples, where the environment says that it is.
const server = await new FakeS3("trips").start();
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  AWS_ENDPOINT_URL_S3: server.url,
};

before(() => {
  process.chdir(folder);
  Object.assign(process.env, ENVIRONMENT);
});
after(async () => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
  await server.stop();
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

test("examplesIn() finds blocks and their lines", () => {
  const text = "a\n```ts\nconst a = 1;\n```\n\n```sh\nls\n```\n";
  assert.deepEqual(examplesIn("x.md", text), [
    { file: "x.md", line: 2, language: "ts", attributes: "", code: "const a = 1;\n" },
    { file: "x.md", line: 6, language: "sh", attributes: "", code: "ls\n" },
  ]);
  assert.ok(readmeExamples().filter(({ language }) => language === "ts").length >= 8);
});

test("no example in JSDoc is exempt", () => {
  const exempt = jsdocExamples().filter(({ attributes }) => attributes !== "");
  assert.deepEqual(exempt.map(({ file, line }) => `${file}:${line}`), []);
});

for (const example of [...readmeExamples(), ...docsExamples(), ...jsdocExamples()]) {
  const name = `${example.file}:${example.line}`;
  // Pages go on with the files that their examples have written.
  if (example.file.startsWith("docs/") && example.language === "sql") {
    test(`query holds: ${name}`, async () => {
      const inFolder = example.code.replace(
        /'(\w+\.parquet)'/g,
        (_all, file) => `'${join(folder, file)}'`,
      );
      assert.deepEqual(await query(inFolder), [[true]]);
    });
  }
  if (example.language === "python") {
    const modules = [...example.code.matchAll(/^import (\S+)/gm)].map(([, module]) => module!);
    const missing = spawnSync(PYTHON, ["-c", `import ${modules.join()}`]).status !== 0;
    test(
      `script runs: ${name}`,
      { skip: missing && `Python lacks one of ${modules.join()}` },
      () => {
        const { status, stderr } = spawnSync(PYTHON, ["-c", example.code], {
          cwd: folder,
          encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
      },
    );
  }
  if (example.language !== "ts") continue;
  test(`example runs: ${name}`, async () => {
    const path = join(folder, `${example.file.replace(/\W/g, "_")}_${example.line}.ts`);
    writeFileSync(path, asModule(example));
    const { log, assert: consoleAssert } = console;
    const lines: string[] = [];
    console.log = (...values: unknown[]) => lines.push(values.join(" "));
    console.assert = (holds?: boolean, ...values: unknown[]) => assert.ok(holds, values.join(" "));
    try {
      await import(pathToFileURL(path).href);
    } finally {
      console.log = log;
      console.assert = consoleAssert;
    }
    assert.ok(!lines.includes("false"), lines.join("\n"));
  });
}

/** Commands of the README that need a network or are run by what runs this test, and how they start. */
const NOT_RUN_HERE = ["deno add ", "bun add ", "npm install", "npm run check"];

for (const { language, code, line } of readmeExamples()) {
  for (const command of language === "sh" ? code.trim().split("\n") : []) {
    if (NOT_RUN_HERE.some((start) => command.startsWith(start))) continue;
    test(`command runs: README.md:${line} ${command}`, async () => {
      copyFileSync(
        fileURLToPath(new URL("node_modules/vega-datasets/data/flights-200k.arrow", ROOT)),
        join(folder, "flights.arrow"),
      );
      const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) =>
        quoted ?? bare!
      );
      assert.equal(words[0], "parquet-ext");
      const main = new URL("src/cli/main.ts", ROOT);
      const { status, stderr } = await runScript(main, words.slice(1), { cwd: folder });
      assert.equal(status, 0, stderr);
    });
  }
  if (language === "sql") {
    test(`query runs: README.md:${line}`, async () => {
      const rows = await query(
        code.replaceAll("'cities.parquet'", `'${join(folder, "cities.parquet")}'`),
      );
      assert.deepEqual(rows.map(([city, count]) => [city, Number(count)]), [
        ["Graz", 3333],
        ["Linz", 3333],
        ["Vienna", 3334],
      ]);
    });
  }
}
