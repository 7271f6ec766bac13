import assert from "node:assert/strict";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { createCompressor } from "../../src/compression/codec.ts";
import { decompress } from "../../src/compression/decompress.ts";
import { embedZstd } from "../../src/compression/embed_zstd.ts";
import { compileZstd } from "../../src/compression/load_zstd.ts";
import { lz4FrameDecompress } from "../../src/compression/lz4_frame.ts";
import { xxh32 } from "../../src/compression/xxh32.ts";
import { zstdInstance } from "../../src/compression/zstd_wasm.ts";
import type { CompressionName } from "../../src/schema/column_properties.ts";
import { COMPRESSION_LEVELS } from "../../src/schema/compression_levels.ts";
import { FormatError } from "../../src/util/errors.ts";
import { BLOCKS, codecKernels, noise, place, random, words } from "./fixtures.ts";

const kernels = codecKernels();
embedZstd();
const modules = { zstd: compileZstd() };
const NAMES = Object.keys(COMPRESSION_LEVELS) as CompressionName[];

function compressed(name: CompressionName, bytes: Uint8Array): Uint8Array {
  const compressor = createCompressor(kernels, name, null, { reproducible: false, modules });
  const src = place(kernels, bytes);
  const out = compressor.compress(src, bytes.length).slice();
  kernels.memory.free(src);
  compressor.dispose();
  return out;
}

const fails = (run: () => unknown, message: RegExp = /^Cannot decompress /) =>
  assert.throws(run, (error) => error instanceof FormatError && message.test(error.message));

for (const name of NAMES) {
  test(`decompress() reads ${name} blocks, aligned`, () => {
    for (const [what, bytes] of Object.entries(BLOCKS)) {
      const back = decompress(name, compressed(name, bytes), bytes.length);
      assert.ok(Buffer.compare(back, bytes) === 0, what);
      assert.equal(back.byteOffset % 8, 0);
    }
  });

  test(`decompress() refuses ${name} blocks of another length`, () => {
    for (const bytes of [words(1), words(1000), new Uint8Array(100_000)]) {
      const block = compressed(name, bytes);
      fails(() => decompress(name, block, bytes.length - 1));
      fails(() => decompress(name, block, bytes.length + 1));
      fails(() => decompress(name, block, 0));
      fails(() => decompress(name, block, 2 ** 30));
    }
  });

  if (name === "uncompressed") continue;
  test(`decompress() refuses truncated ${name} blocks`, () => {
    const bytes = words(3000);
    const block = compressed(name, bytes);
    for (let length = 0; length < block.length; length++) {
      if (length > 200 && length < block.length - 200 && length % 17 !== 0) continue;
      const truncated = (): Uint8Array => decompress(name, block.subarray(0, length), bytes.length);
      // Deno does not miss the mark after brotli's last byte of content; then all of the content is there.
      if (name === "brotli" && length >= block.length - 1 && "Deno" in globalThis) {
        assert.ok(Buffer.compare(truncated(), bytes) === 0);
      } else fails(truncated);
    }
  });

  test(`decompress() never does anything but throw FormatError at damaged ${name} blocks`, () => {
    const next = random(5);
    const bytes = words(2000);
    const block = compressed(name, bytes);
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = block.slice();
      for (let hits = 1 + Math.floor(next() * 3); hits > 0; hits--) {
        damaged[Math.floor(next() * damaged.length)]! ^= 1 << Math.floor(next() * 8);
      }
      try {
        assert.equal(decompress(name, damaged, bytes.length).length, bytes.length);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 20, `${refused} refused`);
  });
}

test("decompress() does not inflate a bomb", () => {
  const zeros = new Uint8Array(64 << 20);
  const bombs = {
    gzip: zlib.gzipSync(zeros),
    brotli: zlib.brotliCompressSync(zeros, {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 },
    }),
    zstd: zlib.zstdCompressSync(zeros),
  };
  for (const [name, bomb] of Object.entries(bombs)) {
    fails(
      () => decompress(name as CompressionName, bomb, 1000),
      /holds more than the 1000 bytes stated/,
    );
  }
});

