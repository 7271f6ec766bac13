/** Runs a script in a process of its own, on the runtime that runs the test. */

import { spawn } from "node:child_process";
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
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...runArguments(), path, ...args], {
      cwd: cwd ?? process.cwd(),
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
