import assert from "node:assert/strict";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { decompress as fzstd } from "fzstd";
import { compressors } from "hyparquet-compressors";
import {
  assertCodecAvailable,
  type Compressor,
  createCompressor,
  needsZstdModule,
} from "../../src/compression/codec.ts";
import { codecModules } from "../../src/compression/codec_modules.ts";
import { embedZstd } from "../../src/compression/embed_zstd.ts";
import { compileZstd } from "../../src/compression/load_zstd.ts";
import type { CompressionName } from "../../src/schema/column_properties.ts";
import { COMPRESSION_LEVELS } from "../../src/schema/compression_levels.ts";
import { BLOCKS, codecKernels, noise, place, random, words } from "./fixtures.ts";

const kernels = codecKernels();
embedZstd();
const modules = { zstd: compileZstd() };
const NAMES = Object.keys(COMPRESSION_LEVELS) as CompressionName[];

/** Decompressors that are not ours. */
const READERS: Record<CompressionName, (bytes: Uint8Array, length: number) => Uint8Array> = {
  uncompressed: (bytes) => bytes,
  snappy: (bytes, length) => compressors.SNAPPY!(bytes, length),
  lz4_raw: (bytes, length) => compressors.LZ4_RAW!(bytes, length),
  gzip: (bytes) => zlib.gunzipSync(bytes),
  brotli: (bytes) => zlib.brotliDecompressSync(bytes),
  zstd: (bytes) => fzstd(bytes),
};

function compressed(compressor: Compressor, bytes: Uint8Array): Uint8Array {
  const src = place(kernels, bytes);
  const out = compressor.compress(src, bytes.length).slice();
  kernels.memory.free(src);
  return out;
}

function levelsOf(name: CompressionName): (number | null)[] {
  const levels = COMPRESSION_LEVELS[name];
  if (levels === null) return [null];
  const all = Array.from({ length: levels.max - levels.min + 1 }, (_, i) => levels.min + i);
  return [null, ...all];
}

function sameBytes(actual: Uint8Array, expected: Uint8Array, message: string): void {
  assert.ok(Buffer.compare(actual, expected) === 0, message);
}

for (const name of NAMES) {
  for (const reproducible of name === "zstd" ? [false, true] : [false]) {
    const label = reproducible ? `${name}, reproducible` : name;
    test(`createCompressor() makes ${label} blocks that others read, at every level`, () => {
      for (const level of levelsOf(name)) {
        const compressor = createCompressor(kernels, name, level, { reproducible, modules });
        assert.equal(compressor.name, name);
        for (const [what, bytes] of Object.entries(BLOCKS)) {
          // A megabyte at the slow levels takes seconds, and is no different.
          if (bytes.length > 100_000 && level !== null && level > 6) continue;
          const block = compressed(compressor, bytes);
          // hyparquet-compressors wants at least one byte of room.
          const back = bytes.length === 0 && (name === "snappy" || name === "lz4_raw")
            ? bytes
            : READERS[name](block, bytes.length);
          sameBytes(back, bytes, `${what} at level ${level}`);
        }
        compressor.dispose();
        compressor.dispose();
      }
      assert.equal(kernels.memory.allocatedBytes, 0);
    });
  }
}

test("the zstd module has a compressor for every level and class of size", () => {
  // zstd chooses its strategy by level and by whether there are more than 16, 128 or 256 KiB; the module lacks what no choice leads to.
  for (const length of [16_000, 130_000, 250_000, 270_000]) {
    const bytes = words(length);
    for (const level of levelsOf("zstd").filter((level) => level !== null)) {
      const zstd = createCompressor(kernels, "zstd", level, { reproducible: true, modules });
      sameBytes(fzstd(compressed(zstd, bytes)), bytes, `${length} bytes at level ${level}`);
      zstd.dispose();
    }
  }
});

test("createCompressor() compresses what can be compressed", () => {
  const bytes = words(100_000);
  for (const name of NAMES) {
    const compressor = createCompressor(kernels, name, null, { reproducible: false, modules });
    const { length } = compressed(compressor, bytes);
    if (name === "uncompressed") assert.equal(length, bytes.length);
    else assert.ok(length < bytes.length * 0.7, `${name}: ${length}`);
    compressor.dispose();
  }
});

test("createCompressor() writes empty snappy and lz4_raw blocks as their formats say", () => {
  const options = { reproducible: false };
  const snappy = createCompressor(kernels, "snappy", null, options);
  assert.deepEqual([...compressed(snappy, new Uint8Array(0))], [0]);
  const lz4 = createCompressor(kernels, "lz4_raw", null, options);
  assert.deepEqual([...compressed(lz4, new Uint8Array(0))], [0]);
  snappy.dispose();
  lz4.dispose();
});

test("createCompressor() gives kernel memory back when the last of several is disposed of", () => {
  const first = createCompressor(kernels, "snappy", null, { reproducible: false });
  const second = createCompressor(kernels, "lz4_raw", null, { reproducible: false });
  compressed(first, noise(5000));
  compressed(second, noise(50_000));
  first.dispose();
  assert.ok(kernels.memory.allocatedBytes > 50_000);
  sameBytes(
    READERS.lz4_raw(compressed(second, noise(3000)), 3000),
    noise(3000),
    "the other still works",
  );
  second.dispose();
  assert.equal(kernels.memory.allocatedBytes, 0);
});

