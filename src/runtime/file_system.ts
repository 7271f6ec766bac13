/**
 * The file system as safe replacement of a file needs it: what is at a path, and the steps from a temporary file to its name.
 *
 * @module
 */

import type { FileHandle } from "node:fs/promises";
import { builtinModule, requiredModule } from "./builtin_modules.ts";
import { createFile, isSyncUnsupported, NO_FILES, type WritableFile } from "./files.ts";
import { missingPermission, systemErrorCode } from "./system_error.ts";

/** What is at a path. */
export interface PathFacts {
  /** `"stream"`: a pipe or a character device, such as a terminal; `"other"`: a socket or a block device. */
  readonly kind: "file" | "directory" | "stream" | "other";
  /** Permissions, as `chmod` takes them. */
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
  /** Tells one file from another, whatever its name. */
  readonly identity: string;
}

/** The steps of a replacement. Tests put a file system in its place that fails. */
export interface FileSystem {
  /**
   * The path that a file is, or will be, really at: symbolic links are followed, even where they lead to nothing.
   *
   * @throws An error with `code` "ELOOP" when they lead in a circle.
   */
  resolveLinks(path: string): Promise<string>;
  /** What is at a path, links followed; `null` when there is nothing. */
  facts(path: string): Promise<PathFacts | null>;
  /** Creates a file that must not exist. */
  create(path: string, mode: number): Promise<WritableFile>;
  /** Gives the file at `path` the permissions of `like` and, where that is permitted, its owner and group. */
  adopt(path: string, own: PathFacts, like: PathFacts): Promise<void>;
  /** Renames a file; what was at `to` is replaced in one step. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Renames a file to a name that must be free.
   *
   * @throws An error with `code` "EEXIST" when there is something at `to`.
   */
  renameToFree(from: string, to: string): Promise<void>;
  /** Removes a file; one that is not there is fine. */
  remove(path: string): Promise<void>;
  /** Puts the names in the folder of `path` on the disk, where the platform lets a program ask for it. */
  syncFolder(path: string): Promise<void>;
}

const fs = () => requiredModule("node:fs/promises", NO_FILES);
const nodePath = () => requiredModule("node:path", NO_FILES);

/** As many links as Linux follows. */
const MAX_LINKS = 40;
/** What file systems answer that have no hard links, and permission models that do not allow them. */
const CANNOT_LINK = new Set(["EACCES", "EMLINK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"]);
/** What file systems answer that know no permissions. */
const CANNOT_CHMOD = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"]);
/** Set-user-ID and set-group-ID: they must not come to a file of another owner. */
const SET_IDS = 0o6000;

/** The file system of the machine. */
export const fileSystem: FileSystem = {
  resolveLinks,
  facts,
  create: createFile,
  adopt,
  rename: (from, to) => fs().rename(from, to),
  renameToFree,
  remove,
  syncFolder,
};

