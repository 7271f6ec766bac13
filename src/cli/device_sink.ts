/** @module Pipes and devices as targets: `/dev/stdout`, a named pipe. */

import { openForStreaming, type WritableFile } from "../runtime/files.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import type { Sink } from "../sink/sink.ts";
import { SinkError } from "../util/errors.ts";
import { blocking } from "./blocking.ts";

/** Writes to a pipe or a device, which cannot take anything back: after a failure there is no footer. */
export class DeviceSink implements Sink {
  readonly #path: string;
  #file: WritableFile | null = null;
  #pending: Promise<unknown> = Promise.resolve();
  /** Bytes written. */
  byteLength = 0;

  /** Nothing is opened yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const done = blocking(this.#write(bytes));
    this.#pending = done.catch(() => {});
    return done;
  }

  /** {@linkcode Sink.close} */
  async close(): Promise<void> {
    await this.#file?.close().catch((error) => this.#fail(error));
  }

  /** {@linkcode Sink.abort} */
  async abort(): Promise<void> {
    await this.#pending;
    await this.#file?.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      this.#file ??= await openForStreaming(this.#path);
      for (let done = 0; done < bytes.length;) {
        done += await this.#file.write(bytes.subarray(done));
      }
      this.byteLength += bytes.length;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(cause: unknown): never {
    const text = systemErrorText(cause) ?? String(cause);
    const details = { bytesAccepted: this.byteLength, cause };
    throw new SinkError(`Cannot write ${this.#path}: ${text}`, details);
  }
}
