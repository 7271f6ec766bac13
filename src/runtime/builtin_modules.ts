/**
 * The modules that Deno, Bun and Node have built in, asked for by name while the program runs: an `import` of them is an error in a
 * browser, and one that every bundler for browsers trips over.
 *
 * @module
 */

import type * as buffer from "node:buffer";
import type * as childProcess from "node:child_process";
import type * as cryptography from "node:crypto";
import type * as fs from "node:fs";
import type * as fsPromises from "node:fs/promises";
import type * as os from "node:os";
import type * as path from "node:path";
import type * as stream from "node:stream";
import type * as url from "node:url";
import type * as workerThreads from "node:worker_threads";
import type * as zlib from "node:zlib";

/** Modules that are used, by name. */
export interface BuiltinModules {
  "node:buffer": typeof buffer;
  "node:child_process": typeof childProcess;
  "node:crypto": typeof cryptography;
  "node:fs": typeof fs;
  "node:fs/promises": typeof fsPromises;
  "node:os": typeof os;
  "node:path": typeof path;
  "node:stream": typeof stream;
  "node:url": typeof url;
  "node:worker_threads": typeof workerThreads;
  "node:zlib": typeof zlib;
}

/** The part of the global `process` that is used. */
export interface ProcessGlobal {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly versions?: Readonly<Record<string, string | undefined>>;
  /** Node's permission model, where it is on. */
  readonly permission?: unknown;
  getBuiltinModule?(name: string): unknown;
}

/** The global `process`; a bundler may have put an object of its own there. `undefined` in a browser. */
export function processGlobal(): ProcessGlobal | undefined {
  return (globalThis as { process?: ProcessGlobal }).process;
}

/** Whether this is Node itself, and not a runtime that has its modules too. */
export function isNode(): boolean {
  const { node, bun, deno } = processGlobal()?.versions ?? {};
  return node !== undefined && bun === undefined && deno === undefined;
}

/** A built-in module; `null` where the runtime does not have it. */
export function builtinModule<Name extends keyof BuiltinModules>(
  name: Name,
): BuiltinModules[Name] | null {
  try {
    return (processGlobal()?.getBuiltinModule?.(name) ?? null) as BuiltinModules[Name] | null;
  } catch {
    return null;
  }
}

/**
 * A built-in module that a feature needs.
 *
 * @param feature What needs it, to begin the message with: `"Cannot open a path"`.
 * @throws {TypeError} Where the runtime does not have it: a browser, an edge runtime.
 */
export function requiredModule<Name extends keyof BuiltinModules>(
  name: Name,
  feature: string,
): BuiltinModules[Name] {
  const module = builtinModule(name);
  if (module === null) throw new TypeError(`${feature}: this runtime has no ${name}`);
  return module;
}
