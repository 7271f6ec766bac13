/**
 * Files that a command is given: paths, `-` for standard input, and patterns, which not every shell expands.
 *
 * @module
 */

import { glob, lstat, stat } from "node:fs/promises";
import { isRemoteUrl } from "../store/object_url.ts";
import { UsageError } from "./failure.ts";

/** Standard input, or standard output. */
export const STANDARD_STREAM = "-";

/** What makes a pattern of a path. */
const PATTERN = /[*?{}[\]]/;

/** Whether an argument is a pattern, and not the name of a file that is there. */
export async function isPattern(argument: string): Promise<boolean> {
  if (!PATTERN.test(argument) || isRemoteUrl(argument)) return false;
  return await lstat(argument).then(() => false, () => true);
}

/**
 * The paths that arguments stand for, in their order; those of a pattern in order of their names, without folders.
 *
 * @throws {UsageError} When nothing matches a pattern, or standard input is asked for more than once.
 */
export async function expandPaths(args: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const arg of args) {
    if (!await isPattern(arg)) {
      paths.push(arg);
      continue;
    }
    const matches = await matchesOf(arg);
    if (matches.length === 0) throw new UsageError(`Cannot read ${arg}: no file matches`);
    paths.push(...matches);
  }
  if (paths.filter((path) => path === STANDARD_STREAM).length > 1) {
    throw new UsageError("Cannot read standard input more than once");
  }
  return paths;
}

async function matchesOf(pattern: string): Promise<string[]> {
  const matches: string[] = [];
  for await (const path of glob(pattern)) {
    const isFolder = await stat(path).then((found) => found.isDirectory(), () => false);
    if (!isFolder) matches.push(path);
  }
  return matches.sort();
}
