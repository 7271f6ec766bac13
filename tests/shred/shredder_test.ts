import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bitmap, ColumnArray } from "../../src/arrow/column_array.ts";
import { SegmentReader } from "../../src/column/segment_reader.ts";
import { SegmentWriter } from "../../src/column/segment_writer.ts";
import { LeafReader } from "../../src/column/leaf_reader.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { ColumnPlan, PathNode } from "../../src/schema/column_plan.ts";
import { Shredder } from "../../src/shred/shredder.ts";
import { plan } from "../column/support.ts";

/** What the levels and values of one leaf ought to be. */
interface Shredded {
  repetition: number[];
  definition: number[];
  values: number[];
}

const isSet = (bitmap: Bitmap | null, slot: number) => {
  if (bitmap === null) return true;
  const bit = bitmap.bitOffset + slot;
  return (bitmap.bytes[bit >> 3]! >> (bit & 7) & 1) === 1;
};

/** Dremel's definition, one slot at a time. */
function shredSlot(
  array: ColumnArray,
  slot: number,
  nodes: readonly PathNode[],
  leafNullable: boolean,
  repetition: number,
  definition: number,
  depth: number,
  out: Shredded,
): void {
  const [node, ...below] = nodes;
  const put = (d: number) => {
    out.repetition.push(repetition);
    out.definition.push(d);
  };
  if (node === undefined) {
    if (leafNullable && !isSet(array.validity, slot)) return put(definition);
    put(definition + (leafNullable ? 1 : 0));
    if (array.shape !== "fixed") throw new Error("leaf");
    out.values.push(
      new DataView(array.values.buffer, array.values.byteOffset).getInt32(slot * 4, true),
    );
    return;
  }
  if (node.nullable && !isSet(array.validity, slot)) return put(definition);
  const present = definition + (node.nullable ? 1 : 0);
  if (node.kind === "struct" && array.shape === "struct") {
    return shredSlot(
      array.children[node.child]!,
      slot,
      below,
      leafNullable,
      repetition,
      present,
      depth,
      out,
    );
  }
  if (array.shape !== "list" && array.shape !== "fixedSizeList") throw new Error("list");
  const from = array.shape === "list" ? Number(array.offsets[slot]) : slot * array.listSize;
  const to = array.shape === "list" ? Number(array.offsets[slot + 1]) : from + array.listSize;
  if (from === to) return put(present);
  for (let child = from; child < to; child++) {
    const level = child === from ? repetition : depth + 1;
    shredSlot(array.child, child, below, leafNullable, level, present + 1, depth + 1, out);
  }
}

/** A small generator of pseudo-random numbers. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** Nulls over garbage: what lies under a null slot must not matter. */
function randomArray(
  nodes: readonly PathNode[],
  leafNullable: boolean,
  length: number,
  random: (below: number) => number,
): ColumnArray {
  const validity = (nullable: boolean): Bitmap | null => {
    if (!nullable || random(4) === 0) return null;
    const bitOffset = random(13);
    const bytes = Uint8Array.from({ length: (bitOffset + length + 7 >> 3) + 1 }, () => random(256));
    return { bytes, bitOffset };
  };
  const [node, ...below] = nodes;
  if (node === undefined) {
    const values = Int32Array.from({ length }, () => random(1000));
    return {
      shape: "fixed",
      width: 4,
      length,
      validity: validity(leafNullable),
      values: new Uint8Array(values.buffer),
    };
  }
  if (node.kind === "struct") {
    const children = [
      randomArray([], true, length, random),
      randomArray(below, leafNullable, length, random),
    ];
    return { shape: "struct", length, validity: validity(node.nullable), children };
  }
  if (node.kind === "fixedSizeList") {
    const child = randomArray(below, leafNullable, length * node.listSize, random);
    return {
      shape: "fixedSizeList",
      length,
      validity: validity(node.nullable),
      listSize: node.listSize,
      child,
    };
  }
  const offsets = new Int32Array(length + 1);
  offsets[0] = random(5);
  for (let i = 0; i < length; i++) offsets[i + 1] = offsets[i]! + random(4);
  const child = randomArray(below, leafNullable, offsets[length]! + random(3), random);
  const wide = random(3) === 0 ? BigInt64Array.from(offsets, BigInt) : offsets;
  return { shape: "list", length, validity: validity(node.nullable), offsets: wide, child };
}

