/**
 * Arrow IPC files in a store, batch by batch.
 *
 * @module
 */

import { AsyncRecordBatchFileReader, RecordBatchReader } from "apache-arrow";
import type { Store } from "../../src/store/mod.ts";

/** Opens a file; `null` when it is a stream, which has no index. */
export async function openArrowFile(
  store: Store,
  key: string,
  size: number,
): Promise<AsyncRecordBatchFileReader | null> {
  const head = await store.get(key, { start: 0, end: 6 });
  if (new TextDecoder().decode(head) !== "ARROW1") return null;
  // What Arrow JS takes for a file handle of Node.
  const handle = {
    fd: 0,
    stat: () => Promise.resolve({ size }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      const bytes = await store.get(key, {
        start: position,
        end: Math.min(position + length, size),
      });
      buffer.set(bytes, offset);
      return { bytesRead: bytes.length, buffer };
    },
    close: () => Promise.resolve(),
  };
  const reader = await RecordBatchReader.from(
    handle as never,
  ) as unknown as AsyncRecordBatchFileReader;
  await reader.open();
  return reader;
}
