/**
 * Bundles the entries of the npm package for a condition of `exports`: ES modules that share a few chunks, the parts.
 *
 * A program that imports a part carries that part alone: bundlers leave out modules that nothing is used of (`sideEffects` is false).
 * Few and large modules otherwise: each costs Node a quarter of a millisecond when the library is imported. But not all in one: beyond some
 * 200 KB, V8 takes longer for a module than for two of half the size (all in one: Node 5 ms longer, Deno 13).
 *
 * @module
 */

import { join } from "node:path";
import { transform } from "esbuild";
import { rollup } from "rollup";
import { minify } from "terser";
import { VARIANTS } from "./conditions.mjs";
import { bundleName, ENTRIES, PROGRAMS } from "./entries.mjs";
import { plainMembers, shortMembers } from "./plain_members.mjs";
import { ROOT } from "./runtimes.mjs";

/**
 * Name → modules that programs want without the rest, or that are loaded later than the rest, with all that these import and that is not
 * in a part before.
 */
const PARTS = {
  errors: ["src/util/errors.ts"],
  metadata: ["src/file/read_parquet_metadata.ts"],
  schema: ["src/rows/schema.ts"],
  options: [
    "src/schema/resolve_options.ts",
    "src/runtime/environment.ts",
    "src/runtime/base64.ts",
    "src/runtime/text.ts",
    "src/format/schema_tree.ts",
    "src/schema/key_value_metadata.ts",
    "src/sink/write_gatherer.ts",
    "src/util/deferred.ts",
    "src/util/limits.ts",
    "src/util/thenable.ts",
  ],
  sinks: ["src/store/to_sink.ts"],
  stores: ["src/store/s3.ts", "src/store/azure.ts", "src/store/gcs.ts"],
  sources: ["src/pipeline/write_parquet.ts", "src/pipeline/parquet_stream.ts"],
  deflate: ["src/runtime/deflate.ts"],
  zstd: ["src/compression/embed_zstd.ts"],
  kernels: ["src/kernels/load_kernels.ts"],
  columns: ["src/column/column_chunk_encoder.ts"],
  encoder: ["src/pipeline/batch_writer.ts"],
  writers: [
    "src/pipeline/async_arrow_writer.ts",
    "src/pipeline/parquet_encoder_stream.ts",
    "src/pipeline/parquet_writer.ts",
    "src/pipeline/pipeline.ts",
  ],
  library: ["mod.ts"],
  text_readers: ["src/text/csv_reader.ts", "src/text/json_reader.ts"],
  claims: [
    "src/verify/claims/arrow_schema_message.ts",
    "src/verify/frame/annotations.ts",
    "src/verify/frame/row_group_claims.ts",
  ],
  merge: ["src/merge/merge_files.ts"],
};

/** Characters of a line, about: Node and Bun show the line that an uncaught error was thrown in, before they say which. */
export const LINE_LENGTH = 160;

/** Comments are in the declarations. */
const MINIFIED = {
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  lineLimit: LINE_LENGTH,
};

/**
 * Only what is within functions gets short names: those of functions, classes and methods stay, so that stack traces can be read. A
 * quarter less to be parsed when a process begins, 5 to 10 ms of it in Node and Bun. ASCII alone is read without being decoded.
 */
const SHORT_NAMES = {
  parse: { module: true },
  compress: false,
  mangle: { module: false, toplevel: false },
  format: { comments: false, ascii_only: true, max_line_len: LINE_LENGTH },
};

/** TypeScript to JavaScript of the oldest Node. `variant`: of `conditions.mjs`. */
function typeScript({ standIns = {} }, target) {
  const texts = new Map(
    Object.entries(standIns).map(([path, text]) => [join(ROOT, "src", path), text]),
  );
  return {
    name: "typescript",
    load: (path) => texts.get(path) ?? null,
    async transform(code, path) {
      if (!path.endsWith(".ts")) return null;
      const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } };
      const { code: script } = await transform(code, { loader: "ts", target, tsconfigRaw });
      return { code: await plainMembers(path, script, target), map: null };
    },
  };
}