test("decompress() refuses snappy blocks that break the format", () => {
  const cases: [number[], number, RegExp][] = [
    [[], 0, /not a varint/],
    [[0x80], 0, /not a varint/],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 0, /not a varint/],
    [[4, 0x0c, 1, 2], 4, /ends within a literal/],
    [[4, 0xf0], 4, /ends within a literal/],
    [[4, 0x0c, 1, 2, 3, 4, 0x00, 5], 4, /holds more than it states/],
    [[4, 0x00, 1, 0x01], 4, /ends within a copy/],
    [[5, 0x00, 1, 0x01, 0], 5, /reaches 0 bytes back/],
    [[5, 0x00, 1, 0x01, 2], 5, /reaches 2 bytes back/],
    [[4, 0x00, 1, 0x01, 1], 4, /holds more than it states/],
    [[5, 0x00, 1, 0x0e, 1], 5, /ends within a copy/],
    [[5, 0x00, 1, 0x0f, 1, 0, 0], 5, /ends within a copy/],
    [[5, 0x00, 1], 5, /ends after 1 of 5 bytes/],
    [[0x80, 0x80, 0x80, 0x80, 0x04], 2 ** 30, /cannot hold/],
  ];
  for (const [bytes, length, message] of cases) {
    fails(() => decompress("snappy", Uint8Array.from(bytes), length), message);
  }
});

test("decompress() reads every kind of snappy element", () => {
  // A literal whose length takes two bytes, then copies with offsets of 1, 2 and 4 bytes, one of them overlapping.
  const literal = noise(300);
  const block = Uint8Array.from([
    ...[0xc4, 0x02], // 324
    ...[0xf4, 0x2b, 0x01], // 300 bytes of literal
    ...literal,
    ...[0x15, 0x01], // 9 bytes, 1 back
    ...[0x26, 0x2c, 0x01], // 10 bytes, 300 back
    ...[0x13, 0x05, 0, 0, 0], // 5 bytes, 5 back
  ]);
  const expected = [...literal];
  const copy = (length: number, offset: number) => {
    for (let i = 0; i < length; i++) expected.push(expected[expected.length - offset]!);
  };
  copy(9, 1);
  copy(10, 300);
  copy(5, 5);
  assert.deepEqual([...decompress("snappy", block, 324)], expected);
});

test("decompress() refuses lz4_raw blocks that break the format", () => {
  const cases: [number[], number, RegExp][] = [
    [[], 0, /ends before its last literals/],
    [[0x20, 1], 2, /ends within literals/],
    [[0xf0], 20, /ends within a length/],
    [[0x30, 1, 2, 3], 2, /holds more than stated/],
    [[0x10, 1, 1], 9, /ends within an offset/],
    [[0x10, 1, 0, 0, 0], 9, /reaches 0 bytes back/],
    [[0x10, 1, 2, 0, 0], 9, /reaches 2 bytes back/],
    [[0x1f, 1, 1, 0], 30, /ends within a length/],
    [[0x10, 1, 1, 0, 0], 4, /holds more than stated/],
    [[0x10, 1, 1, 0], 5, /ends before its last literals/],
    [[0x10, 1], 2, /holds 1 bytes, not the 2 stated/],
  ];
  for (const [bytes, length, message] of cases) {
    fails(() => decompress("lz4_raw", Uint8Array.from(bytes), length), message);
  }
  assert.deepEqual(
    [...decompress("lz4_raw", Uint8Array.of(0x11, 7, 1, 0, 0x10, 9), 7)],
    [7, 7, 7, 7, 7, 7, 9],
  );
});

test("decompress() refuses zstd data that is not one whole frame after another", () => {
  const frame = compressed("zstd", words(1000));
  const twice = Buffer.concat([frame, frame]);
  const both = Buffer.concat([words(1000), words(1000)]);
  assert.ok(both.equals(decompress("zstd", twice, 2000)));
  fails(() => decompress("zstd", twice, 1000), /holds more than the 1000 bytes stated/);
  fails(() => decompress("zstd", Buffer.concat([frame, Uint8Array.of(1)]), 1000), /truncated/);
  fails(() => decompress("zstd", Buffer.concat([frame, noise(9)]), 1000), /not a zstd frame/);
  fails(() => decompress("zstd", new Uint8Array(0), 0), /no frame/);
  const withDictionary = frame.slice();
  withDictionary[4]! |= 1;
  fails(() => decompress("zstd", withDictionary, 1000), /needs a dictionary/);
});

test("ZstdInstance.decompress() does what the runtime's zstd does, within its limit", () => {
  const zstd = zstdInstance(modules.zstd);
  const frame = compressed("zstd", words(50_000));
  assert.ok(Buffer.compare(zstd.decompress(frame, 50_000), words(50_000)) === 0);
  fails(() => zstd.decompress(frame, 49_999));
  fails(() => zstd.decompress(frame.subarray(0, frame.length - 1), 50_000));
  fails(() => zstd.decompress(noise(100), 50_000));
});

const sentence = "Parquet pages are compressed one by one; ".repeat(40);
const PLAIN = Buffer.concat([Buffer.from(sentence), Uint8Array.from({ length: 256 }, (_, i) => i)]);

