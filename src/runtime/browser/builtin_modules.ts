/**
 * In the place of `../builtin_modules.ts` where a program is bundled for browsers: nothing is built in, whatever a page may call `process`.
 *
 * @module
 */

/** The global `process`: none. */
export function processGlobal(): undefined {
  return undefined;
}

/** Whether this is Node: no. */
export function isNode(): boolean {
  return false;
}

/** A built-in module: none. */
export function builtinModule(_name: string): null {
  return null;
}

/**
 * A built-in module that a feature needs.
 *
 * @throws {TypeError} Always.
 */
export function requiredModule(name: string, feature: string): never {
  throw new TypeError(`${feature}: this runtime has no ${name}`);
}
