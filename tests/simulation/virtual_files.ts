/** A file system in memory whose every step is an action of the scheduler, and goes wrong as told. */

import type { FileSystem, PathFacts } from "../../src/runtime/file_system.ts";
import type { WritableFile } from "../../src/runtime/files.ts";
import type { Scheduler } from "./scheduler.ts";

/** What goes wrong at one step. */
export interface FileFault {
  /** Ordinal among all steps. */
  readonly step: number;
  readonly kind: "fails" | "fails after it was done" | "hangs" | "is late";
  /** For "is late". */
  readonly milliseconds: number;
}

interface StoredFile {
  bytes: Uint8Array;
  mode: number;
  readonly identity: string;
}

/** The file that writers of a simulation write. */
export const TARGET = "/somewhere/out.parquet";

/** The file system. */
export class VirtualFiles implements FileSystem {
  readonly files = new Map<string, StoredFile>();
  /** Files that are open. */
  open = 0;
  /** Errors that faults have raised. */
  readonly raised: Error[] = [];
  /** Whether a step will never be done. */
  hangs = false;
  /** Whether a file's removal or closing has failed. */
  cannotTidy = false;
  /** Whether the file is, or was, being completed. */
  committing = false;
  /** Whether the temporary file was, or is being, given its name. */
  renamed = false;
  /** Called at each step, before it is begun. */
  during: (step: number) => void = () => {};
  readonly #scheduler: Scheduler;
  readonly #name: string;
  readonly #faults: readonly FileFault[];
  #steps = 0;
  #identities = 0;

  constructor(scheduler: Scheduler, name: string, faults: readonly FileFault[], old: boolean) {
    this.#scheduler = scheduler;
    this.#name = name;
    this.#faults = faults;
    if (old) this.#put(TARGET, Uint8Array.of(1, 2, 3), 0o640);
  }

  /** Bytes of the target. */
  get target(): Uint8Array | null {
    return this.files.get(TARGET)?.bytes ?? null;
  }

  resolveLinks(path: string): Promise<string> {
    return this.#step("follows links", () => path);
  }

  facts(path: string): Promise<PathFacts | null> {
    return this.#step("looks", () => {
      const file = this.files.get(path);
      if (file === undefined) return null;
      return { kind: "file", mode: file.mode, owner: 0, group: 0, identity: file.identity };
    });
  }

  create(path: string, mode: number): Promise<WritableFile> {
    return this.#step("creates", () => {
      if (this.files.has(path)) throw systemError("EEXIST");
      const file = this.#put(path, new Uint8Array(), mode);
      this.open++;
      return this.#writable(file);
    });
  }

  adopt(path: string, _own: PathFacts, like: PathFacts): Promise<void> {
    return this.#step("adopts", () => {
      this.files.get(path)!.mode = like.mode;
    });
  }

  rename(from: string, to: string): Promise<void> {
    this.renamed = true;
    return this.#step("renames", () => {
      const file = this.files.get(from);
      if (file === undefined) throw systemError("ENOENT");
      this.files.delete(from);
      this.files.set(to, file);
    });
  }

  async renameToFree(from: string, to: string): Promise<void> {
    if (this.files.has(to)) throw systemError("EEXIST");
    await this.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.#step("removes", () => {
      this.files.delete(path);
    }, true);
  }

  syncFolder(): Promise<void> {
    return this.#step("syncs the folder", () => {});
  }

  #put(path: string, bytes: Uint8Array, mode: number): StoredFile {
    const file = { bytes, mode, identity: String(this.#identities++) };
    this.files.set(path, file);
    return file;
  }

  #writable(file: StoredFile): WritableFile {
    let closed: Promise<void> | null = null;
    return {
      write: (bytes) =>
        this.#step("writes", () => {
          const all = new Uint8Array(file.bytes.length + bytes.length);
          all.set(file.bytes);
          all.set(bytes, file.bytes.length);
          file.bytes = all;
          return bytes.length;
        }),
      sync: () => {
        this.committing = true;
        return this.#step("syncs", () => {});
      },
      close: () =>
        closed ??= this.#step("closes", () => {
          this.open--;
        }, true),
    };
  }

  #step<T>(what: string, act: () => T, tidies = false): Promise<T> {
    const fault = this.#faults.find(({ step }) => step === this.#steps);
    this.during(this.#steps++);
    if (fault !== undefined) this.#scheduler.note(`${this.#name} ${what}: ${fault.kind}`);
    const channel = `${this.#name} step`;
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      };
      const fail = (): void => {
        const error = systemError("EIO");
        this.raised.push(error);
        if (tidies) this.cannotTidy = true;
        reject(error);
      };
      switch (fault?.kind) {
        case undefined:
          return this.#scheduler.post(channel, what, run);
        case "fails":
          return this.#scheduler.post(channel, `${what} and fails`, fail);
        case "fails after it was done":
          // Where a file was created and nobody was given it, nobody can close it.
          if (what === "creates") return this.#scheduler.post(channel, `${what} and fails`, fail);
          return this.#scheduler.post(channel, `${what} and fails`, () => {
            try {
              act();
            } catch {
              // It fails in any case.
            }
            fail();
          });
        case "hangs":
          this.hangs = true;
          return;
        case "is late":
          this.#scheduler.later(fault!.milliseconds, channel, what, run);
      }
    });
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as told`), { code });
}
