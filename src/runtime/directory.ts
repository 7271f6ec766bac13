/**
 * Folders of the file system as a store of objects needs them.
 *
 * @module
 */

import { requiredModule } from "./builtin_modules.ts";
import { NO_FILES } from "./files.ts";
import { systemErrorCode } from "./system_error.ts";

const fs = () => requiredModule("node:fs/promises", NO_FILES);

/** The part of Deno's global that is looked at, where there is one. */
interface DenoPermissions {
  readonly permissions?: {
    querySync?(descriptor: { name: "read"; path: string }): { readonly state: string };
  };
}

/** What there is to say about a file. */
export interface FileFacts {
  /** Size in bytes. */
  readonly size: number;
  /** When its bytes were written. */
  readonly modified: Date;
  /** Another one when the file is replaced or written. */
  readonly version: string;
}

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What is at a path, links followed; `null`: no regular file. */
export async function fileFacts(path: string): Promise<FileFacts | null> {
  try {
    const stat = await fs().stat(path, { bigint: true });
    if (!stat.isFile()) return null;
    return {
      size: Number(stat.size),
      modified: new Date(Number(stat.mtimeNs / 1_000_000n)),
      version: `${stat.ino.toString(36)}-${stat.mtimeNs.toString(36)}-${stat.size.toString(36)}`,
    };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Files and folders in a folder, in no order; none where there is no such folder. Links count as what they lead to. */
export async function readFolder(path: string): Promise<FolderEntry[]> {
  try {
    const entries = await fs().readdir(path, { withFileTypes: true });
    return await Promise.all(entries.map(async (entry) => ({
      name: entry.name,
      isFolder: entry.isSymbolicLink()
        ? await fs().stat(`${path}/${entry.name}`).then((stat) => stat.isDirectory(), () => false)
        : entry.isDirectory(),
    })));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Makes a folder, with those above it. */
export async function makeFolder(path: string): Promise<void> {
  await fs().mkdir(path, { recursive: true });
}

/** Removes a file; one that is not there is fine. */
export async function removeFile(path: string): Promise<void> {
  try {
    await fs().unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** The `file:` URL of a path. */
export function fileUrlOf(path: string): string {
  return requiredModule("node:url", NO_FILES).pathToFileURL(
    requiredModule("node:path", NO_FILES).resolve(path),
  ).href;
}

/** The absolute path that a path or a `file:` URL names. */
export function absolutePath(location: string | URL): string {
  const isUrl = location instanceof URL || /^file:/i.test(location);
  return isUrl
    ? requiredModule("node:url", NO_FILES).fileURLToPath(location)
    : requiredModule("node:path", NO_FILES).resolve(location);
}

/**
 * The text of a file that holds settings or a token.
 *
 * @returns `undefined` when there is none, or it may not be read.
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    // Nobody is asked for a permission.
    const { Deno } = globalThis as { Deno?: DenoPermissions };
    const permission = Deno?.permissions?.querySync?.({ name: "read", path });
    if (permission !== undefined && permission.state !== "granted") return undefined;
    return await fs().readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Writes a file that only its owner may read: nobody sees half of it. */
export async function replaceTextFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await fs().writeFile(temporary, text, { mode: 0o600, flag: "wx" });
    await fs().rename(temporary, path);
  } catch (error) {
    await removeFile(temporary);
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}
