/** @module A sink that makes a `Blob`. */

import type { Sink } from "./sink.ts";

/** Bytes that are gathered before they become part of the blob. */
const PART_BYTES = 8 * 1024 * 1024;

/** The media type of Parquet, as registered with IANA. */
const MEDIA_TYPE = "application/vnd.apache.parquet";

/** What is used of a page to offer a download. */
interface Page {
  readonly document?: {
    createElement(name: "a"): { href: string; download: string; click(): void };
  };
}

/**
 * Collects the file in a `Blob`, whose bytes browsers may keep on disk: for downloads, and for files too large for memory.
 *
 * @example A file to download
 * ```ts
 * import { BlobSink, writeParquet } from "@parquet-ext/parquet-ext";
 *
 * const sink = new BlobSink();
 * await writeParquet([{ id: 1 }, { id: 2 }], sink);
 * console.assert(sink.blob().size > 0);
 * // In a page, on a click: sink.download("ids.parquet");
 * ```
 */
export class BlobSink implements Sink {
  #blob = new Blob([], { type: MEDIA_TYPE });
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #partBytes = 0;
  #state: "open" | "closed" | "aborted" = "open";

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
    if (this.#partBytes >= PART_BYTES) this.#gather();
  }

  /** {@linkcode Sink.close} */
  close(): void {
    this.#gather();
    this.#state = "closed";
  }

  /** {@linkcode Sink.abort} */
  abort(): void {
    this.#state = "aborted";
    this.#blob = new Blob([]);
    this.#parts = [];
  }

  /**
   * The complete file, of type `application/vnd.apache.parquet`.
   *
   * @throws {TypeError} If the file was not completed.
   */
  blob(): Blob {
    if (this.#state !== "closed") {
      throw new TypeError(`Cannot take the blob of a file: it is ${this.#state}, not closed`);
    }
    return this.#blob;
  }

  /**
   * Has the browser save the file. Only in a page.
   *
   * @param name Name of the file.
   * @throws {TypeError} If the file was not completed, or there is no page.
   */
  download(name: string): void {
    const { document } = globalThis as Page;
    if (document === undefined) {
      throw new TypeError(`Cannot download ${name}: no page is open here`);
    }
    const url = URL.createObjectURL(this.blob());
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    // The download has begun when the click returns in some browsers, and in others soon after.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  #gather(): void {
    if (this.#parts.length === 0) return;
    this.#blob = new Blob([this.#blob, ...this.#parts], { type: MEDIA_TYPE });
    this.#parts = [];
    this.#partBytes = 0;
  }
}
