/** What a bundler makes of a program that imports a part of the installed library. */

import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";

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
