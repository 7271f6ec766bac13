/** What a bundler makes of a program that imports a part of the installed library. */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A bundle: its text, and its bytes after gzip. */
export interface Bundle {
  readonly text: string;
  readonly gzipped: number;
}

/** Bundles one export of the library installed below `folder`, minified, as one file. */
export async function bundleOf(folder: string, name: string): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from "parquet-ext";`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    legalComments: "none",
    write: false,
    logLevel: "error",
  });
  const { contents, text } = outputFiles[0]!;
  return { text, gzipped: gzipSync(contents, { level: 9 }).length };
}
