/**
 * What is bundled differently for a condition of `exports`: modules that stand in for others, and what the platform is.
 *
 * The sources themselves run everywhere, asking at run time what there is; a bundle for a condition knows it beforehand.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { ROOT } from "./runtimes.mjs";

/** Oldest browsers: `ArrayBuffer.transfer`, `Promise.withResolvers`. */
const BROWSERS = ["chrome119", "firefox122", "safari17.4"];

/** A plugin of esbuild that puts modules in the place of others. `modules`: path below `src/` → text of a module. */
function standIns(modules) {
  const paths = new Map(
    Object.entries(modules).map(([path, text]) => [join(ROOT, "src", path), text]),
  );
  return {
    name: "stand-ins",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = paths.get(path);
        return contents === undefined ? null : { contents, loader: "ts" };
      });
    },
  };
}

/** Modules of workerd cannot be compiled from bytes: they are imported, and Wrangler compiles them. */
const IMPORTED_WASM = {
  name: "imported-wasm",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/\w+\.wasm$/ }, ({ path }) => ({ path, external: true }));
  },
};

const importedModule = (name, file) =>
  `import module from "./${file}"; export function ${name}(): WebAssembly.Module { return module; }`;

/**
 * What is different in the bundles of a condition: `target` as esbuild has it (default: the oldest Node), `standIns`: path below `src/` →
 * text of the module in its place.
 *
 * @type {Record<"default" | "browser" | "workerd", { target?: string | string[], standIns?: Record<string, string> }>}
 */
export const VARIANTS = {
  default: {},
  browser: {
    target: BROWSERS,
    standIns: {
      "runtime/builtin_modules.ts": `export * from "./browser/builtin_modules.ts";`,
      "runtime/node_worker_thread.ts": `export * from "./browser/node_worker_thread.ts";`,
    },
  },
  workerd: {
    target: "es2023",
    standIns: {
      "runtime/web_assembly.ts": "export function webAssemblyAllowed() { return true; }",
      "kernels/compile_kernels.ts": importedModule("kernelsModule", "kernels.wasm"),
      "compression/compile_zstd.ts": importedModule("zstdModule", "zstd.wasm"),
    },
  },
};

/** The same as plugins of esbuild, for applications that are bundled from the sources. */
export function esbuildPlugins(condition) {
  return [standIns(VARIANTS[condition].standIns ?? {}), IMPORTED_WASM];
}

/** A string constant of a generated module of `src/`. */
function generated(path, name) {
  const text = readFileSync(join(ROOT, "src", path), "utf8");
  const found = new RegExp(`export const ${name}: string =\\s+("(?:[^"\\\\]|\\\\.)*");`).exec(text);
  if (found === null) throw new Error(`Cannot find ${name} in src/${path}`);
  return JSON.parse(found[1]);
}

/** The modules that workerd imports, by the names of their files. */
export function wasmModules() {
  const kernels = Buffer.from(generated("kernels/kernels_wasm.generated.ts", "b64"), "base64");
  const zstd = generated("compression/zstd_wasm.generated.ts", "ZSTD_WASM_DEFLATE");
  return { "kernels.wasm": kernels, "zstd.wasm": zlib.inflateRawSync(Buffer.from(zstd, "base64")) };
}

/** Writes the modules that workerd imports. */
export function writeWasm(folder) {
  for (const [name, bytes] of Object.entries(wasmModules())) {
    writeFileSync(join(folder, name), bytes);
  }
}

/** The script that `workerUrl` is for. */
export function writeWorker(file) {
  writeFileSync(
    file,
    generated("executor/encoder_worker.generated.ts", "ENCODER_WORKER_SOURCE"),
  );
}
