/**
 * Decompression of zstd, by the runtime's own or by the module in WebAssembly, which has to be there then: see `loadUnzstd`.
 *
 * @module
 */

import { webAssemblyAllowed } from "../runtime/web_assembly.ts";
import { bringsZstd, type Decompress, nativeUnzstd } from "../runtime/zlib.ts";
import type { CompressionName } from "../schema/column_properties.ts";
import { FormatError } from "../util/errors.ts";
import { compileZstd, loadZstd } from "./load_zstd.ts";
import { zstdFrames } from "./zstd_frame.ts";
import { zstdInstance } from "./zstd_wasm.ts";

/** Loads what {@linkcode decompressZstd} needs; `null`: it is there. */
export function loadUnzstd(): Promise<void> | null {
  if (bringsZstd() || nativeUnzstd() !== null || !webAssemblyAllowed()) return null;
  return loadZstd();
}

/** Decompresses zstd frames, as `decompress` does. */
export function decompressZstd(bytes: Uint8Array, uncompressedLength: number): Uint8Array {
  return bounded("zstd", unzstd(), bytes, uncompressedLength);
}

function unzstd(): Decompress {
  const run = nativeUnzstd() ?? (webAssemblyAllowed() ? wasmUnzstd : null);
  if (run === null) {
    throw new TypeError("Cannot decompress zstd data: WebAssembly is not allowed here");
  }
  return (bytes, limit) => unzstdFrames(run, bytes, limit);
}

/** Frame by frame: Deno stops after the first. */
function unzstdFrames(run: Decompress, bytes: Uint8Array, limit: number): Uint8Array {
  const [first, ...more] = zstdFrames(bytes, limit);
  if (more.length === 0) return run(first!, limit);
  const out = new Uint8Array(limit);
  let written = 0;
  for (const frame of [first!, ...more]) {
    const content = run(frame, Math.max(limit - written, 1));
    if (content.length > limit - written) {
      throw new FormatError(
        `Cannot decompress zstd data: it holds more than the ${limit} bytes stated`,
      );
    }
    out.set(content, written);
    written += content.length;
  }
  return out.subarray(0, written);
}

function wasmUnzstd(bytes: Uint8Array, limit: number): Uint8Array {
  return zstdInstance(compileZstd()).decompress(bytes, limit).slice();
}

/** Runs one of the runtime's decompressors, whose errors come in many classes. */
export function bounded(
  name: CompressionName,
  run: Decompress,
  bytes: Uint8Array,
  uncompressedLength: number,
): Uint8Array {
  let out: Uint8Array;
  try {
    // The runtimes want a limit of at least 1; a byte too many is found below.
    out = run(bytes, Math.max(uncompressedLength, 1));
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const reason = (cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE"
      ? `it holds more than the ${uncompressedLength} bytes stated`
      : "it is corrupt or truncated";
    throw new FormatError(`Cannot decompress ${name} data: ${reason}`, { cause });
  }
  ofLength(out, name, uncompressedLength);
  // Small results come out of a pool, at any offset.
  return out.byteOffset % 8 === 0 ? out : new Uint8Array(out);
}

/** Checks that so many bytes have come out. */
export function ofLength(out: Uint8Array, name: CompressionName, length: number): Uint8Array {
  if (out.length !== length) {
    throw new FormatError(
      `Cannot decompress ${name} data: it holds ${out.length} bytes, not the ${length} stated`,
    );
  }
  return out;
}
