/**
 * The runtime's zstd with a context that is kept from one block to the next.
 *
 * `zstdCompressSync` of `node:zlib` makes a stream with a new context and new output buffers for every call, which takes longer
 * than to compress a page. The handle beneath such a stream can be called by itself, again and again; nothing documents that, so
 * it is tried out before it is used, and where it does not do what is expected of it, each call makes a context as before.
 *
 * @module
 */

import { builtinModule, isNode, processGlobal } from "./builtin_modules.ts";
import { isSameBytes } from "./bytes.ts";
import { type Compress, isReliable, once } from "./native_codec.ts";
import {
  matchParameters,
  MOST_SIZED_BYTES,
  SIZE_ROOM,
  sizeLog,
  stateSize,
} from "./zstd_parameters.ts";

/** What is used of a stream that `createZstdCompress` makes. */
interface ZstdStream {
  readonly _handle: {
    onerror: (message: string) => void;
    /** Compresses; says in `_writeState` what is left of output and input. */
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
  };
  readonly _writeState: Uint32Array;
}

/** `node:zlib` with what older declarations and older runtimes lack. */
interface NewerZlib {
  readonly constants: Readonly<Record<string, number>>;
  createZstdCompress?(options: Record<string, unknown>): ZstdStream;
  zstdDecompressSync?(data: Uint8Array): Uint8Array;
}

const node = once(() => builtinModule("node:zlib") as unknown as NewerZlib | null);

/** `ZSTD_c_compressionLevel` of zstd.h. */
const LEVEL_PARAMETER = 100;
/** Beyond this level a context takes tens of megabytes, and so long that making it does not matter. */
const MOST_KEPT_LEVEL = 9;
/** Bytes of output that are kept: pages are smaller, but for huge values. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

let output = new Uint8Array(FIRST_BYTES);

/** Room for `byteLength` bytes, the same each time as far as possible. */
function outputOf(byteLength: number): Uint8Array<ArrayBuffer> {
  if (byteLength > MOST_KEPT_BYTES) return new Uint8Array(byteLength);
  if (byteLength > output.length) {
    output = new Uint8Array(Math.min(MOST_KEPT_BYTES, Math.max(byteLength, 2 * output.length)));
  }
  return output;
}

/** Bytes that any input of so many bytes fits into, as zstd.h has it: only then does one call make the whole frame. */
function frameBound(byteLength: number): number {
  const margin = byteLength < 128 * 1024 ? (128 * 1024 - byteLength) >>> 11 : 0;
  return byteLength + (byteLength >>> 8) + margin + 64;
}

/** Compresses one block after another with one set of parameters. */
class ZstdContext {
  readonly #stream: ZstdStream;
  readonly #end: number;
  #failure: string | null = null;

  constructor(params: Readonly<Record<number, number>>) {
    this.#stream = node()!.createZstdCompress!({ params });
    this.#end = node()!.constants.ZSTD_e_end!;
    this.#stream._handle.onerror = (message) => this.#failure = message;
  }

  /** One frame of all the bytes: a view that is valid until the next call, or has a buffer of its own that is as long. */
  compress(bytes: Uint8Array): Uint8Array {
    const out = outputOf(frameBound(bytes.length));
    const byteLength = this.write(bytes, out, 0);
    if (out === output) return out.subarray(0, byteLength);
    // Of a huge page: what it did not need is free now, not when garbage is collected.
    return new Uint8Array(out.buffer.transferToFixedLength(byteLength));
  }

