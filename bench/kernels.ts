/**
 * Micro-benchmark of the kernels: ns per value, TypeScript against WASM, on pages of 20,000 values that stay in cache.
 *
 * Run: `node bench/kernels.ts [part of a name]`, or with `deno run -A` or `bun`.
 *
 * @module
 */

import process from "node:process";
import { Bench } from "tinybench";
import { HashDictionary } from "../src/kernels/hash_dictionary.ts";
import type { Kernels, Pointer } from "../src/kernels/kernels.ts";
import {
  maxDeltaBinaryPackedSize,
  maxHybridSize,
  maxLz4Size,
  maxSnappySize,
} from "../src/kernels/kernels.ts";
import { createKernels } from "../src/kernels/load_kernels.ts";

/** Values a page. */
const N = 20_000;
/** Values a call, where a kernel is fed by batches. */
const BATCH = 5_000;

let state = 1;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

interface Case {
  readonly name: string;
  /** Values (or bytes) a run handles. */
  readonly n: number;
  readonly run: () => void;
}

function casesOf(kernels: Kernels): Case[] {
  const { memory } = kernels;
  const put = (view: ArrayBufferView): Pointer => {
    const pointer = memory.allocate(view.byteLength + 16);
    memory.u8.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), pointer);
    return pointer;
  };
  const cases: Case[] = [];
  const add = (name: string, run: () => void, n = N) => cases.push({ name, n, run });

  const bitsOf = (share: number) =>
    put(Uint8Array.from({ length: N / 8 + 16 }, () => {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) byte |= random() < share ? 1 << bit : 0;
      return byte;
    }));
  const dense = bitsOf(0.9);
  const all = bitsOf(1);
  const result = memory.allocate(64);
  const dst = memory.allocate(N * 40);
  const dst2 = memory.allocate(N * 40);
  const dst3 = memory.allocate(N * 40);

  add("countSetBits/90 %", () => kernels.countSetBits(dense, 3, N));
  add("expandBits/90 %", () => kernels.expandBits(dense, 3, N, dst, 0, 1));
  add("expandBits/100 %", () => kernels.expandBits(all, 3, N, dst, 0, 1));
  add("packBooleans/random", () => kernels.packBooleans(dst, N, dst2));
  const levels = put(Uint8Array.from({ length: N }, () => random() < 0.9 ? 2 : 1));
  const raised = memory.allocate(N);
  add("validityLevels/all live", () => {
    memory.u8.fill(0, raised, raised + N);
    kernels.validityLevels(raised, N, 0, dense, 3, 0, 0, 0);
  });
  add("validityLevels/90 % live", () => {
    memory.u8.copyWithin(raised, levels, levels + N);
    kernels.validityLevels(raised, N, 2, dense, 3, 0, 0, dst);
  });

  // Lists of 0 to 10 items: entries written, not lists read, are what is counted.
  const lists = N / 5;
  const offsets = new Int32Array(lists + 1);
  for (let i = 0; i < lists; i++) offsets[i + 1] = offsets[i]! + Math.floor(random() * 11);
  const listOffsets = put(offsets);
  add("listLevels/~5 items", () => {
    kernels.listLevels(0, 0, lists, 0, 0, 0, 0, 0, listOffsets, 0, 1, 1, dst, dst2, dst3, result);
  }, offsets[lists]!);
  add("listLevels/~5 items, nullable, below a struct", () => {
    const at = dense;
    kernels.listLevels(
      levels,
      levels,
      lists,
      2,
      0,
      0,
      at,
      3,
      listOffsets,
      0,
      1,
      4,
      dst,
      dst2,
      dst3,
      result,
    );
  }, offsets[lists]!);
  const repetitions = put(Uint8Array.from({ length: N }, () => random() < 0.2 ? 0 : 1));
  add("takeRows/lists", () => kernels.takeRows(repetitions, levels, N, 2, N, N, result));
  add("histogram/2 levels", () => kernels.histogram(levels, N, result));

  const words = put(Uint32Array.from({ length: N }, () => random() * 2 ** 32));
  const longs = put(Uint32Array.from({ length: N * 2 }, () => random() * 2 ** 32));
  add("compact/4 bytes, 90 %", () => kernels.compact(words, 4, N, dense, 3, dst));
  add("compact/8 bytes, 90 %", () => kernels.compact(longs, 8, N, dense, 3, dst));
  const indices = put(Uint32Array.from({ length: N }, () => random() * 100));
  add("gather/8 bytes", () => kernels.gather(longs, 8, indices, N, dst));
  add("setBitIndices/90 %", () => kernels.setBitIndices(dense, 3, N, dst));
  add("widen/Int8", () => kernels.widen(words, 1, true, N, dst));

  const strings = (
    texts: readonly string[],
    pick = (_: number) => Math.floor(random() * texts.length),
  ) => {
    const encoded = texts.map((text) => new TextEncoder().encode(text));
    const ends = new Int32Array(N + 1);
    const bytes: number[] = [];
    for (let i = 0; i < N; i++) {
      bytes.push(...encoded[pick(i)]!);
      ends[i + 1] = bytes.length;
    }
    return { offsets: put(ends), data: put(Uint8Array.from(bytes)), ends };
  };
  const fruit = strings(["apple", "banana", "cherry", "date", "elderberry"]);
  const articles = Array.from(
    { length: 1000 },
    (_, i) => `https://example.org/articles/2026/${i * 7919}/index.html`,
  );
  const urls = strings(articles);
  add("plainByteArrays/short", () => kernels.plainByteArrays(fruit.offsets, fruit.data, N, dst));
  add("plainByteArrays/~50 bytes", () => {
    kernels.plainByteArrays(urls.offsets, urls.data, N / 2, dst);
  }, N / 2);
  add("gatherByteArrays/short", () => {
    kernels.gatherByteArrays(fruit.offsets, fruit.data, indices, N, dst, dst2);
  });

  const ids = memory.allocate(N * 4);
  const dictionary = (name: string, width: number, src: Pointer) => {
    add(`dictionary/${name}`, () => {
      const built = new HashDictionary(kernels, width, 2 ** 20);
      for (let i = 0; i < N; i += BATCH) built.appendFixed(src + i * width, BATCH, ids + i * 4);
      built.release();
    });
  };
  const integers = (value: () => number) =>
    put(BigInt64Array.from({ length: N }, () => BigInt(value())));
  dictionary("Int64, 100 distinct", 8, integers(() => Math.floor(random() * 100)));
  dictionary(
    "Int64, 100 distinct, far apart",
    8,
    integers(() => Math.floor(random() * 100) * 1e12),
  );
  dictionary("Int64, 10,000 distinct", 8, integers(() => Math.floor(random() * 10_000)));
  dictionary("Int32, 100 distinct", 4, put(Int32Array.from({ length: N }, () => random() * 100)));
  dictionary(
    "Float64, 100 distinct",
    8,
    put(Float64Array.from({ length: N }, () => Math.floor(random() * 100) / 8)),
  );
  dictionary("Float64, all distinct", 8, put(Float64Array.from({ length: N }, () => random())));
  dictionary(
    "fixed 16, 1,000 distinct",
    16,
    put(
      BigInt64Array.from({ length: N * 2 }, (_, i) => BigInt(i % 2000)),
    ),
  );
  for (
    const [name, { offsets: at, data }] of [["5 short strings", fruit], [
      "1,000 of ~50 bytes",
      urls,
    ]] as const
  ) {
    add(`dictionary/${name}`, () => {
      const built = new HashDictionary(kernels, 0, 2 ** 20);
      for (let i = 0; i < N; i += BATCH) built.appendBytes(at + i * 4, data, BATCH, ids + i * 4);
      built.release();
    });
  }
  const pageIds = (entries: number) =>
    put(Uint32Array.from({ length: N }, () => Math.floor(random() * entries)));
  const few = pageIds(100);
  const many = pageIds(1000);
  add("containsIds/100 entries", () => kernels.containsIds(few, N, 17, 71));
  add("containsIds/in vain", () => kernels.containsIds(few, N, 17, 100));
  add("usedIds/1,000 entries", () => kernels.usedIds(many, N, 1000, dst, dst2));
  const entries = strings(articles, (i) => i % articles.length);
  const entryKeys = memory.allocate(articles.length * 8);
  const skipped = "https://example.org/articles/2026/".length;
  add("prefixKeys/~50 bytes", () => {
    kernels.prefixKeys(entries.offsets, entries.data, articles.length, skipped, entryKeys);
  }, articles.length);
  add("minMaxIds/1,000 entries", () => {
    kernels.prefixKeys(entries.offsets, entries.data, articles.length, skipped, entryKeys);
    kernels.minMaxIds(many, N, entryKeys, entries.offsets, entries.data, result);
  });
  const keys = put(Uint8Array.from({ length: N }, () => random() * 100));
  const remap = put(Int32Array.from({ length: 256 }, (_, i) => i));
  add("mapKeys/1 byte", () => kernels.mapKeys(keys, 1, N, remap, dst));

  const packed = memory.allocate(maxHybridSize(N, 32));
  for (const width of [1, 3, 7, 12, 20]) {
    const src = put(Uint32Array.from({ length: N }, () => random() * 2 ** width));
    add(`hybrid32/random, ${width} bits`, () => kernels.hybrid32(src, N, width, packed));
  }
  const runs = new Uint32Array(N);
  for (let i = 0, value = 0, left = 0; i < N; i++, left--) {
    if (left === 0) [value, left] = [Math.floor(random() * 128), 1 + Math.floor(random() * 60)];
    runs[i] = value;
  }
  const runsAt = put(runs);
  add("hybrid32/runs of ~30, 7 bits", () => kernels.hybrid32(runsAt, N, 7, packed));
  const constant = put(new Uint32Array(N).fill(5));
  add("hybrid32/constant, 3 bits", () => kernels.hybrid32(constant, N, 3, packed));
  const validity = put(Uint8Array.from({ length: N }, () => random() < 0.9 ? 1 : 0));
  add("hybrid8/90 %, 1 bit", () => kernels.hybrid8(validity, N, 1, packed));
  add("hybrid8/levels, 2 bits", () => kernels.hybrid8(levels, N, 2, packed));
  const ones = put(new Uint8Array(N).fill(1));
  add("hybrid8/constant, 1 bit", () => kernels.hybrid8(ones, N, 1, packed));

  const twenty = integers(() => Math.floor(random() * 2 ** 20));
  const deltas = memory.allocate(maxDeltaBinaryPackedSize(N, 8));
  let time = 0;
  const times = integers(() => time += 1000 + Math.floor(random() * 50));
  add("deltaBinaryPacked64/jittered times", () => kernels.deltaBinaryPacked64(times, N, deltas));
  add("deltaBinaryPacked64/20 bits", () => kernels.deltaBinaryPacked64(twenty, N, deltas));
  add("deltaBinaryPacked64/noise", () => kernels.deltaBinaryPacked64(longs, N, deltas));
  const counters = put(Int32Array.from({ length: N }, (_, i) => i * 3 + (i % 7)));
  add("deltaBinaryPacked32/counters", () => kernels.deltaBinaryPacked32(counters, N, deltas));
  add("deltaBinaryPacked32/noise", () => kernels.deltaBinaryPacked32(words, N, deltas));
  add("byteArrayLengths/short", () => kernels.byteArrayLengths(fruit.offsets, N, dst));
  add("DELTA_LENGTH_BYTE_ARRAY/short", () => {
    kernels.byteArrayLengths(fruit.offsets, N, dst);
    const written = kernels.deltaBinaryPacked32(dst, N, deltas);
    memory.u8.copyWithin(deltas + written, fruit.data, fruit.data + fruit.ends[N]!);
  });
  add("splitPrefixes/short", () => {
    kernels.splitPrefixes(fruit.offsets, fruit.data, 0, N, 0, 0, dst, dst2, dst3);
  });
  add("splitPrefixes/~50 bytes", () => {
    kernels.splitPrefixes(urls.offsets, urls.data, 0, N / 2, 0, 0, dst, dst2, dst3);
  }, N / 2);
  for (const width of [2, 4, 8, 16]) {
    const n = width === 16 ? N / 2 : N;
    add(`byteStreamSplit/${width} bytes`, () => kernels.byteStreamSplit(longs, width, n, dst), n);
  }

  const doubles = put(Float64Array.from({ length: N }, () => random()));
  const floats = put(Float32Array.from({ length: N }, () => random()));
  add("minMaxI32", () => kernels.minMaxI32(words, N, result));
  add("minMaxI64", () => kernels.minMaxI64(longs, N, result));
  add("minMaxF32", () => kernels.minMaxF32(floats, N, result));
  add("minMaxF64", () => kernels.minMaxF64(doubles, N, result));
  add("minMaxByteArrays/short", () => {
    kernels.minMaxByteArrays(fruit.offsets, fruit.data, N, result);
  });
  add("minMaxByteArrays/~50 bytes", () => {
    kernels.minMaxByteArrays(urls.offsets, urls.data, N, result);
  });

  const textBytes = Math.min(urls.ends[N]!, 131_072);
  const out = memory.allocate(Math.max(maxSnappySize(textBytes), maxLz4Size(textBytes)));
  add("crc32/a byte", () => kernels.crc32(urls.data, textBytes, 0), textBytes);
  for (const [name, src] of [["text", urls.data], ["noise", longs]] as const) {
    add(`snappy/${name}, a byte`, () => kernels.snappyCompress(src, textBytes, out), textBytes);
    add(`lz4/${name}, a byte`, () => kernels.lz4Compress(src, textBytes, out), textBytes);
  }
  return cases;
}

const wanted = process.argv[2] ?? "";
const figures: Record<string, Record<string, number>> = {};
for (const implementation of ["typescript", "wasm"] as const) {
  state = 1;
  const bench = new Bench({ time: 150, warmupTime: 60 });
  const cases = casesOf(createKernels(implementation)).filter(({ name }) => name.includes(wanted));
  for (const { name, run } of cases) bench.add(name, run);
  await bench.run();
  cases.forEach(({ name, n }, i) => {
    const { result } = bench.tasks[i]!;
    if (!("latency" in result)) throw new Error(`${name}: ${result.state}`);
    (figures[name] ??= {})[implementation] = result.latency.p50 * 1e6 / n;
  });
}
console.log("| kernel / shape | TypeScript, ns a value | WASM | times |");
console.log("|---|---:|---:|---:|");
for (const [name, { typescript, wasm }] of Object.entries(figures)) {
  const times = typescript! / wasm!;
  console.log(
    `| ${name} | ${typescript!.toFixed(2)} | ${wasm!.toFixed(2)} | ${times.toFixed(1)} |`,
  );
}
