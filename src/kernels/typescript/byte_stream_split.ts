/**
 * BYTE_STREAM_SPLIT, in TypeScript.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#byte-stream-split-byte_stream_split--9
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

/** See `Kernels.byteStreamSplit`. */
export function byteStreamSplit(
  memory: KernelMemory,
  src: Pointer,
  width: number,
  n: number,
  dst: Pointer,
): void {
  const { u8 } = memory;
  let stream = 0;
  // Four streams at a time: values are read half as often as stream by stream.
  for (; stream + 4 <= width; stream += 4) {
    const to0 = dst + stream * n;
    const to1 = to0 + n;
    const to2 = to1 + n;
    const to3 = to2 + n;
    let from = src + stream;
    for (let i = 0; i < n; i++, from += width) {
      u8[to0 + i] = u8[from]!;
      u8[to1 + i] = u8[from + 1]!;
      u8[to2 + i] = u8[from + 2]!;
      u8[to3 + i] = u8[from + 3]!;
    }
  }
  for (; stream < width; stream++) {
    const to = dst + stream * n;
    let from = src + stream;
    for (let i = 0; i < n; i++, from += width) u8[to + i] = u8[from]!;
  }
}
