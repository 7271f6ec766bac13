/**
 * zstd's module as a part of whatever imports this: for those who need it within a call, and cannot wait until it is loaded.
 *
 * @module
 */

import { zstdModule } from "./compile_zstd.ts";
import { provideZstd } from "./load_zstd.ts";

/** From now on `compileZstd` needs nothing that would have to be loaded. */
export function embedZstd(): void {
  provideZstd(zstdModule);
}
