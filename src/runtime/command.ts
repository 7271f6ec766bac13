/**
 * Programs that this one runs.
 *
 * @module
 */

import { builtinModule, requiredModule } from "./builtin_modules.ts";
import { systemErrorCode } from "./system_error.ts";

/** The part of Deno's global that is looked at, where there is one. */
interface DenoPermissions {
  readonly permissions?: {
    querySync?(descriptor: { name: "run"; command: string }): { readonly state: string };
  };
}

/** Whether paths have backslashes here. */
export function isWindows(): boolean {
  return builtinModule("node:path")?.sep === "\\";
}

/** How a program is run. */
export interface CommandOptions {
  /** What needs it, to begin messages with. */
  readonly feature: string;
  /** Milliseconds after which it is ended. */
  readonly timeoutMs: number;
  /** Bytes that it may write. */
  readonly maxBytes: number;
}

/**
 * Runs a program, without a shell, and waits for its end. It shares standard input and the standard error stream with this process, so that
 * it can ask for a password, and say what is wrong.
 *
 * @returns What it wrote to its standard output.
 * @throws {TypeError} When it cannot be run, fails, writes too much, or takes too long. What it wrote is in no message.
 */
export async function outputOf(
  command: string,
  args: readonly string[],
  { feature, timeoutMs, maxBytes }: CommandOptions,
): Promise<string> {
  const failed = (state: string) =>
    new TypeError(`${feature}: ${JSON.stringify(command)} ${state}`);
  // Nobody is asked for a permission.
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const permission = Deno?.permissions?.querySync?.({ name: "run", command });
  if (permission !== undefined && permission.state !== "granted") {
    throw failed("may not be run (--allow-run)");
  }
  const { spawn } = requiredModule("node:child_process", feature);
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["inherit", "pipe", "inherit"],
      timeout: timeoutMs,
      windowsHide: true,
    });
    const decoder = new TextDecoder();
    let text = "", bytes = 0;
    // No cause: it would show the arguments.
    child.on("error", (error) => {
      const code = systemErrorCode(error);
      reject(failed(code === "ENOENT" ? "is not there" : `cannot be run (${code})`));
    });
    child.stdout.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > maxBytes) child.kill();
      else text += decoder.decode(chunk, { stream: true });
    });
    child.on("close", (code, signal) => {
      if (bytes > maxBytes) reject(failed(`wrote more than ${maxBytes} bytes`));
      else if (signal !== null) reject(failed(`was ended by ${signal}`));
      else if (code !== 0) reject(failed(`failed with exit code ${code}`));
      else resolve(text);
    });
  });
}
