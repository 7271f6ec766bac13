/** What a bundler makes of a program that imports a part of the installed library. */

import { gzipSync } from "node:zlib";
import { build, type Metafile, type Plugin } from "esbuild";
import { basename } from "node:path";

/** A bundle: its text, and its bytes after gzip. */
export interface Bundle {
  readonly text: string;
  readonly gzipped: number;
}

/** Leaves out what calls import when they need it. */
const WITHOUT_LATER: Plugin = {
  name: "without later",
  setup({ onResolve }) {
    onResolve(
      { filter: /./ },
      ({ kind, path }) => kind === "dynamic-import" ? { path, external: true } : null,
    );
  },
};

/** Bundles one export of the library installed below `folder`, minified: what is loaded when a program starts, or the whole. */
export async function bundleOf(
  folder: string,
  name: string,
  part: "start" | "whole",
): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from "parquet-ext";`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    legalComments: "none",
    plugins: part === "start" ? [WITHOUT_LATER] : [],
    write: false,
    logLevel: "error",
  });
  const { contents, text } = outputFiles[0]!;
  return { text, gzipped: gzipSync(contents, { level: 9 }).length };
}

/** Bytes after gzip of what a program loads that is bundled in pieces. */
export interface Pieces {
  /** When it starts. */
  readonly start: number;
  /** What is loaded later, by what the names of its modules have in common. */
  later(name: RegExp): number;
}

/** Bundles one export of the library as {@linkcode bundleOf} does, in pieces that are loaded when they are needed. */
export async function piecesOf(folder: string, name: string): Promise<Pieces> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${name} } from "parquet-ext";`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    legalComments: "none",
    splitting: true,
    outdir: folder,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [
      basename(path),
      gzipSync(contents, { level: 9 }).length,
    ]),
  );
  const loaded = new Set<string>();
  const load = (path: string, { outputs }: Metafile): number => {
    if (loaded.has(path)) return 0;
    loaded.add(path);
    let bytes = sizes.get(basename(path))!;
    for (const { kind, external, path: imported } of outputs[path]!.imports) {
      if (kind === "import-statement" && external !== true) bytes += load(imported, metafile);
    }
    return bytes;
  };
  const entryOf = (name: RegExp): string => {
    const entries = Object.entries(metafile.outputs);
    return entries.find(([, { entryPoint }]) => name.test(entryPoint ?? ""))![0];
  };
  const start = load(entryOf(/<stdin>/), metafile);
  return { start, later: (name) => load(entryOf(name), metafile) };
}
