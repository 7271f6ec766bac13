/** Finds the examples in the README, in `docs/` and in JSDoc. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as entries from "../../scripts/entries.mjs";

/** Subpath of the package → module below the root. */
const ENTRIES: Readonly<Record<string, string>> = entries.ENTRIES;

/** Root of the repository. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** A block of code between fences. */
export interface Example {
  /** File below the root, and the line where the block starts. */
  readonly file: string;
  readonly line: number;
  readonly language: string;
  /** What follows the language, such as "ignore". */
  readonly attributes: string;
  readonly code: string;
}

/** Blocks of a Markdown text. */
export function examplesIn(file: string, text: string): Example[] {
  return [...text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length,
    language: match[1]!,
    attributes: match[2]!.trim(),
    code: match[3]!,
  }));
}

/** Blocks of the README. */
export function readmeExamples(): Example[] {
  return examplesIn("README.md", readFileSync(new URL("README.md", ROOT), "utf8"));
}

/** Blocks of the pages in `docs/`, page by page. */
export function docsExamples(): Example[] {
  const pages = readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md")).sort();
  return pages.flatMap((page) =>
    examplesIn(`docs/${page}`, readFileSync(new URL(`docs/${page}`, ROOT), "utf8"))
  );
}

/** Blocks in the JSDoc of everything in `src/` and of `mod.ts`. */
export function jsdocExamples(): Example[] {
  const files = readdirSync(new URL("src/", ROOT), { recursive: true })
    .map((name) => `src/${String(name).replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.startsWith("src/kernels/assembly/"));
  return [...files, "mod.ts"].flatMap((file) => {
    if (!existsSync(new URL(file, ROOT))) return [];
    const text = readFileSync(new URL(file, ROOT), "utf8");
    // The stars in front of the lines go; the lines stay, so that their numbers are right.
    const prose = text.replace(/^ *\/\*\*|^ *\*\/?[^\S\n]?/gm, "");
    return text.includes("```") ? examplesIn(file, prose) : [];
  });
}

/** The example as a module that may lie anywhere: this library and relative imports named by URLs. */
export function asModule({ file, code }: Example): string {
  const from = (specifier: string): string => {
    const own = /^(?:@parquet-ext\/)?parquet-ext(\/\w+)?$/.exec(specifier);
    const entry = own === null ? undefined : ENTRIES[`.${own[1] ?? ""}`];
    if (entry !== undefined) return new URL(entry, ROOT).href;
    if (specifier.startsWith(".")) return new URL(specifier, new URL(file, ROOT)).href;
    return specifier;
  };
  return code.replace(
    /\b(from|import)(\s+)"([^"]+)"/g,
    (_all, keyword, space, specifier) => `${keyword}${space}"${from(specifier)}"`,
  );
}
