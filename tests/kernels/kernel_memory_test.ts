import assert from "node:assert/strict";
import { test } from "node:test";
import { HashDictionary } from "../../src/kernels/hash_dictionary.ts";
import { ArrayBufferSource, GROWTH_UNIT, LinearMemory } from "../../src/kernels/kernel_memory.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { LimitError } from "../../src/util/errors.ts";
import { IMPLEMENTATIONS, random } from "./support.ts";

for (const implementation of IMPLEMENTATIONS) {
  test(`LinearMemory of ${implementation} hands out blocks that never overlap`, () => {
    const { memory } = createKernels(implementation);
    const next = random(7);
    const held: { pointer: number; length: number; mark: number }[] = [];
    let extensions = 0;
    for (let step = 0; step < 4000; step++) {
      if (held.length > 0 && next() < 0.48) {
        const [block] = held.splice(Math.floor(next() * held.length), 1);
        const { pointer, length, mark } = block!;
        const bytes = memory.u8.subarray(pointer, pointer + length);
        assert.ok(bytes.every((byte) => byte === mark), `block of ${length} bytes was overwritten`);
        memory.free(pointer);
      } else if (held.length > 0 && next() < 0.3) {
        const block = held[Math.floor(next() * held.length)]!;
        const length = Math.ceil(block.length * (1 + next()));
        const before = memory.capacity(block.pointer);
        const extended = memory.extend(block.pointer, length);
        extensions += Number(extended && length > before);
        if (!extended) {
          assert.equal(memory.capacity(block.pointer), before);
          continue;
        }
        assert.ok(memory.capacity(block.pointer) >= length);
        memory.u8.fill(block.mark, block.pointer + block.length, block.pointer + length);
        memory.u8.fill(
          0,
          block.pointer + length,
          block.pointer + memory.capacity(block.pointer) + 16,
        );
        block.length = length;
      } else {
        const length = Math.floor(2 ** (next() * 15)) - 1;
        const pointer = memory.allocate(length);
        assert.equal(pointer % 16, 0);
        assert.ok(pointer > 0);
        assert.ok(memory.capacity(pointer) >= length);
        assert.ok(memory.capacity(pointer) <= length * 1.25 + 64);
        const mark = step & 0xff;
        memory.u8.fill(mark, pointer, pointer + length);
        // Kernels may write this far.
        memory.u8.fill(0, pointer + length, pointer + memory.capacity(pointer) + 16);
        held.push({ pointer, length, mark });
      }
    }
    const sum = held.reduce((total, { pointer }) => total + memory.capacity(pointer), 0);
    assert.equal(memory.allocatedBytes, sum);
    assert.ok(extensions > 100, `${extensions} blocks were extended into what is free`);
    for (const { pointer } of held) memory.free(pointer);
    assert.equal(memory.allocatedBytes, 0);
  });

  test(`LinearMemory of ${implementation} replaces its views when it grows`, () => {
    const { memory } = createKernels(implementation);
    const pointer = memory.allocate(100);
    memory.u8.fill(7, pointer, pointer + 100);
    const before = memory.u8;
    const large = memory.allocate(3 * 2 ** 20);
    assert.notEqual(memory.u8, before);
    const { u8, u16, u32, i32, f32, f64, i64, u64 } = memory;
    for (const view of [u16, u32, i32, f32, f64, i64, u64]) assert.equal(view.buffer, u8.buffer);
    assert.ok(u8.length >= large + 3 * 2 ** 20 + 16);
    assert.ok(u8.subarray(pointer, pointer + 100).every((byte) => byte === 7));
  });

  test(`LinearMemory of ${implementation} joins what is freed`, () => {
    const { memory } = createKernels(implementation);
    const next = random(3);
    // Everything freed, in any order, leaves one block that serves a request as large as all of them.
    memory.free(memory.allocate(2 ** 20));
    const length = memory.u8.length;
    for (let round = 0; round < 20; round++) {
      const pointers = Array.from({ length: 64 }, () => memory.allocate(next() * 8192));
      while (pointers.length > 0) {
        memory.free(pointers.splice(Math.floor(next() * pointers.length), 1)[0]!);
      }
      memory.free(memory.allocate(2 ** 20));
    }
    assert.equal(memory.u8.length, length);
  });

  test(`LinearMemory of ${implementation} refuses what it did not hand out`, () => {
    const { memory } = createKernels(implementation);
    memory.free(0);
    const pointer = memory.allocate(10);
    memory.free(pointer);
    assert.throws(() => memory.free(pointer), /it is not allocated/);
    assert.throws(() => memory.free(pointer + 4), /it is not allocated/);
  });
}

test("LinearMemory throws LimitError at its end and goes on", () => {
  const memory = new LinearMemory(new ArrayBufferSource(GROWTH_UNIT, 16 * GROWTH_UNIT), 0);
  const pointers: number[] = [];
  assert.throws(() => {
    while (true) pointers.push(memory.allocate(50_000));
  }, (error) => error instanceof LimitError && error.path === "" && error.row === -1);
  assert.ok(pointers.length >= 19, `${pointers.length}`);
  assert.throws(() => memory.allocate(2 ** 40), LimitError);
  assert.throws(() => memory.allocate(NaN), LimitError);
  memory.free(pointers.pop()!);
  memory.allocate(50_000);
});

test("LinearMemory takes less when the source cannot give a quarter more", () => {
  const source = new ArrayBufferSource(8 * GROWTH_UNIT, 64 * GROWTH_UNIT);
  const grow = source.grow.bind(source);
  source.grow = (byteLength) => {
    if (byteLength > 9 * GROWTH_UNIT) throw new RangeError("no more");
    grow(byteLength);
  };
  const memory = new LinearMemory(source, 0);
  memory.allocate(8 * GROWTH_UNIT);
  assert.equal(source.buffer.byteLength, 9 * GROWTH_UNIT);
  assert.throws(
    () => memory.allocate(GROWTH_UNIT),
    (error) => error instanceof LimitError && error.cause instanceof RangeError,
  );
});

test("WASM kernels work beyond 2 GiB", () => {
  const kernels = createKernels("wasm");
  const { memory } = kernels;
  // Untouched pages take no real memory.
  memory.allocate(2 ** 31 + 2 ** 20);
  const src = memory.allocate(100 * 8);
  assert.ok(src > 2 ** 31);
  memory.i64.set(BigInt64Array.from({ length: 100 }, (_, i) => BigInt(i % 10) - 3n), src / 8);
  const ids = memory.allocate(400);
  const dictionary = new HashDictionary(kernels, 8, 2 ** 20);
  assert.equal(dictionary.appendFixed(src, 100, ids), 100);
  assert.ok(dictionary.data > 2 ** 31);
  assert.deepEqual(
    [...memory.u32.subarray(ids / 4, ids / 4 + 100)],
    Array.from({ length: 100 }, (_, i) => i % 10),
  );
  const packed = memory.allocate(100);
  assert.equal(kernels.hybrid32(ids, 100, 4, packed), 1 + 13 * 4);
  assert.equal(kernels.crc32(src, 0, 0xffffffff), 0xffffffff);
  assert.throws(() => memory.allocate(2 ** 31), LimitError);
});
