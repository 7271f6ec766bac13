/** What a bundler makes of a program that imports a part of the installed library. */

import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A bundle. */
export interface Bundle {
  /** What is loaded when the program starts. */
  readonly text: string;
  /** Its bytes after gzip. */
  readonly gzipped: number;
  /** What is loaded when it is needed. */
  readonly later: string;
}

/** Bundles one export of the library installed below `folder`, minified; what is imported by a call is in files of its own. */
export async function bundleOf(folder: string, name: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${name} } from "parquet-ext";`, resolveDir: folder },
    outdir: "out",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]),
  );
  const atStart = new Set(["stdin.js"]);
  for (const file of atStart) {
    for (const { path, kind } of outputs.get(file)!.imports) {
      if (kind === "import-statement" && outputs.has(basename(path))) atStart.add(basename(path));
    }
  }
  const texts = (start: boolean) =>
    outputFiles.filter(({ path }) => atStart.has(basename(path)) === start)
      .map(({ text }) => text).join("\n");
  const text = texts(true);
  return { text, gzipped: gzipSync(text, { level: 9 }).length, later: texts(false) };
}
