/** Runs a script in a process of its own, on the runtime that runs the test. */

import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of a process. */
export interface SubprocessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed. Default 60,000. */
  readonly timeout?: number;
}

/** Arguments of this runtime before a script. */
export function runArguments(): string[] {
  return process.versions["deno"] === undefined ? [] : ["run", "-A", "--no-check"];
}

/** Runs `script` to its end. */
export function runScript(
  script: URL | string,
  args: readonly string[] = [],
  { cwd, env = {}, timeout = 60_000 }: SubprocessOptions = {},
): Promise<Ended> {
  const path = typeof script === "string" ? script : fileURLToPath(script);
  const options = {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, NO_COLOR: "1", ...env },
    timeout,
    maxBuffer: 2 ** 28,
  };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...runArguments(), path, ...args],
      options,
      (error, stdout, stderr) => {
        if (error === null) return resolve({ status: 0, signal: null, stdout, stderr });
        const status = typeof error.code === "number" ? error.code : null;
        const signal = error.signal ?? null;
        if (status === null && signal === null) reject(error);
        else resolve({ status, signal, stdout, stderr });
      },
    );
  });
}
