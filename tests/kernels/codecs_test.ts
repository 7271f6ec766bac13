import assert from "node:assert/strict";
import { test } from "node:test";
import { compressors } from "hyparquet-compressors";
import { maxLz4Size, maxSnappySize } from "../../src/kernels/kernels.ts";
import { assertSameOutputs, LENGTHS, random, withKernels } from "./support.ts";

/** Content of many characters. */
function contents(): { name: string; bytes: Uint8Array }[] {
  const next = random(4);
  const words = [
    "parquet",
    "column",
    "page",
    "row group",
    "level",
    "offset",
    "the",
    "a",
    "of",
    "\n",
  ];
  const text = () => {
    let content = "";
    while (content.length < 200_000) content += words[Math.floor(next() * words.length)] + " ";
    return new TextEncoder().encode(content);
  };
  const list = [
    { name: "text", bytes: text() },
    { name: "noise", bytes: Uint8Array.from({ length: 150_000 }, () => next() * 256) },
    { name: "zeros", bytes: new Uint8Array(300_000) },
    { name: "period 3", bytes: Uint8Array.from({ length: 70_000 }, (_, i) => i % 3) },
    {
      name: "counter",
      bytes: new Uint8Array(Uint32Array.from({ length: 40_000 }, (_, i) => i).buffer),
    },
    {
      name: "noise twice, 60 KiB apart",
      bytes: (() => {
        const bytes = Uint8Array.from({ length: 140_000 }, () => next() * 256);
        bytes.copyWithin(61_440, 0, 500);
        bytes.copyWithin(135_000, 135_000 - 65_535, 135_000 - 65_535 + 800);
        bytes.copyWithin(138_000, 138_000 - 65_536, 138_000 - 65_536 + 800);
        return bytes;
      })(),
    },
    ...[65_535, 65_536].map((distance) => {
      const bytes = new Uint8Array(70_000);
      for (let i = 0; i < 300; i++) bytes[i] = next() * 256;
      bytes.copyWithin(distance, 0, 300);
      return { name: `300 bytes again after ${distance}`, bytes };
    }),
    {
      name: "noise among zeros",
      bytes: Uint8Array.from({ length: 100_000 }, (_, i) => (i >> 9) % 2 === 0 ? next() * 256 : 0),
    },
  ];
  for (
    const length of [
      ...LENGTHS,
      2,
      3,
      4,
      5,
      11,
      12,
      13,
      14,
      15,
      16,
      17,
      31,
      32,
      65535,
      65536,
      65537,
      65551,
    ]
  ) {
    list.push({ name: `zeros ${length}`, bytes: new Uint8Array(length) });
    list.push({ name: `noise ${length}`, bytes: Uint8Array.from({ length }, () => next() * 256) });
    list.push({ name: `ab ${length}`, bytes: Uint8Array.from({ length }, (_, i) => 97 + i % 2) });
  }
  return list;
}

/** Walks the sequences of an LZ4 block and asserts the rules of its end. */
function checkLz4End(block: Uint8Array, length: number): void {
  let at = 0;
  let decoded = 0;
  let lastMatch = -1;
  while (true) {
    const token = block[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let byte;
      do literals += byte = block[at++]!; while (byte === 255);
    }
    at += literals;
    decoded += literals;
    if (at >= block.length) {
      assert.equal(at, block.length);
      assert.equal(token & 15, 0);
      if (lastMatch >= 0) {
        assert.ok(literals >= 5, "the last five bytes are not literals");
        assert.ok(lastMatch <= length - 12, "a match begins within the last 12 bytes");
      }
      break;
    }
    lastMatch = decoded;
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    assert.ok(offset > 0 && offset <= decoded);
    let match = (token & 15) + 4;
    if (match === 19) {
      let byte;
      do match += byte = block[at++]!; while (byte === 255);
    }
    decoded += match;
  }
  assert.equal(decoded, length);
}

test("snappyCompress() decodes to the same bytes", () => {
  const written: Uint8Array[][] = [];
  withKernels((scope, kernels) => {
    const mine: Uint8Array[] = [];
    written.push(mine);
    for (const { name, bytes } of contents()) {
      const dst = scope.room(maxSnappySize(bytes.length));
      const length = kernels.snappyCompress(scope.put(bytes), bytes.length, dst);
      assert.ok(length <= maxSnappySize(bytes.length), name);
      const output = scope.bytes(dst, length);
      mine.push(output);
      if (bytes.length === 0) assert.deepEqual(output, Uint8Array.of(0));
      else assert.deepEqual(compressors.SNAPPY!(output, bytes.length), bytes, name);
      scope.release();
    }
  });
  assertSameOutputs(written);
});

test("lz4Compress() decodes to the same bytes and keeps the rules of a block's end", () => {
  const written: Uint8Array[][] = [];
  withKernels((scope, kernels) => {
    const mine: Uint8Array[] = [];
    written.push(mine);
    for (const { name, bytes } of contents()) {
      const dst = scope.room(maxLz4Size(bytes.length));
      const length = kernels.lz4Compress(scope.put(bytes), bytes.length, dst);
      assert.ok(length <= maxLz4Size(bytes.length), name);
      const output = scope.bytes(dst, length);
      mine.push(output);
      if (bytes.length === 0) assert.deepEqual(output, Uint8Array.of(0));
      else assert.deepEqual(compressors.LZ4_RAW!(output, bytes.length), bytes, name);
      checkLz4End(output, bytes.length);
      scope.release();
    }
  });
  assertSameOutputs(written);
});

test("snappyCompress() and lz4Compress() find what repeats", () => {
  withKernels((scope, kernels) => {
    for (const { name, bytes } of contents()) {
      const most = { text: 0.5, zeros: 0.06, "period 3": 0.06, "noise among zeros": 0.56 }[name];
      if (most === undefined) continue;
      const src = scope.put(bytes);
      const dst = scope.room(maxSnappySize(bytes.length));
      const snappy = kernels.snappyCompress(src, bytes.length, dst) / bytes.length;
      const lz4 = kernels.lz4Compress(src, bytes.length, dst) / bytes.length;
      assert.ok(snappy < most, `snappy, ${name}: ${snappy}`);
      assert.ok(lz4 < most, `lz4, ${name}: ${lz4}`);
    }
  });
});

test("crc32() is the checksum of gzip, in any pieces", () => {
  const naive = (bytes: Uint8Array) => {
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & 0xedb88320);
    }
    return ~crc >>> 0;
  };
  withKernels((scope, kernels) => {
    const check = new TextEncoder().encode("123456789");
    assert.equal(kernels.crc32(scope.put(check), 9, 0), 0xcbf43926);
    // Long ones are summed in another way, in blocks of 8 KiB.
    for (const n of [...LENGTHS, 1023, 1024, 1039, 8707, 8722, 8723, 20_001]) {
      const next = random(n);
      const bytes = Uint8Array.from({ length: n + 16 }, () => next() * 256);
      for (const start of [0, 1, 3, 15]) {
        const src = scope.put(bytes) + start;
        const expected = naive(bytes.subarray(start, start + n));
        assert.equal(kernels.crc32(src, n, 0), expected);
        const cut = Math.floor(n * 0.4);
        assert.equal(kernels.crc32(src + cut, n - cut, kernels.crc32(src, cut, 0)), expected);
      }
      scope.release();
    }
  });
});
