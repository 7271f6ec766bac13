/**
 * Where zstd frames end, without decompressing them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3
 * @module
 */

/** Bytes of the dictionary id and of the content size, by their flags. */
const DICTIONARY_BYTES = [0, 1, 2, 4], CONTENT_BYTES = [0, 2, 4, 8];
const MAGIC_BYTES = 4, BLOCK_HEADER_BYTES = 3, CHECKSUM_BYTES = 4, SKIPPABLE_HEADER_BYTES = 8;
/** Type of a block that says one byte and how often it comes. */
const RUN = 1;

/** Follows frames through chunks that end anywhere. */
export class ZstdFrames {
  /** Bytes of the header that is being gathered. */
  #header: number[] = [];
  /** What comes next, behind the content. */
  #state: "frame" | "block" | "checksum" = "frame";
  /** Bytes of content to be passed over before the next header. */
  #content = 0;
  #hasChecksum = false;

  /** Whether what was followed so far ends where a frame does. */
  get atEnd(): boolean {
    return this.#state === "frame" && this.#header.length === 0 && this.#content === 0;
  }

  /**
   * Follows bytes from `from` on, to the end of a block, of a checksum or of the frame at most: no more than 128 KiB come of these.
   *
   * @returns Where it ends, or `bytes.length` where it goes on.
   * @throws {RangeError} For what is no frame.
   */
  follow(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#content > 0) {
        const count = Math.min(this.#content, bytes.length - at);
        this.#content -= count;
        at += count;
        if (this.#content === 0) this.#expectChecksum();
        return at;
      }
      this.#header.push(bytes[at++]!);
      if (this.#state === "frame") this.#readFrameHeader();
      else if (this.#header.length === BLOCK_HEADER_BYTES) this.#readBlockHeader();
      if (this.atEnd) return at;
    }
    return at;
  }

  #expectChecksum(): void {
    if (this.#state !== "checksum") return;
    this.#content = CHECKSUM_BYTES;
    this.#state = "frame";
  }

  #readFrameHeader(): void {
    const header = this.#header;
    if (header.length < MAGIC_BYTES + 1) return;
    const magic = header[0]! + header[1]! * 0x100 + header[2]! * 0x10000 + header[3]! * 0x1000000;
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
      if (header.length < SKIPPABLE_HEADER_BYTES) return;
      this.#content = header[4]! + header[5]! * 0x100 + header[6]! * 0x10000 +
        header[7]! * 0x1000000;
      this.#header = [];
      return;
    }
    if (magic !== 0xfd2fb528) throw new RangeError("Cannot read zstd: there is no frame");
    const descriptor = header[4]!;
    const isSingle = (descriptor & 32) !== 0, contentFlag = descriptor >>> 6;
    const contentBytes = contentFlag === 0 && isSingle ? 1 : CONTENT_BYTES[contentFlag]!;
    const length = MAGIC_BYTES + 1 + (isSingle ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3]! +
      contentBytes;
    if (header.length < length) return;
    this.#header = [];
    this.#state = "block";
    this.#hasChecksum = (descriptor & 4) !== 0;
  }

  #readBlockHeader(): void {
    const [a, b, c] = this.#header as [number, number, number];
    const header = a + b * 0x100 + c * 0x10000;
    this.#header = [];
    const size = header >>> 3;
    this.#content = ((header >>> 1) & 3) === RUN ? 1 : size;
    if ((header & 1) === 0) return;
    this.#state = this.#hasChecksum ? "checksum" : "frame";
    if (this.#content === 0) this.#expectChecksum();
  }
}