/** {@linkcode FileSystem.resolveLinks} */
export async function resolveLinks(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    try {
      return await fs().realpath(at);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    }
    // Nothing is there: a new file, or what a link says will be there.
    const folder = nodePath().dirname(at);
    const link = await readLink(at);
    if (link === null) {
      if (links === 0) return nodePath().resolve(at);
      return nodePath().join(await realFolder(folder), nodePath().basename(at));
    }
    // Put together as the system does it: ".." behind another link is not what it looks like.
    at = nodePath().isAbsolute(link)
      ? link
      : `${await fs().realpath(folder)}${nodePath().sep}${link}`;
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links, '${path}'`), { code: "ELOOP" });
}

/** Where a link leads to, `null` when there is no link at the path. */
async function readLink(path: string): Promise<string | null> {
  try {
    return await fs().readlink(path);
  } catch (error) {
    const code = systemErrorCode(error);
    // EINVAL: a file has come here in the meantime.
    if (code === "ENOENT" || code === "EINVAL") return null;
    throw error;
  }
}

/** A folder that is missing is reported when the file is created: there the message can say so. */
async function realFolder(folder: string): Promise<string> {
  try {
    return await fs().realpath(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return nodePath().resolve(folder);
    throw error;
  }
}

/** {@linkcode FileSystem.facts} */
export async function facts(path: string): Promise<PathFacts | null> {
  try {
    const stat = await fs().stat(path, { bigint: true });
    const isStream = stat.isFIFO() || stat.isCharacterDevice();
    return {
      kind: stat.isFile()
        ? "file"
        : stat.isDirectory()
        ? "directory"
        : isStream
        ? "stream"
        : "other",
      mode: Number(stat.mode) & 0o7777,
      owner: Number(stat.uid),
      group: Number(stat.gid),
      identity: `${stat.dev}:${stat.ino}`,
    };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

async function adopt(path: string, own: PathFacts, like: PathFacts): Promise<void> {
  const isOwners = await changeOwner(path, own, like);
  const mode = isOwners ? like.mode : like.mode & ~SET_IDS;
  try {
    await fs().chmod(path, mode);
  } catch (error) {
    if (!CANNOT_CHMOD.has(systemErrorCode(error) ?? "")) throw error;
  }
}

/** Whether the file has the owner and the group of `like` now. Only a privileged process may give files away. */
async function changeOwner(path: string, own: PathFacts, like: PathFacts): Promise<boolean> {
  if (own.owner === like.owner && own.group === like.group) return true;
  for (const owner of [like.owner, own.owner]) {
    try {
      await fs().chown(path, owner, like.group);
      return owner === like.owner;
    } catch {
      // Then at least the group, which its members may give.
    }
  }
  return false;
}

async function renameToFree(from: string, to: string): Promise<void> {
  try {
    await fs().link(from, to);
  } catch (error) {
    if (missingPermission(error) === null && !CANNOT_LINK.has(systemErrorCode(error) ?? "")) {
      throw error;
    }
    return await claimAndRename(from, to);
  }
  // The file has its name: that it has another one as well is not worth an error.
  await fs().unlink(from).catch(() => {});
}

/**
 * Renames to a name that must be free, without hard links: an empty file takes the name, in one step, and is replaced.
 *
 * @throws An error with `code` "EEXIST" when there is something at `to`.
 */
export async function claimAndRename(from: string, to: string): Promise<void> {
  const claim = await createFile(to, 0o666);
  let identity: string | undefined;
  try {
    await claim.close();
    identity = (await facts(to))?.identity;
    await fs().rename(from, to);
  } catch (error) {
    if (await facts(to).then((now) => now?.identity === identity, () => false)) await remove(to);
    throw error;
  }
}

/** Not `rm`, for which permission models want to allow reading, too. */
async function remove(path: string): Promise<void> {
  try {
    await fs().unlink(path);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await fs().open(nodePath().dirname(path), "r");
  } catch {
    // Windows does not open folders, and not every folder that can be written may be read.
    return;
  }
  try {
    await folder.sync();
  } catch (error) {
    if (!isSyncUnsupported(error)) throw error;
  } finally {
    await folder.close();
  }
}

/** Removes files at once, for a process that is about to end. What cannot be removed stays. */
export function removeNow(paths: Iterable<string>): void {
  for (const path of paths) {
    try {
      builtinModule("node:fs")?.unlinkSync(path);
    } catch {
      // It was never created, or cannot be removed; the process ends, so there is no way to report it.
    }
  }
}

/** The folder that a path is in, and its name there. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  return { folder: nodePath().dirname(path), name: nodePath().basename(path) };
}

/** The path of a name in a folder. */
export function joinPath(folder: string, name: string): string {
  return nodePath().join(folder, name);
}

/** Whether a path says, by a separator at its end, that it names a folder. */
export function namesFolder(path: string): boolean {
  return path.endsWith("/") || path.endsWith(nodePath().sep);
}
