/**
 * Errors of the operating system and of a runtime's permission model, in plain words.
 *
 * @module
 */

/** What the codes of errno mean when a file is read or written. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "temporarily unavailable",
  EBADF: "it is closed",
  EBUSY: "it is in use, or a mount point",
  ECONNRESET: "the other side has closed the connection",
  EDQUOT: "the disk quota is used up",
  EEXIST: "the file already exists",
  EFBIG: "the file is too large for the file system, or for the limit of the process",
  EINVAL: "the file system cannot do this",
  EIO: "input/output error of the device",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ENFILE: "too many open files in the system",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOMEM: "not enough memory",
  ENOSPC: "no space left on the device",
  ENOSYS: "the file system cannot do this",
  ENOTDIR: "a part of the path is not a directory",
  ENOTSUP: "the file system cannot do this",
  ENXIO: "no such device or address",
  EOPNOTSUPP: "the file system cannot do this",
  EPERM: "operation not permitted",
  EPIPE: "the reader has closed the pipe",
  EROFS: "the file system is read-only",
  ESTALE: "the file is gone from the network file system",
  ETIMEDOUT: "the device did not respond in time",
  ETXTBSY: "it is a program that is running",
  EXDEV: "it is on another file system",
};

/** The code of an operating system's error, such as `"ENOSPC"`; `undefined` for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** The operating system's or the permission model's error in words, `null` when `error` is neither. */
export function systemErrorText(error: unknown): string | null {
  const code = systemErrorCode(error);
  if (code !== undefined) return Object.hasOwn(WORDS, code) ? WORDS[code]! : `error ${code}`;
  const missing = missingPermission(error);
  return missing === null ? null : permissionText(missing);
}

/** An access that a permission model has refused. */
export interface MissingPermission {
  readonly access: "read" | "write";
  /** The path that was refused, where the runtime tells. */
  readonly path: string | null;
  readonly runtime: "Deno" | "Node";
}

/**
 * What Node's permission model (`--permission`) or Deno's refused; `null` when `error` is not about a file's permission.
 *
 * @see https://nodejs.org/api/permissions.html
 * @see https://docs.deno.com/runtime/fundamentals/security/
 */
export function missingPermission(error: unknown): MissingPermission | null {
  if (!(error instanceof Error)) return null;
  const { code, permission, resource } = error as {
    code?: unknown;
    permission?: unknown;
    resource?: unknown;
  };
  if (code === "ERR_ACCESS_DENIED") {
    return {
      access: permission === "FileSystemWrite" ? "write" : "read",
      path: typeof resource === "string" && resource !== "" ? resource : null,
      runtime: "Node",
    };
  }
  if (error.name !== "NotCapable") return null;
  const [, access, path] = /^Requires (read|write) access to (?:"([^"]*)")?/.exec(error.message) ??
    [];
  if (access === undefined) return null;
  return { access: access as "read" | "write", path: path ?? null, runtime: "Deno" };
}

/** The flag that grants what is missing. */
export function permissionFlag({ access, runtime }: MissingPermission, path: string): string {
  return runtime === "Deno" ? `--allow-${access}=${path}` : `--allow-fs-${access}=${path}`;
}

function permissionText(missing: MissingPermission): string {
  const flag = permissionFlag(missing, missing.path ?? "PATH");
  return `${missing.runtime} was not given permission to ${missing.access} it (${flag})`;
}