test("zstd frames state their content's size, native or not", () => {
  for (const reproducible of [false, true]) {
    for (const given of [modules, {}]) {
      if (reproducible && given !== modules) continue;
      const zstd = createCompressor(kernels, "zstd", 3, { reproducible, modules: given });
      for (const length of [0, 1, 255, 256, 5000, 70_000]) {
        const frame = compressed(zstd, words(length));
        const view = new DataView(frame.buffer, frame.byteOffset);
        assert.equal(view.getUint32(0, true), 0xfd2fb528);
        const flag = frame[4]! >>> 6, single = (frame[4]! & 0x20) !== 0;
        assert.ok(single, "one segment");
        const stated = flag === 0
          ? frame[5]!
          : flag === 1
          ? view.getUint16(5, true) + 256
          : view.getUint32(5, true);
        assert.equal(stated, length);
      }
    }
  }
});

test("zstd writes the same bytes whatever was compressed before", () => {
  const next = random(99);
  const cases = Array.from({ length: 150 }, (_, i) => {
    const length = Math.floor(2 ** (next() * 16));
    return {
      level: 1 + Math.floor(next() * 19),
      bytes: i % 3 === 0 ? noise(length, i) : words(length, i),
    };
  });
  const once = (order: typeof cases) =>
    new Map(order.map((one) => {
      const { level, bytes } = one;
      const zstd = createCompressor(kernels, "zstd", level, { reproducible: true, modules });
      return [one, compressed(zstd, bytes)];
    }));
  const forward = once(cases);
  const backward = once([...cases].reverse());
  for (const [one, bytes] of forward) {
    sameBytes(bytes, backward.get(one)!, `${one.bytes.length} bytes at level ${one.level}`);
  }
});

test("reproducible zstd writes the bytes it always wrote", async () => {
  // The same digest under every runtime; it changes only with the zstd that is embedded.
  const zstd = createCompressor(kernels, "zstd", 3, { reproducible: true, modules });
  const bytes = Buffer.concat(
    [words(300), words(8192), words(100_000), noise(1000)].map((block) => compressed(zstd, block)),
  );
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  assert.equal(
    Buffer.from(digest).toString("hex"),
    "d24e8375ff0df57f80c41fc999e2f5220e73d394b9193dc7e38903fe80578c36",
  );
});

test("zstd without its module is the runtime's own, and needs it where nothing else will do", () => {
  const native = createCompressor(kernels, "zstd", 1, { reproducible: false });
  sameBytes(fzstd(compressed(native, words(500))), words(500), "native");
  assert.throws(
    () => createCompressor(kernels, "zstd", 1, { reproducible: true }),
    /^TypeError: Cannot compress with zstd: its WebAssembly module was not given$/,
  );
});

test("the runtime's own zstd writes the same bytes before its context is kept and afterwards", () => {
  for (const length of [300, 20_000, 400_000]) {
    const native = createCompressor(kernels, "zstd", 1, { reproducible: false });
    const first = compressed(native, words(length));
    for (let page = 0; page < 40; page++) {
      sameBytes(compressed(native, words(length)), first, `page ${page}`);
    }
  }
});

test("codecModules() compiles only what a column needs", () => {
  assert.deepEqual(codecModules([{ compression: "snappy", reproducible: false }]), {});
  const zstd = { compression: "zstd" as const, reproducible: true };
  const given = codecModules([{ compression: "gzip", reproducible: false }, zstd]);
  assert.ok(given.zstd instanceof WebAssembly.Module);
  assert.equal(codecModules([zstd]).zstd, given.zstd);
  assert.equal(needsZstdModule(true), true);
  assert.equal(needsZstdModule(false), false);
});

test("gzip headers say nothing of time and place", () => {
  for (const level of [1, 6, 9]) {
    const gzip = createCompressor(kernels, "gzip", level, { reproducible: false });
    const header = [...compressed(gzip, words(1000)).subarray(0, 10)];
    assert.deepEqual(header.slice(0, 8), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    assert.equal(header[9], 255);
  }
});

test("assertCodecAvailable() refuses what cannot be written as asked for", () => {
  const refused = (
    name: string,
    level: number | null,
    reproducible: boolean,
    kind: typeof TypeError | typeof RangeError,
    message: RegExp,
  ) =>
    assert.throws(
      () => assertCodecAvailable(name as CompressionName, level, reproducible),
      (error) => error instanceof kind && message.test(error.message),
    );
  refused(
    "lzo",
    null,
    false,
    TypeError,
    /^Cannot compress with "lzo": unknown; valid: uncompressed, snappy/,
  );
  refused("__proto__", null, false, TypeError, /^Cannot compress with "__proto__"/);
  refused("snappy", 3, false, TypeError, /snappy has no levels/);
  refused("zstd", 0, false, RangeError, /zstd has levels 1 to 22$/);
  refused("zstd", 23, false, RangeError, /1 to 22/);
  refused("gzip", 10, false, RangeError, /0 to 9/);
  refused("brotli", -1, false, RangeError, /0 to 11/);
  refused("gzip", null, true, TypeError, /^Cannot compress with gzip reproducibly/);
  refused("brotli", 3, true, TypeError, /^Cannot compress with brotli reproducibly/);
  for (const name of NAMES) assertCodecAvailable(name, null, false);
  for (const name of ["uncompressed", "snappy", "lz4_raw", "zstd"] as const) {
    assertCodecAvailable(name, null, true);
  }
});
