/** What the README shows works for someone who has an empty folder, a runtime, and the library in one of its forms. */

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { PROGRAMS } from "../../scripts/entries.mjs";
import { bundleOf, piecesOf } from "./bundle.ts";
import {
  binary,
  clone,
  command,
  copySources,
  inEmptyFolder,
  pack,
  ROOT,
  writeProgram,
} from "./stranger.ts";

// Each of these runs all runtimes itself, and builds the package: the suite of one runtime is enough.
const elsewhere = process.versions["bun"] !== undefined || process.versions["deno"] !== undefined;
const skip = elsewhere ? "runs with the suite of Node" : false;

/** Kilobytes, after gzip, of what a program that imports one export loads when it starts. */
const MOST_KILOBYTES = { SchemaError: 1, readParquetMetadata: 8, schema: 8, toParquet: 60 };
/** The same in pieces, with parts of others that a bundler cannot take apart; and what encodes, which the first file loads. */
const MOST_PIECES = { start: 80, encoder: 113, zstd: 70 };

const SERVER_TYPES = [
  ...["--lib", "esnext", "--types", "node", "--typeRoots", join(ROOT, "node_modules", "@types")],
];

const IN_MEMORY = { numRows: 3, written: null };
const ON_DISK = { numRows: 3, written: 3 };

/** What a manifest exports. */
function exportsOf(manifest: string): Record<string, string> {
  return JSON.parse(readFileSync(join(ROOT, manifest), "utf8")).exports;
}

function isParquet(path: string): void {
  assert.equal(readFileSync(path).subarray(-4).toString(), "PAR1");
}

test(
  "Deno runs a plain copy of the sources without a configuration or a permission",
  { skip },
  () =>
    inEmptyFolder(async (folder) => {
      copySources(join(folder, "parquet-ext"));
      writeProgram(join(folder, "app.ts"), "./parquet-ext/mod.ts", null);
      const run = ["run", "--no-prompt", "--no-config", "--no-remote", "--no-npm", "app.ts"];
      assert.deepEqual(JSON.parse(await command(folder, binary("deno"), run)), IN_MEMORY);
    }),
);

test(
  "Deno checks the types of a plain copy of the sources, of all entries, without a configuration",
  { skip },
  () =>
    inEmptyFolder(async (folder) => {
      copySources(join(folder, "parquet-ext"));
      const modules = Object.values(exportsOf("jsr.json")).filter((path) =>
        !/cli|worker/.test(path)
      );
      assert.ok(modules.length >= 7);
      const run = ["check", "--no-config", "--no-remote", "--no-npm"];
      const paths = modules.map((path) => join("parquet-ext", path));
      await command(folder, binary("deno"), [...run, ...paths]);
    }),
);

test(
  "Deno writes a file with permission for its folder",
  { skip },
  () =>
    inEmptyFolder(async (folder) => {
      copySources(join(folder, "parquet-ext"));
      mkdirSync(join(folder, "out"));
      writeProgram(join(folder, "app.ts"), "./parquet-ext/mod.ts", "out/three.parquet");
      const run = ["run", "--no-prompt", "--no-config", "--allow-read=out", "--allow-write=out"];
      const printed = await command(folder, binary("deno"), [...run, "app.ts"]);
      assert.deepEqual(JSON.parse(printed), ON_DISK);
      isParquet(join(folder, "out", "three.parquet"));
    }),
);

test(
  "Deno runs a program within a clone that nothing was installed in",
  { skip },
  () =>
    inEmptyFolder(async (folder) => {
      clone(folder);
      writeProgram(join(folder, "app.ts"), "./mod.ts", "three.parquet");
      const printed = await command(folder, binary("deno"), ["run", "-A", "app.ts"]);
      assert.deepEqual(JSON.parse(printed), ON_DISK);
    }),
);

test(
  "Deno links a clone under the library's name",
  { skip },
  () =>
    inEmptyFolder(async (folder) => {
      clone(join(folder, "clone"));
      const project = join(folder, "project");
      mkdirSync(project);
      const { name, version } = JSON.parse(readFileSync(join(ROOT, "jsr.json"), "utf8"));
      writeFileSync(
        join(project, "deno.json"),
        JSON.stringify({ links: ["../clone"], imports: { [name]: `jsr:${name}@^${version}` } }),
      );
      writeProgram(join(project, "app.ts"), name, null);
      const printed = await command(project, binary("deno"), ["run", "--no-prompt", "app.ts"]);
      assert.deepEqual(JSON.parse(printed), IN_MEMORY);
    }),
);

