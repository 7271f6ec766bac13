/**
 * What the process says about itself: environment variables and the number of processors.
 *
 * @module
 */

import { builtinModule, processGlobal } from "./builtin_modules.ts";

/** The part of Deno's global that is looked at, where there is one. */
interface DenoPermissions {
  readonly permissions?: {
    querySync?(descriptor: { name: "env"; variable: string }): { readonly state: string };
  };
}

/**
 * Reads an environment variable. A variable that may not be read (Deno without `--allow-env`) counts as not set; nobody is
 * ever asked for a permission.
 *
 * @param name Name of the variable.
 * @returns Its value, or `undefined` when it is not set, empty, or out of reach.
 */
export function environmentVariable(name: string): string | undefined {
  try {
    const deno = (globalThis as { Deno?: DenoPermissions }).Deno;
    const permission = deno?.permissions?.querySync?.({ name: "env", variable: name });
    if (permission !== undefined && permission.state !== "granted") return undefined;
    const value = processGlobal()?.env?.[name];
    return value === undefined || value === "" ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Kernel implementations that a program may ask for. */
export type KernelsChoice = "ts" | "wasm";

/**
 * The kernels that `PARQUET_EXT_KERNELS` asks for.
 *
 * @returns `"ts"`, `"wasm"`, or `undefined` when the variable is not set.
 * @throws {TypeError} When it is set to anything else.
 */
export function kernelsChoice(): KernelsChoice | undefined {
  const value = environmentVariable("PARQUET_EXT_KERNELS");
  if (value === undefined || value === "ts" || value === "wasm") return value;
  throw new TypeError(
    `Cannot use PARQUET_EXT_KERNELS=${JSON.stringify(value)}: expected "ts" or "wasm"`,
  );
}

/** Number of threads that the runtime says can run at once; at least 1. Never the number of processors of the machine. */
export function availableParallelism(): number {
  const reported = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator
    ?.hardwareConcurrency ?? builtinModule("node:os")?.availableParallelism?.();
  return typeof reported === "number" && reported >= 1 ? Math.floor(reported) : 1;
}