  /** Writes one frame of all the bytes from `at` of `out` on, which has room for it. Returns its bytes. */
  write(bytes: Uint8Array, out: Uint8Array, at: number): number {
    const { _handle: handle, _writeState: left } = this.#stream;
    const room = out.length - at;
    handle.writeSync(this.#end, bytes, 0, bytes.length, out, at, room);
    if (this.#failure !== null || left[1] !== 0 || left[0] === 0) {
      throw new Error(`Cannot compress with zstd: ${this.#failure ?? "the block is not complete"}`);
    }
    return room - left[0]!;
  }
}

const contexts = new Map<number, ZstdContext>();
let usable: boolean | null = null;

/** Whether contexts can be kept here. */
export function keepsZstd(): boolean {
  return usable ??= isUsable();
}

/**
 * What compresses at a level with a kept context: each call gives one frame that says its content's size, as a view that is valid
 * until the next call at any level. `null` where contexts cannot be kept.
 *
 * µs a call of random 7-bit bytes at level 1, a context each time/a kept one:
 *
 * | bytes | Node 26.10 | Deno 2.9.6 | Bun 1.4.5 |
 * |---|---|---|---|
 * | 4,096 | 51/7 | 44/10 | 10/7 |
 * | 20,000 | 81/30 | 81/29 | 27/21 |
 * | 160,000 | 330/142 | 358/224 | 185/141 |
 * | 1,048,576 | 1426/1009 | 3077/1624 | 3275/1440 |
 *
 * @param level 1 to 22.
 */
export function keptZstd(level: number): ((bytes: Uint8Array) => Uint8Array) | null {
  if (level > MOST_KEPT_LEVEL || !keepsZstd()) return null;
  const context = contextOf(level);
  return (bytes) => context.compress(bytes);
}

/**
 * The same where a context does not learn how much comes, so that its frames would not say it, and would be larger: Deno's. The parameters
 * that it would have chosen are given to it, and the size is put into the frame: the bytes are those of `native`, to which it falls back
 * for pages it cannot do that for. Those of 300, 1,000 and 4,095 bytes take 2.5, 4.4 and 14 µs instead of 13, 15 and 25 (Deno 2.9.6).
 */
export function sizedZstd(
  level: number,
  native: Compress,
): ((bytes: Uint8Array) => Uint8Array) | null {
  if (matchParameters(level, 0) === null || !mayCallHandles()) return null;
  const contexts: (ZstdContext | undefined)[] = [];
  let isSame = true;
  return (bytes) => {
    const { length } = bytes;
    // The end of what fills whole blocks has a block of its own here.
    if (!isSame || length > MOST_SIZED_BYTES || (length & (length - 1)) === 0) {
      return native(bytes, level);
    }
    const log = sizeLog(length);
    const known = contexts[log];
    try {
      const context = known ??
        new ZstdContext({ [LEVEL_PARAMETER]: level, ...matchParameters(level, log)! });
      const out = outputOf(SIZE_ROOM + frameBound(length));
      const frame = stateSize(out, context.write(bytes, out, SIZE_ROOM), length);
      if (known !== undefined) return frame;
      // Another version may choose others.
      const expected = native(bytes, level);
      isSame = isSameBytes(frame, expected);
      contexts[log] = context;
      return expected;
    } catch {
      isSame = false;
      return native(bytes, level);
    }
  };
}

function contextOf(level: number): ZstdContext {
  let context = contexts.get(level);
  if (context === undefined) {
    context = new ZstdContext({ [LEVEL_PARAMETER]: level });
    contexts.set(level, context);
  }
  return context;
}

/**
 * The newest Node whose handle is known to work this way. A handle that is called with arguments it does not expect may end the
 * process instead of throwing, so a newer one is not tried out. Bun and Deno throw.
 */
const NEWEST_KNOWN_NODE = 26;

function mayCallHandles(): boolean {
  const version = processGlobal()?.versions?.["node"] ?? "";
  if (isNode() && parseInt(version) > NEWEST_KNOWN_NODE) return false;
  return node()?.createZstdCompress !== undefined;
}

/** Tries out whether a context can be kept: frames must not depend on those before, and be read again. */
function isUsable(): boolean {
  if (!mayCallHandles()) return false;
  try {
    const first = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >>> 7);
    const second = first.subarray(0, 700);
    const context = contextOf(1);
    const short = context.compress(second).slice();
    const other = context.compress(first).slice();
    const again = context.compress(second).slice();
    const fresh = new ZstdContext({ [LEVEL_PARAMETER]: 1 }).compress(first).slice();
    const decompress = node()!.zstdDecompressSync!;
    return isSameBytes(short, again) && isSameBytes(other, fresh) &&
      statesSize(other, first.length) &&
      isSameBytes(decompress(short), second) && isSameBytes(decompress(other), first) &&
      isReliable((bytes) => context.compress(bytes), decompress);
  } catch {
    return false;
  }
}

/** Whether a frame says in two bytes how much it holds: RFC 8878, 3.1.1. */
function statesSize(frame: Uint8Array, byteLength: number): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const sizeInTwoBytes = 0b0110_0000;
  return view.getUint32(0, true) === 0xfd2fb528 && view.getUint8(4) === sizeInTwoBytes &&
    view.getUint16(5, true) + 256 === byteLength;
}