test(
  "the packed library installs, runs and is typed wherever npm packages are",
  { skip },
  (t) =>
    inEmptyFolder(async (folder) => {
      const tarball = await pack(folder);
      const installed = join(folder, "npm");
      mkdirSync(installed);
      writeFileSync(join(installed, "package.json"), '{"private":true,"type":"module"}');
      writeProgram(join(installed, "app.js"), "parquet-ext", "three.parquet");
      await command(installed, "npm", ["install", "--offline", "--no-audit", "--no-fund", tarball]);

      for (const name of ["node-22", "node-24", "node"] as const) {
        await t.test(name, async (t) => {
          const node = binary(name);
          if (node === "") return t.skip("its package is for linux-x64 only");
          assert.deepEqual(JSON.parse(await command(installed, node, ["app.js"])), ON_DISK);
          isParquet(join(installed, "three.parquet"));
          const help = await command(installed, "npx", ["parquet-ext", "--help"], node);
          assert.match(help, /^Usage: parquet-ext /);
          const rows = await command(
            installed,
            "npx",
            ["parquet-ext", "inspect", "--json", "three.parquet"],
            node,
          );
          assert.equal(JSON.parse(rows).numRows, 3);
        });
      }

      await t.test("an error that nobody catches fits a screen", async () => {
        writeFileSync(
          join(installed, "uncaught.js"),
          'import { schema, t, toParquet } from "parquet-ext";\n' +
            'await toParquet([{ id: "x" }], { schema: schema({ id: t.int32() }) });\n',
        );
        for (const runtime of [binary("node"), binary("bun")]) {
          if (runtime === "") continue;
          const shown: string = await command(installed, runtime, ["uncaught.js"])
            .then(() => "", ({ message }: Error) => message);
          // Both show the line of code first: it must not be a module of 100 KB.
          assert.match(shown, /InvalidBatchError: .*\(column "id", row 0\)/);
          assert.ok(shown.length < 6000, `${shown.length} characters`);
        }
      });

      await t.test("what users hold shows as little of its inside as that of the sources", async () => {
        const held = (entry: string, s3: string) => `
import { inspect } from "node:util";
import {
  AsyncArrowWriter, FileSink, fromCsv, fromRows, MemorySink, ParquetWriter, Pipeline, schema, t,
} from "${entry}";
import { s3Store } from "${s3}";
const people = schema({ id: t.int32() });
const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
console.log(inspect([
  new MemorySink(), new FileSink("x.parquet"), new ParquetWriter(new MemorySink(), people),
  new AsyncArrowWriter(new MemorySink(), people), Pipeline.builder(), people, t.int32(),
  fromRows([{ id: 1 }]), fromCsv("a"), s3Store("s3://bucket/x", { region: "eu-west-1", credentials }),
], { depth: 9 }));
`;
        const shown = (name: string, program: string) => {
          writeFileSync(join(installed, name), program);
          return command(installed, binary("node"), [name]);
        };
        const built: string = await shown("held.mjs", held("parquet-ext", "parquet-ext/s3"));
        const source = (path: string) => pathToFileURL(join(ROOT, path)).href;
        const sources = held(source("mod.ts"), source("src/store/s3.ts"));
        assert.equal(built, await shown("held_sources.mjs", sources));
        assert.match(built, /S3Store/);
        assert.doesNotMatch(built, /secret/);
      });

      await t.test("an older Node is told", async () => {
        const older = "data:text/javascript," + encodeURIComponent(
          'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.9.0" } });',
        );
        const cli = join(installed, "node_modules", "parquet-ext", "dist", "cli.js");
        await assert.rejects(
          command(installed, binary("node"), ["--import", older, cli, "--help"]),
          {
            message: /\nparquet-ext: Node 22\.18 or newer is needed; this is Node 22\.9\.0\n$/,
          },
        );
      });

      await t.test("deno", async () => {
        const printed = await command(installed, binary("deno"), ["run", "-A", "app.js"]);
        assert.deepEqual(JSON.parse(printed), ON_DISK);
      });

      await t.test("bun", async () => {
        const own = join(folder, "bun");
        mkdirSync(own);
        writeFileSync(join(own, "package.json"), '{"private":true,"type":"module"}');
        writeProgram(join(own, "app.js"), "parquet-ext", "three.parquet");
        const bun = binary("bun");
        await command(own, bun, ["add", tarball], bun);
        assert.deepEqual(JSON.parse(await command(own, bun, ["app.js"])), ON_DISK);
        const help = await command(own, bun, ["x", "--bun", "parquet-ext", "--help"], bun);
        assert.match(help, /^Usage: parquet-ext /);
      });

      await t.test("linted", async () => {
        const packages = join(ROOT, "node_modules");
        const run = (script: string, ...args: string[]) =>
          command(installed, process.execPath, [join(packages, script), ...args]);
        await run("publint/src/cli.js", "run", tarball, "--strict");
        // ESM alone; Node 22.12 and later give it to `require` too.
        await run("@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only");
        writeFileSync(
          join(installed, "app.cjs"),
          'console.log(require("parquet-ext").t.int32().type.kind);',
        );
        assert.equal(await command(installed, binary("node"), ["app.cjs"]), "int\n");
      });

      await t.test("bundled in parts", async () => {
        const verifier = /no byte belongs to two structures/;
        const sizes = new Map<string, number>();
        for (const name of ["SchemaError", "readParquetMetadata", "schema", "toParquet"]) {
          const { text, gzipped } = await bundleOf(installed, name, "start");
          assert.doesNotMatch(text, verifier, name);
          sizes.set(name, gzipped);
        }
        assert.match((await bundleOf(installed, "verifyParquet", "whole")).text, verifier);
        for (const [name, kilobytes] of Object.entries(MOST_KILOBYTES)) {
          const size = sizes.get(name)!;
          assert.ok(size <= kilobytes * 1000, `${name}: ${size} bytes after gzip`);
        }
        const { start, later } = await piecesOf(installed, "toParquet");
        const pieces = { start, encoder: later(/part-encoder-/), zstd: later(/part-zstd-/) };
        for (const [name, size] of Object.entries(pieces)) {
          const most = MOST_PIECES[name as keyof typeof pieces];
          assert.ok(size > 0 && size <= most * 1000, `${name}: ${size} bytes after gzip`);
        }
      });

      await t.test("JSR takes what was built for it", async () => {
        const jsr = join(folder, "jsr");
        cpSync(join(ROOT, "dist", "jsr"), jsr, { recursive: true });
        const deno = (folder: string, ...args: string[]) => command(folder, binary("deno"), args);
        await deno(jsr, "publish", "--dry-run", "--allow-dirty");
        const { name, version, exports } = JSON.parse(readFileSync(join(jsr, "deno.json"), "utf8"));
        const sources = JSON.parse(readFileSync(join(ROOT, "jsr.json"), "utf8"));
        assert.deepEqual({ name, version }, { name: sources.name, version: sources.version });
        assert.deepEqual(Object.keys(exports), Object.keys(sources.exports));

        const project = join(folder, "jsr_project");
        mkdirSync(project);
        writeFileSync(
          join(project, "deno.json"),
          JSON.stringify({ links: ["../jsr"], imports: { [name]: `jsr:${name}@^${version}` } }),
        );
        writeProgram(join(project, "app.ts"), name, "three.parquet");
        assert.deepEqual(
          JSON.parse(await deno(project, "run", "-A", "--check", "app.ts")),
          ON_DISK,
        );
        isParquet(join(project, "three.parquet"));
        for (const subpath of Object.keys(exports)) {
          // Programs would run.
          if (PROGRAMS.includes(subpath)) continue;
          writeFileSync(
            join(project, "types.ts"),
            `import * as library from "${name}${subpath.slice(1)}";
// @ts-expect-error: nothing is of type any
const none: typeof library = 1 as { nothing: number };
console.log(Object.keys(library).length > 0 && none !== undefined);
`,
          );
          assert.equal(await deno(project, "run", "--check", "types.ts"), "true\n", subpath);
        }
        const help = await deno(project, "run", "-A", `jsr:${name}@^${version}/cli`, "--help");
        assert.match(help, /^Usage: parquet-ext /);
      });

      // Servers often have no types of the DOM.
      const libraries = { "with the DOM": ["--lib", "esnext,dom"], "on a server": SERVER_TYPES };
      for (const [where, types] of Object.entries(libraries)) {
        for (const resolution of ["nodenext", "bundler"]) {
          await checkTypes(where, types, resolution);
        }
      }

      async function checkTypes(where: string, types: string[], resolution: string) {
        await t.test(`types ${where}, ${resolution}`, async () => {
          writeFileSync(
            join(installed, "consumer.ts"),
            `import { AsyncArrowWriter, type ParquetMetaData, SchemaError, writeParquet } from "parquet-ext";
const metadata: ParquetMetaData = await writeParquet(new Uint8Array(), new WritableStream<Uint8Array>());
const rows: number = metadata.numRows;
const close: (writer: AsyncArrowWriter) => Promise<ParquetMetaData> = (writer) => writer.close();
${
              Object.keys(exportsOf("package.json"))
                .filter((path) => path !== "./worker")
                .map((path, i) =>
                  `import type * as library${i} from "parquet-ext${path.slice(1)}";`
                )
                .join("\n")
            }
// @ts-expect-error: a codec that does not exist
await writeParquet(new Uint8Array(), "x.parquet", { compression: "lzo" });
export { close, rows, SchemaError };
`,
          );
          const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
          const flags = ["--strict", "--noEmit", "--target", "es2022", ...types];
          const module = resolution === "nodenext" ? "nodenext" : "esnext";
          await command(installed, process.execPath, [
            compiler,
            ...flags,
            "--module",
            module,
            "--moduleResolution",
            resolution,
            "consumer.ts",
          ]);
        });
      }
    }),
);
