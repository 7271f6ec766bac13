/** @module Counts bytes of memory that a function asks for, so that tests bound memory without looking at the process. */

const CONSTRUCTORS = [
  "ArrayBuffer",
  "Uint8Array",
  "Uint16Array",
  "Uint32Array",
  "Int32Array",
  "BigInt64Array",
  "Float64Array",
] as const;

/** What was asked for. */
export interface Allocations {
  /** Bytes of all buffers that were made. */
  bytes: number;
  /** Bytes of the largest one. */
  largest: number;
}

/**
 * Runs a function, and counts the buffers that JavaScript code makes meanwhile, also where it throws. Not for functions that run
 * side by side.
 */
export async function countAllocations(run: () => unknown): Promise<Allocations> {
  const counted: Allocations = { bytes: 0, largest: 0 };
  const originals = CONSTRUCTORS.map((name) => [name, globalThis[name]] as const);
  for (const [name, original] of originals) {
    const size = "BYTES_PER_ELEMENT" in original ? original.BYTES_PER_ELEMENT : 1;
    const counting: object = new Proxy(original, {
      construct(target, args: unknown[], newTarget): object {
        const [length] = args;
        if (typeof length === "number") {
          counted.bytes += length * size;
          counted.largest = Math.max(counted.largest, length * size);
        }
        const plain = newTarget === counting ? target : newTarget;
        return Reflect.construct(target as new (...args: unknown[]) => object, args, plain);
      },
    });
    Reflect.set(globalThis, name, counting);
  }
  try {
    await run();
  } finally {
    for (const [name, original] of originals) Reflect.set(globalThis, name, original);
  }
  return counted;
}