/** Frames as the lz4 library (1.10) writes them. */
const FRAMES: Record<string, string> = {
  "with its size":
    "BCJNGGhAaAcAAAAAAACZNQEAAPAUUGFycXVldCBwYWdlcyBhcmUgY29tcHJlc3NlZCBvbmUgYnkHAC87ICkA////////MvDxAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/wAAAAA=",
  "with all checksums":
    "BCJNGHxAaAcAAAAAAACgNQEAAPAUUGFycXVldCBwYWdlcyBhcmUgY29tcHJlc3NlZCBvbmUgYnkHAC87ICkA////////MvDxAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/7/REbQAAAAAIrbOMA==",
  "without its size":
    "BCJNGGBAgjUBAADwFFBhcnF1ZXQgcGFnZXMgYXJlIGNvbXByZXNzZWQgb25lIGJ5BwAvOyApAP///////zLw8QABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8AAAAA",
};
const frameOf = (name: string) => new Uint8Array(Buffer.from(FRAMES[name]!, "base64"));

for (const name of Object.keys(FRAMES)) {
  test(`lz4FrameDecompress() reads a frame ${name}`, () => {
    const frame = frameOf(name);
    assert.ok(PLAIN.equals(lz4FrameDecompress(frame, PLAIN.length)));
    fails(() => lz4FrameDecompress(frame, PLAIN.length - 1));
    fails(() => lz4FrameDecompress(frame, PLAIN.length + 1));
    for (let length = 1; length < frame.length; length++) {
      fails(() => lz4FrameDecompress(frame.subarray(0, length), PLAIN.length));
    }
  });
}

test("lz4FrameDecompress() notices every flipped bit under its checksums", () => {
  const frame = frameOf("with all checksums");
  for (let at = 0; at < frame.length; at++) {
    const damaged = frame.slice();
    damaged[at]! ^= 1 << (at % 8);
    fails(() => lz4FrameDecompress(damaged, PLAIN.length));
  }
});

test("lz4FrameDecompress() reads linked and stored blocks, several frames, skippable ones", () => {
  const linked = new Uint8Array(Buffer.from(
    "BCJNGExAgNUBAAAAAADwVgEAAI9hYmNkZWZnaAgA////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////wf8xRCCCPP3m8cJrMPkOx90B5Ih1NKIPCw0Ew27YDnHg/XewdnDrlAvVM1+XParYYZuR/8kR9XzO1Fi7vyzgN1PJvXic////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////y1BkZWZnaOMAAAAPCAD//////////////////////////////////////////////////////////////////////////+UPgJz/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////RVDgN1PJvQAAAADfcJAq",
    "base64",
  ));
  const length = 120_192;
  const content = lz4FrameDecompress(linked, length);
  assert.equal(Buffer.from(content.subarray(0, 40_000)).toString(), "abcdefgh".repeat(5000));
  const third = length / 3;
  for (const part of [1, 2]) {
    const repeat = content.subarray(part * third, (part + 1) * third);
    assert.ok(Buffer.compare(repeat, content.subarray(0, third)) === 0);
  }

  const stored = new Uint8Array(Buffer.from(
    "BCJNGGhAMgAAAAAAAACEMgAAgPoP8BadyVdWdAZmds+wtOuJAsRCadoc9rpm0/i21LEAqeoOdVpcLoIQJCoI5wePf4k4AAAAAA==",
    "base64",
  ));
  const empty = new Uint8Array(Buffer.from("BCJNGGBAggAAAAA=", "base64"));
  const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);
  const all = Buffer.concat([stored, skippable, frameOf("with its size"), empty]);
  const back = lz4FrameDecompress(all, 50 + PLAIN.length);
  assert.ok(Buffer.compare(back.subarray(0, 50), stored.subarray(19, 69)) === 0);
  assert.ok(Buffer.compare(back.subarray(50), PLAIN) === 0);
  assert.equal(lz4FrameDecompress(empty, 0).length, 0);
  fails(() => lz4FrameDecompress(Buffer.concat([stored, noise(8)]), 50), /not an LZ4 frame/);
  fails(() => lz4FrameDecompress(stored, 2 ** 31), /cannot hold/);
});

test("xxh32() gives the values of the reference implementation", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.equal(xxh32(bytes("")), 0x02cc5d05);
  assert.equal(xxh32(bytes("a")), 0x550d7456);
  assert.equal(xxh32(bytes("abc")), 0x32d153ff);
  assert.equal(xxh32(bytes("Nobody inspects the spammish repetition")), 0xe2293b2f);
});
