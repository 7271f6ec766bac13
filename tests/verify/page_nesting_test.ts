/** Which levels can have come from values: held against Dremel's assembly and shredding, sequence by sequence. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldRepetitionType } from "../../src/format/metadata.ts";
import { assemble, type DremelNode, shred } from "../oracle/dremel.ts";
import { concat, decodeChunk, leaf, packedRun, pageV1, pageV2 } from "./pages.ts";

const PATHS: readonly FieldRepetitionType[][] = [
  ["REPEATED"],
  ["OPTIONAL", "REPEATED", "REQUIRED"],
  ["OPTIONAL", "REPEATED", "OPTIONAL"],
  ["REPEATED", "OPTIONAL", "REPEATED"],
  ["REQUIRED", "REPEATED", "REPEATED", "OPTIONAL"],
];

function schemaOf(path: readonly FieldRepetitionType[]): DremelNode {
  return path.toReversed().reduce<DremelNode | null>((child, repetition) => ({
    repetition: repetition.toLowerCase() as DremelNode["repetition"],
    children: child === null ? [] : [child],
  }), null)!;
}

/** Every sequence of `length` numbers from 0 to `most`. */
function sequences(length: number, most: number): number[][] {
  if (length === 0) return [[]];
  return sequences(length - 1, most).flatMap((head) =>
    Array.from({ length: most + 1 }, (_, last) => [...head, last])
  );
}

/** Whether levels are those of the records that can be assembled from them. */
function isShredding(schema: DremelNode, repetition: number[], definition: number[], max: number) {
  const values = definition.filter((level) => level === max).map((_, i) => i);
  try {
    const column = { repetitionLevels: repetition, definitionLevels: definition, values };
    const [again] = shred([schema], assemble([schema], [column]));
    return String(again!.repetitionLevels) === String(repetition) &&
      String(again!.definitionLevels) === String(definition);
  } catch {
    return false;
  }
}

const bits = (most: number) => 32 - Math.clz32(most);

for (const path of PATHS) {
  test(`levels of ${path.join(" ")}: right ones pass, all others are found`, () => {
    const column = leaf("INT32", { path });
    const { maxRepetitionLevel, maxDefinitionLevel } = column;
    const schema = schemaOf(path);
    let right = 0, wrong = 0;
    for (let length = 1; length <= (maxDefinitionLevel > 2 ? 3 : 4); length++) {
      const definitions = sequences(length, maxDefinitionLevel);
      for (const repetition of sequences(length, maxRepetitionLevel)) {
        for (const definition of definitions) {
          const present = definition.filter((level) => level === maxDefinitionLevel).length;
          const parts = (from: number, to: number) => {
            const levels = definition.slice(from, to);
            const count = levels.filter((level) => level === maxDefinitionLevel).length;
            return {
              numValues: to - from,
              repetition: packedRun(repetition.slice(from, to), bits(maxRepetitionLevel)),
              definition: packedRun(levels, bits(maxDefinitionLevel)),
              values: new Uint8Array(count * 4),
            };
          };
          const numRows = repetition.filter((level) => level === 0).length;
          const counts = { numNulls: length - present, numRows };
          const seen = decodeChunk({ column, pages: [pageV2(parts(0, length), counts)] });
          if (isShredding(schema, repetition, definition, maxDefinitionLevel)) {
            right++;
            assert.deepEqual(seen.faults, [], `${repetition} ${definition}`);
            assert.deepEqual(seen.pages[0]!.definitionLevels, definition);
            assert.deepEqual(seen.pages[0]!.repetitionLevels, repetition);
          } else {
            wrong++;
            const rule = seen.rules[0];
            const expected = repetition[0] === 0 ? "level-nesting" : "page-mid-row";
            assert.equal(rule, expected, `${repetition} ${definition}`);
          }
          // The same in two pages: what a row may go on with does not depend on where pages end.
          if (length < 2 || repetition[0] !== 0) continue;
          const split = decodeChunk({
            column,
            pages: [pageV1(parts(0, 1)), pageV1(parts(1, length))],
          });
          const isWrong = split.rules.includes("level-nesting");
          assert.equal(isWrong, seen.rules.includes("level-nesting"));
          assert.equal(split.rules.includes("page-splits-row"), repetition[1] !== 0);
          if (!isWrong) {
            assert.equal(split.pages[1]!.firstRow, repetition[1] === 0 ? 1 : 0);
            assert.equal(split.pages[0]!.rows + split.pages[1]!.rows, numRows);
          }
        }
      }
    }
    assert.ok(right > 10 && wrong > 10, `${right} right, ${wrong} wrong`);
  });
}

test("a list goes on over a page that cannot be decoded", () => {
  const column = leaf("INT32", { path: ["OPTIONAL", "REPEATED", "OPTIONAL"] });
  const page = (repetition: number[], definition: number[], values: Uint8Array) =>
    pageV1({
      numValues: repetition.length,
      repetition: packedRun(repetition, 1),
      definition: packedRun(definition, 2),
      values,
    });
  const seen = decodeChunk({
    column,
    pages: [
      page([0], [0], concat()),
      page([0, 1], [3, 3], concat([1, 2])),
      page([1], [3], new Uint8Array(4)),
    ],
  });
  assert.deepEqual(seen.rules, ["values-truncated", "page-splits-row"]);
});
