/** Prints what the import of the library, whose URL is the argument, compiled and started. */

import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import workerThreads from "node:worker_threads";

let started = 0;
const count = (target: object, name: string) => {
  const original = Reflect.get(target, name);
  Reflect.set(
    target,
    name,
    new Proxy(original, {
      construct(constructor, args, newTarget) {
        started++;
        return Reflect.construct(constructor, args, newTarget);
      },
      apply(method, self, args) {
        started++;
        return Reflect.apply(method, self, args);
      },
    }),
  );
};
for (const name of ["Module", "Instance", "compile", "instantiate"]) count(WebAssembly, name);
count(workerThreads, "Worker");
syncBuiltinESMExports();

const library = await import(process.argv[2]!);
const atImport = started;

// The same counters must notice a write that needs workers.
const { tableFromArrays } = await import("apache-arrow");
const table = tableFromArrays({ a: Float64Array.from({ length: 400_000 }, (_, i) => i * 0.1) });
await library.toParquet(table, { parallelism: 2 });
console.log(JSON.stringify({ atImport, atWrite: started - atImport }));