/**
 * Takes packages out of the bundles, each into a module of its own: those of the command line are CommonJS and ask for built-in modules
 * by `require`, which nothing else should have to have. `found` gets their files by their names.
 */
function packagesApart(found) {
  return {
    name: "packages-apart",
    resolveId(specifier, importer) {
      if (importer === undefined || /^[./]/.test(specifier)) {
        return specifier.endsWith(".wasm") ? { id: specifier, external: true } : null;
      }
      if (specifier.startsWith("node:")) return { id: specifier, external: true };
      const file = `package-${specifier.replaceAll(/[^\w-]+/g, "_")}.js`;
      found.set(specifier, file);
      return { id: `./${file}`, external: true };
    },
  };
}

/** All that modules import, however indirectly; what is imported while the program runs left out. */
function importedBy(roots, getModuleInfo) {
  const found = new Set(roots.map((root) => join(ROOT, root)));
  for (const path of found) {
    for (const imported of getModuleInfo(path)?.importedIds ?? []) found.add(imported);
  }
  return found;
}

/** Says which part a module is in. The library's entry is in none: it has nothing but re-exports, which bundlers see through. */
function partOf() {
  let parts = null;
  return (path, { getModuleInfo }) => {
    parts ??= Object.entries(PARTS).map((
      [name, roots],
    ) => [name, importedBy(roots, getModuleInfo)]);
    if (path === join(ROOT, ENTRIES["."])) return null;
    return parts.find(([, modules]) => modules.has(path))?.[0] ?? null;
  };
}

/**
 * Tells Bun that a module is JavaScript as it is: it need not be transpiled, which takes twice as long as all the rest of an import where
 * Bun's cache is empty, or has no place.
 */
const PLAIN_FOR_BUN = "// @bun\n";

/** Makes modules small. What is bundled for browsers and edge runtimes is bundled, and minified, once more by programs that use it. */
function minified(condition, target) {
  let shorten;
  return {
    name: "minified",
    renderStart() {
      const ids = [...this.getModuleIds()].sort();
      shorten = shortMembers(ids.map((id) => this.getModuleInfo(id).code ?? ""));
    },
    async renderChunk(source) {
      const { code } = await transform(shorten(source), { ...MINIFIED, target });
      if (condition !== "default") return { code, map: null };
      const { code: short } = await minify(code, SHORT_NAMES);
      // What names an interpreter has to begin with that.
      return { code: short.startsWith("#!") ? short : PLAIN_FOR_BUN + short, map: null };
    },
  };
}

/** What rollup knows of modules, for the next condition. */
let cache;

/**
 * Bundles.
 *
 * @param {string} condition A condition of `exports`.
 * @param {string} folder Where the modules go.
 * @param {string} oldestNode The oldest version of Node, for `default`.
 * @returns {Promise<Map<string, string>>} Packages that have to be bundled beside them: name → file.
 */
export async function bundleEntries(condition, folder, oldestNode) {
  const variant = VARIANTS[condition];
  const target = variant.target ?? `node${oldestNode}`;
  const input = Object.fromEntries(
    Object.entries(ENTRIES)
      .filter(([subpath]) => !PROGRAMS.includes(subpath))
      .map(([subpath, source]) => [bundleName(subpath).replace(/\.js$/, ""), join(ROOT, source)]),
  );
  // What the command line is started by is written by the build.
  if (condition === "default") input.command_line = join(ROOT, ENTRIES["./cli"]);
  const packages = new Map();
  const bundle = await rollup({
    input,
    cache,
    plugins: [packagesApart(packages), typeScript(variant, target)],
    treeshake: { moduleSideEffects: (path) => path === input.command_line },
    onwarn(warning) {
      // Nested types are converted by functions that call each other, in files of their own.
      if (warning.code !== "CIRCULAR_DEPENDENCY") throw new Error(warning.message);
    },
  });
  cache = bundle.cache;
  await bundle.write({
    dir: folder,
    format: "es",
    chunkFileNames: "part-[name]-[hash].js",
    manualChunks: partOf(),
    // An import of what is imported anyway costs as much as any other.
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    plugins: [minified(condition, target)],
  });
  await bundle.close();
  return packages;
}
