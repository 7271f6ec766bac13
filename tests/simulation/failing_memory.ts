/** Memory that the library asks for and does not get. */

/** What the global object has of buffers, and is to be asked before they give any. */
const CONSTRUCTORS = [
  "ArrayBuffer",
  "Uint8Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float64Array",
  "BigInt64Array",
] as const;

/** Where the shipped code is: what a simulation needs for itself never fails. */
const LIBRARY = new URL("../../src/", import.meta.url).href;
/** As engines write a path into a stack: as a URL, or without its scheme. */
const LIBRARY_PATHS = [LIBRARY, LIBRARY.slice("file://".length)];

/**
 * Asks `mayAllocate` whenever the library itself makes a buffer of some size, until the function that is returned is called. It throws
 * where there is to be no memory. Views of what is there already are not asked for, nor copies that an engine makes on its own.
 */
export function watchAllocations(mayAllocate: () => void): () => void {
  const globals = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
  const originals = CONSTRUCTORS.map((name) => [name, globals[name]!] as const);
  for (const [name, original] of originals) {
    globals[name] = new Proxy(original, {
      construct(target, args, newTarget) {
        if (typeof args[0] === "number" && args[0] > 0 && isLibrary()) mayAllocate();
        return Reflect.construct(target, args, newTarget);
      },
    });
  }
  return () => {
    for (const [name, original] of originals) globals[name] = original;
  };
}

/** Whether the code that has called the one that calls this is the library's. */
function isLibrary(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 4;
  const lines = new Error().stack!.split("\n").filter((line) => /:\d+:\d+\)?$/.test(line));
  Error.stackTraceLimit = stackTraceLimit;
  const caller = lines.find((line) => !line.includes("failing_memory.ts"));
  return caller !== undefined && LIBRARY_PATHS.some((path) => caller.includes(path));
}
