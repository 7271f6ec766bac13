/** Levels in the file are those of Dremel, for every value of a deep type up to a size. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataType,
  Field,
  Int32,
  List,
  Schema,
  Struct,
  Table,
  vectorFromArray,
} from "apache-arrow";
import { schema, t, toParquet, verifyParquet } from "../../mod.ts";
import { type DremelNode } from "../oracle/dremel.ts";
import { enumerate, numbered } from "../oracle/enumerate.ts";
import { readPages } from "../support/page_decoder.ts";
import { joined, levelsOf } from "../support/parquet_assembler.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, written } from "./written.ts";

const optional = (...children: DremelNode[]): DremelNode => ({ repetition: "optional", children });
const required = (...children: DremelNode[]): DremelNode => ({ repetition: "required", children });
const repeated = (...children: DremelNode[]): DremelNode => ({ repetition: "repeated", children });

const leaf = new Int32();
const list = (type: DataType, nullable: boolean) => new List(new Field("element", type, nullable));
const struct = (type: DataType, nullable: boolean) => new Struct([new Field("a", type, nullable)]);

/** The same type for Arrow and for Dremel, all of it nullable or nothing. */
const TYPES: Readonly<Record<string, { type: DataType; node: DremelNode; nullable: boolean }>> = {
  "list<list<struct<list>>>, nullable": {
    type: list(list(struct(list(leaf, true), true), true), true),
    node: optional(repeated(optional(repeated(optional(optional(repeated(optional()))))))),
    nullable: true,
  },
  "list<list<struct<list>>>, required": {
    type: list(list(struct(list(leaf, false), false), false), false),
    node: required(repeated(required(repeated(required(required(repeated(required()))))))),
    nullable: false,
  },
  "struct<list<struct>>, nullable": {
    type: struct(list(struct(leaf, true), true), true),
    node: optional(optional(repeated(optional(optional())))),
    nullable: true,
  },
};

/** A record of Dremel as a value for Arrow JS. */
function arrowValue(type: DataType, record: unknown): unknown {
  if (record === null) return null;
  if (type instanceof List) {
    const [items] = record as [unknown[][]];
    return items.map(([item]) => arrowValue(type.valueType, item));
  }
  if (type instanceof Struct) {
    return { a: arrowValue(type.children[0]!.type, (record as unknown[])[0]) };
  }
  return record;
}

for (const [name, { type, node, nullable }] of Object.entries(TYPES)) {
  for (const writerVersion of ["1.0", "2.0"] as const) {
    test(`FAULTS 7: levels are Dremel's: ${name}, up to size 4, pages ${writerVersion}`, async () => {
      const records = numbered(enumerate(node, 4));
      const values = records.map((record) => arrowValue(type, record));
      const schema = new Schema([new Field("c", type, nullable)]);
      const { batches } = new Table(schema, { c: vectorFromArray(values, type) } as never);
      const rows = { schema, batches };
      const bytes = await written(rows, { writerVersion, dataPageRowCountLimit: 17 });
      const expected = expectedOf(rows);
      const file = readPages(bytes);
      const [levels] = levelsOf(file, schema.fields.length === 1 ? [expected[0]!.field] : [], [
        expected[0]!.values,
      ]);
      const { repetitionLevels, definitionLevels } = joined(file.rowGroups[0]!.chunks[0]!.pages);
      assert.deepEqual(repetitionLevels, levels!.repetitionLevels);
      assert.deepEqual(definitionLevels, levels!.definitionLevels);
      assert.ok(file.rowGroups[0]!.chunks[0]!.pages.length > 1);
      await assertReadable(bytes, expected);
    });
  }
}

test("pages of lists begin with rows, also where every entry is a value", async () => {
  // Neither nulls nor empty lists: as many values as entries, but fewer rows.
  const rows = Array.from({ length: 1000 }, (_, i) => ({ list: [i, i + 1, i + 2] }));
  const bytes = await toParquet(rows, {
    schema: schema({ list: t.list(t.int32()) }),
    dataPageRowCountLimit: 100,
    parallelism: 0,
  });
  assert.deepEqual(await verifyParquet(bytes), []);
});
