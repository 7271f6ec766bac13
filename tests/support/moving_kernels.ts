/** Kernels whose memory moves at each allocation: whoever goes on with a view from before reads and writes nothing. */

import { ArrayBufferSource, LinearMemory } from "../../src/kernels/kernel_memory.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { TypescriptKernels } from "../../src/kernels/typescript/typescript_kernels.ts";

/** Makes the kernels. */
export function movingKernels(): Kernels {
  const source = new ArrayBufferSource();
  const memory = new LinearMemory(source, 0);
  const allocate = memory.allocate.bind(memory);
  memory.allocate = (byteLength) => {
    const pointer = allocate(byteLength);
    const buffer = source.buffer = source.buffer.transfer();
    memory.u8 = new Uint8Array(buffer);
    memory.u16 = new Uint16Array(buffer);
    memory.u32 = new Uint32Array(buffer);
    memory.i32 = new Int32Array(buffer);
    memory.f32 = new Float32Array(buffer);
    memory.f64 = new Float64Array(buffer);
    memory.i64 = new BigInt64Array(buffer);
    memory.u64 = new BigUint64Array(buffer);
    return pointer;
  };
  return new TypescriptKernels(memory);
}
