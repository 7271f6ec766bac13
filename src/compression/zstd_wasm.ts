/**
 * zstd compiled to WebAssembly: a typed way to a compiled module, with a compression context that is kept.
 *
 * The bytes of the module are elsewhere (`load_zstd.ts`): a worker gets the compiled module by message, and this file is
 * all it has to carry.
 *
 * @module
 */

import { FormatError, LimitError } from "../util/errors.ts";

type Address = number;

interface ZstdExports {
  readonly memory: WebAssembly.Memory;
  initialize(): void;
  malloc(byteLength: number): Address;
  free(address: Address): void;
  ZSTD_isError(code: number): number;
  ZSTD_compressBound(byteLength: number): number;
  ZSTD_createCCtx(): Address;
  ZSTD_compress_usingDict(
    context: Address,
    dst: Address,
    dstCapacity: number,
    src: Address,
    srcLength: number,
    dictionary: Address,
    dictionaryLength: number,
    level: number,
  ): number;
  ZSTD_decompress(dst: Address, dstCapacity: number, src: Address, srcLength: number): number;
}

const WASM_PAGE = 65536;
/** What malloc and the context keep for themselves, at most, beside input and output. */
const LARGEST_INPUT = 0x3000_0000;

/** A piece of the module's heap that grows when more is asked for. */
class HeapBuffer {
  readonly #exports: ZstdExports;
  #address: Address = 0;
  #capacity = 0;

  constructor(exports: ZstdExports) {
    this.#exports = exports;
  }

  reserve(byteLength: number): Address {
    if (this.#address === 0 || byteLength > this.#capacity) {
      this.#exports.free(this.#address);
      this.#capacity = 0;
      this.#address = this.#exports.malloc(byteLength);
      if (this.#address === 0) {
        throw new LimitError("", -1, `Cannot allocate ${byteLength} bytes for zstd`);
      }
      this.#capacity = byteLength;
    }
    return this.#address;
  }
}

/** One zstd with its own memory: one a thread is enough. */
export class ZstdInstance {
  readonly #exports: ZstdExports;
  readonly #input: HeapBuffer;
  readonly #output: HeapBuffer;
  #context: Address = 0;

  /** Instantiates the module, synchronously. */
  constructor(module: WebAssembly.Module) {
    // The module may ask for memory while it starts, before there are exports to look at: it never did, and 0 says no.
    let exports: ZstdExports | null = null;
    const env = {
      abort: (): never => {
        throw new WebAssembly.RuntimeError("zstd aborted");
      },
      exit: (): never => {
        throw new WebAssembly.RuntimeError("zstd exited");
      },
      keepaliveClear: (): void => {},
      setTimer: (): number => 0,
      resizeHeap: (byteLength: number): number =>
        exports !== null && growTo(exports.memory, byteLength >>> 0) ? 1 : 0,
    };
    exports = new WebAssembly.Instance(module, { env }).exports as unknown as ZstdExports;
    exports.initialize();
    this.#exports = exports;
    this.#input = new HeapBuffer(exports);
    this.#output = new HeapBuffer(exports);
  }

  /**
   * Compresses to one frame that says its content's size. The same bytes whatever was compressed before.
   *
   * @param bytes What to compress.
   * @param level 1 to 22.
   * @returns A view of the module's memory, valid until the next call.
   */
  compress(bytes: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
    if (bytes.length > LARGEST_INPUT) {
      throw new LimitError("", -1, `Cannot compress ${bytes.length} bytes with zstd at once`);
    }
    const wasm = this.#exports;
    const capacity = wasm.ZSTD_compressBound(bytes.length) >>> 0;
    const src = this.#input.reserve(bytes.length);
    const dst = this.#output.reserve(capacity);
    if (this.#context === 0) this.#context = wasm.ZSTD_createCCtx();
    if (this.#context === 0) throw new LimitError("", -1, "Cannot allocate a context for zstd");
    this.#write(src, bytes);
    // Without a dictionary this is ZSTD_compressCCtx, which the module does not export: the context keeps its tables.
    const length =
      wasm.ZSTD_compress_usingDict(this.#context, dst, capacity, src, bytes.length, 0, 0, level) >>>
      0;
    if (wasm.ZSTD_isError(length) !== 0) {
      // Output has room for the worst case, so that memory is all that can be lacking.
      throw new LimitError(
        "",
        -1,
        `Cannot compress ${bytes.length} bytes with zstd at level ${level}`,
      );
    }
    return new Uint8Array(wasm.memory.buffer as ArrayBuffer, dst, length);
  }

  /**
   * Decompresses all frames in `bytes`.
   *
   * @param bytes What to decompress.
   * @param limit Most bytes that may come out.
   * @returns A view of the module's memory, valid until the next call.
   * @throws {FormatError} When the bytes are not zstd frames, or hold more than `limit` bytes.
   */
  decompress(bytes: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
    const wasm = this.#exports;
    const src = this.#input.reserve(bytes.length);
    const dst = this.#output.reserve(limit);
    this.#write(src, bytes);
    const length = wasm.ZSTD_decompress(dst, limit, src, bytes.length) >>> 0;
    if (wasm.ZSTD_isError(length) !== 0) {
      throw new FormatError("Cannot decompress zstd data: it is corrupt or larger than stated");
    }
    return new Uint8Array(wasm.memory.buffer as ArrayBuffer, dst, length);
  }

  #write(address: Address, bytes: Uint8Array): void {
    new Uint8Array(this.#exports.memory.buffer, address, bytes.length).set(bytes);
  }
}

/** Grows by a fifth at least, so that a heap that grows byte by byte does not grow page by page. */
function growTo(memory: WebAssembly.Memory, byteLength: number): boolean {
  const have = memory.buffer.byteLength;
  for (const wanted of [Math.max(byteLength, have * 1.2), byteLength]) {
    try {
      memory.grow(Math.ceil((wanted - have) / WASM_PAGE));
      return true;
    } catch {
      // Less may still be possible.
    }
  }
  return false;
}

const instances = new WeakMap<WebAssembly.Module, ZstdInstance>();

/** The thread's one instance of a compiled module: each takes 16 MiB of address space. */
export function zstdInstance(module: WebAssembly.Module): ZstdInstance {
  let instance = instances.get(module);
  if (instance === undefined) {
    instance = new ZstdInstance(module);
    instances.set(module, instance);
  }
  return instance;
}