const NODES: readonly PathNode[] = [
  { kind: "struct", nullable: false, child: 1 },
  { kind: "struct", nullable: true, child: 1 },
  { kind: "list", nullable: false },
  { kind: "list", nullable: true },
  { kind: "fixedSizeList", nullable: true, listSize: 2 },
  { kind: "fixedSizeList", nullable: false, listSize: 0 },
];

function planFor(nodes: readonly PathNode[], leafNullable: boolean): ColumnPlan {
  const lists = nodes.filter(({ kind }) => kind !== "struct").length;
  const nullable = nodes.filter((node) => node.nullable).length;
  return plan({
    nodes,
    leaf: { nullable: leafNullable, shape: "fixed", width: 4, conversion: "none" },
    maxRepetitionLevel: lists,
    maxDefinitionLevel: lists + nullable + (leafNullable ? 1 : 0),
    physicalType: "INT32",
  });
}

function shred(
  kernels: Kernels,
  p: ColumnPlan,
  array: ColumnArray,
  from: number,
  to: number,
): Shredded {
  const { memory } = kernels;
  const writer = new SegmentWriter(p, 0);
  const record = memory.allocate(writer.byteLength(array, from, to));
  writer.write(array, from, to, memory.u8, record);
  const segment = new SegmentReader(kernels, p);
  segment.read(record);
  const shredder = new Shredder(kernels);
  shredder.begin(p, segment.rows, segment.nodes, segment.leafNode, false);
  while (shredder.next());
  const reader = new LeafReader(kernels);
  const values = reader.read(p, segment.leaf, shredder.selection, shredder.values);
  const levels = (pointer: number) =>
    pointer === 0
      ? new Array<number>(shredder.entries).fill(0)
      : [...memory.u8.subarray(pointer, pointer + shredder.entries)];
  const result = {
    repetition: levels(shredder.repetitionLevels),
    definition: levels(shredder.definitionLevels),
    values: [...memory.i32.subarray(values.data >>> 2, (values.data >>> 2) + values.count)],
  };
  shredder.release();
  reader.release();
  memory.free(record);
  return result;
}

for (const kind of ["typescript", "wasm"] as const) {
  describe(`Shredder (${kind} kernels)`, () => {
    const kernels = createKernels(kind);

    it("agrees with Dremel's definition for every nesting up to three deep", () => {
      const paths: PathNode[][] = [[]];
      for (let depth = 1; depth <= 3; depth++) {
        for (const path of paths.filter(({ length }) => length === depth - 1)) {
          for (const node of NODES) paths.push([...path, node]);
        }
      }
      paths.forEach((nodes, i) => {
        for (const leafNullable of [false, true]) {
          const random = generator(i * 2 + (leafNullable ? 1 : 0));
          const p = planFor(nodes, leafNullable);
          const array = randomArray(nodes, leafNullable, 24, random);
          for (const [from, to] of [[0, 24], [5, 19], [7, 7]] as const) {
            const expected: Shredded = { repetition: [], definition: [], values: [] };
            for (let row = from; row < to; row++) {
              shredSlot(array, row, nodes, leafNullable, 0, 0, 0, expected);
            }
            const path = nodes.map((node) => `${node.nullable ? "nullable " : ""}${node.kind}`);
            assert.deepEqual(shred(kernels, p, array, from, to), expected, `${path} ${from}–${to}`);
          }
        }
      });
    });

    it("gives all kernel memory back", () => {
      const before = kernels.memory.allocatedBytes;
      const nodes = [NODES[3]!, NODES[1]!, NODES[3]!];
      const array = randomArray(nodes, true, 50, generator(1));
      shred(kernels, planFor(nodes, true), array, 0, 50);
      assert.equal(kernels.memory.allocatedBytes, before);
    });
  });
}
