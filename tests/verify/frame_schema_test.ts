/** Rules about the schema: nodes, annotations, shapes of groups, column orders. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnOrder, SchemaElement } from "../../src/format/metadata.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import type { RuleName } from "../../src/verify/rules.ts";
import {
  emptyMetaData,
  expectFinding,
  fileOf,
  findingsOf,
  joined,
  withFooter,
} from "./frame_support.ts";

type Node = Partial<SchemaElement> & { readonly children?: readonly Node[] };

/** Nodes depth first, each with a name and a repetition type unless it says otherwise. */
function flat(nodes: readonly Node[]): SchemaElement[] {
  return nodes.flatMap(({ children, ...element }, i) => [
    {
      name: `n${i}`,
      repetitionType: "REQUIRED",
      ...(children === undefined ? {} : { numChildren: children.length }),
      ...element,
    },
    ...flat(children ?? []),
  ]);
}

function schemaOf(nodes: readonly Node[]): SchemaElement[] {
  return [{ name: "root", numChildren: nodes.length }, ...flat(nodes)];
}

const fileWith = (...nodes: readonly Node[]) => fileOf(emptyMetaData(schemaOf(nodes)));

async function expectRight(...nodes: readonly Node[]): Promise<void> {
  assert.deepEqual(await findingsOf(fileWith(...nodes)), [], JSON.stringify(nodes));
}

async function expectRules(cases: readonly (readonly [RuleName, Node, RegExp?])[]): Promise<void> {
  for (const [rule, node, message] of cases) await expectFinding(fileWith(node), rule, message);
}

const INT32 = { type: "INT32" } as const;
const BINARY = { type: "BYTE_ARRAY" } as const;
const fixed = (typeLength: number) => ({ type: "FIXED_LEN_BYTE_ARRAY", typeLength }) as const;
const logical = (type: string, rest: object = {}) => ({ logicalType: { type, ...rest } as never });

test("the schema is one tree", async () => {
  const leaf = { name: "a", type: "INT32", repetitionType: "REQUIRED" } as const;
  const cases: [RuleName, SchemaElement[], RegExp][] = [
    ["schema-tree", [], /ends before/],
    ["schema-tree", [{ name: "root", type: "INT32" }], /the root "root" is a leaf/],
    ["schema-tree", [{ name: "root", numChildren: 2 }, leaf], /ends before/],
    ["schema-tree", [{ name: "root", numChildren: 1 }, leaf, leaf], /1 nodes have no parent/],
    ["schema-tree", [{ name: "root", numChildren: 2 ** 31 - 1 }, leaf], /ends before/],
    ["schema-node", [{ name: "root", numChildren: -1 }, leaf], /-1 children/],
    ["schema-node", [{ name: "root" }], /neither a type nor children/],
    [
      "schema-node",
      [{ name: "root", numChildren: 1 }, { ...leaf, numChildren: 1 }, leaf],
      /a type and 1 children/,
    ],
    [
      "repetition",
      [{ name: "root", numChildren: 1 }, { name: "a", type: "INT32" }],
      /node 1 "a" has no repetition type/,
    ],
    [
      "root-repetition",
      [{ name: "root", numChildren: 1, repetitionType: "REPEATED" }, leaf],
      /the root is REPEATED/,
    ],
    ["leaf-children", [{ name: "root", numChildren: 1 }, { ...leaf, numChildren: 0 }], /0/],
    ["group-empty", [{ name: "root", numChildren: 0 }], /"root"/],
    ["name-empty", [{ name: "root", numChildren: 1 }, { ...leaf, name: "" }], /empty name/],
    ["name-duplicate", [{ name: "root", numChildren: 2 }, leaf, leaf], /more than one "a"/],
  ];
  for (const [rule, schema, message] of cases) {
    await expectFinding(fileOf(emptyMetaData(schema)), rule, message);
  }
});

test("a schema may be deep, up to a limit", async () => {
  const deep = (levels: number) => {
    let node: Node = INT32;
    for (let i = 0; i < levels; i++) node = { children: [node] };
    return fileWith(node);
  };
  assert.deepEqual(await findingsOf(deep(100)), []);
  await expectFinding(deep(200), "schema-tree", /deeper than 128/);
  const levels = Array.from({ length: 100_000 }, () => ({
    name: "g",
    numChildren: 1,
    repetitionType: "OPTIONAL" as const,
  }));
  await expectFinding(fileOf(emptyMetaData(levels)), "schema-tree", /deeper than 128/);
});

test("physical types and their lengths", async () => {
  await expectRules([
    ["type-length", { type: "FIXED_LEN_BYTE_ARRAY" }, /absent/],
    ["type-length", fixed(0)],
    ["type-length", fixed(-1)],
    ["deprecated-int96", { type: "INT96" }],
  ]);
  await expectRight(fixed(1), { type: "BOOLEAN", typeLength: 1 });
});

test("annotations fit their types", async () => {
  const decimal = (precision: number, scale: number) => ({
    ...logical("DECIMAL", { precision, scale }),
    convertedType: "DECIMAL",
    precision,
    scale,
  } as const);
  const integer = (bitWidth: number, isSigned: boolean) =>
    logical("INTEGER", { bitWidth, isSigned });
  const timed = (type: string, unit: string, isAdjustedToUTC = false) =>
    logical(type, { unit, isAdjustedToUTC });
  await expectRight(
    { ...BINARY, ...logical("STRING"), convertedType: "UTF8" },
    { ...BINARY, ...logical("ENUM"), convertedType: "ENUM" },
    { ...BINARY, ...logical("JSON"), convertedType: "JSON" },
    { ...BINARY, ...logical("BSON"), convertedType: "BSON" },
    { ...BINARY, ...logical("GEOMETRY") },
    { ...BINARY, ...logical("GEOGRAPHY") },
    { ...fixed(16), ...logical("UUID") },
    { ...fixed(2), ...logical("FLOAT16") },
    { ...fixed(12), convertedType: "INTERVAL" },
    { ...INT32, ...logical("DATE"), convertedType: "DATE" },
    { ...INT32, ...timed("TIME", "MILLIS"), convertedType: "TIME_MILLIS" },
    { type: "INT64", ...timed("TIME", "MICROS", true), convertedType: "TIME_MICROS" },
    { type: "INT64", ...timed("TIME", "NANOS") },
    { type: "INT64", ...timed("TIMESTAMP", "MILLIS"), convertedType: "TIMESTAMP_MILLIS" },
    { type: "INT64", ...timed("TIMESTAMP", "NANOS", true) },
    { ...INT32, ...integer(8, true), convertedType: "INT_8" },
    { ...INT32, ...integer(32, false), convertedType: "UINT_32" },
    { type: "INT64", ...integer(64, true), convertedType: "INT_64" },
    { ...INT32, ...logical("UNKNOWN") },
    { ...INT32, ...decimal(9, 9) },
    { type: "INT64", ...decimal(18, 0) },
    { ...BINARY, ...decimal(100, 2) },
    { ...fixed(16), ...decimal(38, 2) },
    { ...INT32, convertedType: "DECIMAL", precision: 5 },
    { ...INT32, convertedType: "UINT_16" },
  );
  const wrong: Node[] = [
    { ...INT32, ...logical("STRING"), convertedType: "UTF8" },
    { ...INT32, convertedType: "UTF8" },
    { ...BINARY, ...logical("DATE"), convertedType: "DATE" },
    { ...fixed(15), ...logical("UUID") },
    { ...fixed(3), ...logical("FLOAT16") },
    { ...fixed(11), convertedType: "INTERVAL" },
    { type: "INT64", ...timed("TIME", "MILLIS"), convertedType: "TIME_MILLIS" },
    { ...INT32, ...timed("TIME", "MICROS"), convertedType: "TIME_MICROS" },
    { ...INT32, ...timed("TIMESTAMP", "NANOS") },
    { ...INT32, ...integer(64, true), convertedType: "INT_64" },
    { type: "INT64", ...integer(8, true), convertedType: "INT_8" },
    { ...INT32, ...integer(12, true) },
    { ...INT32, ...logical("LIST"), convertedType: "LIST" },
    { type: "DOUBLE", ...decimal(5, 0) },
    { children: [INT32], ...logical("UNKNOWN") },
    { children: [INT32], ...logical("STRING"), convertedType: "UTF8" },
    { ...BINARY, ...logical("VARIANT") },
  ];
  await expectRules(wrong.map((node) => ["annotation-type", node] as const));
  await expectRules([
    ["decimal", { ...INT32, ...decimal(10, 0) }, /room for 1 to 9/],
    ["decimal", { type: "INT64", ...decimal(19, 0) }],
    ["decimal", { ...fixed(16), ...decimal(39, 0) }, /room for 1 to 38/],
    ["decimal", { ...fixed(1), ...decimal(3, 0) }, /room for 1 to 2/],
    ["decimal", { ...BINARY, ...decimal(0, 0) }],
    ["decimal", { ...BINARY, ...decimal(5, 6) }, /the scale is 6/],
    ["decimal", { ...BINARY, ...decimal(5, -1) }],
    ["decimal", { ...BINARY, convertedType: "DECIMAL" }, /precision is absent/],
    ["decimal-width", { type: "INT64", ...decimal(9, 0) }],
    ["decimal-members", { ...INT32, ...decimal(5, 2), precision: 6 }, /precision is 6/],
    ["decimal-members", { ...INT32, ...decimal(5, 2), scale: 1 }, /scale is 1/],
    ["converted-type", { ...BINARY, ...logical("STRING"), convertedType: "ENUM" }],
    ["converted-type", {
      ...fixed(16),
      ...logical("UUID"),
      convertedType: "DECIMAL",
      precision: 5,
    }],
    ["converted-type", { ...INT32, ...integer(8, true), convertedType: "UINT_8" }],
    [
      "converted-type",
      { type: "INT64", ...timed("TIME", "NANOS"), convertedType: "TIME_MICROS" },
      /has no converted type/,
    ],
    ["converted-type-missing", { ...BINARY, ...logical("STRING") }, /without UTF8/],
    [
      "converted-type-local",
      { type: "INT64", ...timed("TIMESTAMP", "MICROS") },
      /without TIMESTAMP_MICROS/,
    ],
  ]);
});

test("an unknown logical type is a remark", async () => {
  const metadata = emptyMetaData(schemaOf([{ ...fixed(2), ...logical("FLOAT16") }]));
  const footer = encodeFileMetaData(metadata);
  const at = footer.indexOf(0xfc);
  assert.deepEqual([...footer.subarray(at, at + 3)], [0xfc, 0, 0], "FLOAT16 is member 15");
  const changed = joined(footer.subarray(0, at), [0x0c, 100], footer.subarray(at + 1));
  await expectFinding(withFooter(changed), "annotation-unknown", /the unknown id 50/);
});

const LIST = { ...logical("LIST"), convertedType: "LIST" } as const;
const MAP = { ...logical("MAP"), convertedType: "MAP" } as const;
const repeated = (name: string, children: readonly Node[], rest: Node = {}): Node => ({
  name,
  repetitionType: "REPEATED",
  children,
  ...rest,
});

test("lists have three levels", async () => {
  const element = { name: "element", ...INT32 };
  await expectRight({ ...LIST, children: [repeated("list", [element])] });
  await expectRight({ convertedType: "LIST", children: [repeated("list", [element])] });
  await expectRules([
    ["list-shape", {
      ...LIST,
      repetitionType: "REPEATED",
      children: [repeated("list", [element])],
    }],
    ["list-shape", { ...LIST, children: [repeated("list", [element]), INT32] }, /2 fields/],
    ["list-shape", { ...LIST, children: [] }, /0 fields/],
    ["list-shape", { ...LIST, children: [{ name: "list", children: [element] }] }, /is REQUIRED/],
    ["list-legacy", { ...LIST, children: [{ ...INT32, repetitionType: "REPEATED" }] }, /no group/],
    ["list-legacy", { ...LIST, children: [repeated("list", [element, INT32])] }, /2 fields/],
    ["list-legacy", { ...LIST, children: [repeated("bag", [element])] }, /"bag" and "element"/],
    ["list-legacy", { ...LIST, children: [repeated("list", [{ ...INT32, name: "item" }])] }],
    [
      "list-legacy",
      {
        ...LIST,
        children: [repeated("array", [{ ...INT32, repetitionType: "REPEATED" }], LIST)],
      },
      /itself repeated/,
    ],
    ["repeated-unannotated", { ...INT32, repetitionType: "REPEATED" }],
    ["repeated-unannotated", repeated("list", [element])],
  ]);
});

test("maps have three levels, and a key", async () => {
  const key = { name: "key", ...INT32 };
  const value = { name: "value", ...INT32, repetitionType: "OPTIONAL" } as const;
  const entries = repeated("key_value", [key, value]);
  await expectRight({ ...MAP, children: [entries] });
  await expectRight({ ...MAP, children: [repeated("key_value", [key])] });
  await expectRight({ ...MAP, children: [{ ...entries, convertedType: "MAP_KEY_VALUE" }] });
  await expectRules([
    ["map-shape", { ...MAP, repetitionType: "REPEATED", children: [entries] }],
    ["map-shape", { ...MAP, children: [entries, INT32] }, /2 fields/],
    ["map-shape", { ...MAP, children: [{ ...entries, repetitionType: "OPTIONAL" }] }],
    ["map-shape", { ...MAP, children: [repeated("key_value", [key, value, INT32])] }, /3 fields/],
    ["map-shape", { ...MAP, children: [{ ...INT32, repetitionType: "REPEATED" }] }, /0 fields/],
    [
      "map-shape",
      {
        ...MAP,
        children: [repeated("key_value", [{ ...key, repetitionType: "OPTIONAL" }, value])],
      },
      /the key of a MAP is OPTIONAL/,
    ],
    [
      "map-shape",
      {
        ...MAP,
        children: [repeated("key_value", [key, { ...value, repetitionType: "REPEATED" }])],
      },
    ],
    ["map-legacy", { ...MAP, children: [repeated("map", [key, value])] }, /"map", "key", "value"/],
    ["map-legacy", { ...MAP, children: [repeated("key_value", [INT32])] }],
    ["map-legacy", { convertedType: "MAP_KEY_VALUE", children: [entries] }, /in place of MAP/],
  ]);
});

test("variants and files have their fields", async () => {
  const VARIANT = logical("VARIANT", { specificationVersion: 1 });
  const metadata = { name: "metadata", ...BINARY };
  const value = { name: "value", ...BINARY };
  const optional = { ...value, repetitionType: "OPTIONAL" } as const;
  const typed = { name: "typed_value", ...INT32, repetitionType: "OPTIONAL" } as const;
  await expectRight({ ...VARIANT, children: [metadata, value] });
  await expectRight({ ...VARIANT, children: [value, metadata] });
  await expectRight({ ...VARIANT, children: [metadata, optional, typed] });
  const FILE = logical("FILE");
  const text = {
    ...BINARY,
    ...logical("STRING"),
    convertedType: "UTF8",
    repetitionType: "OPTIONAL",
  };
  const uri = { name: "uri", ...text } as Node;
  const size = { name: "size", type: "INT64", repetitionType: "OPTIONAL" } as const;
  await expectRight({ ...FILE, children: [uri, size] });
  await expectRules([
    ["variant-shape", { ...VARIANT, children: [value] }, /no required BYTE_ARRAY metadata/],
    [
      "variant-shape",
      { ...VARIANT, children: [{ ...metadata, repetitionType: "OPTIONAL" }, value] },
    ],
    ["variant-shape", { ...VARIANT, children: [metadata] }, /no BYTE_ARRAY value/],
    ["variant-shape", { ...VARIANT, children: [metadata, { ...value, ...INT32 }] }],
    ["variant-shape", { ...VARIANT, children: [metadata, optional] }, /without typed_value/],
    ["variant-shape", { ...VARIANT, children: [metadata, value, INT32] }, /a field "n2"/],
    ["file-shape", { ...FILE, children: [uri, INT32] }, /a field "n1"/],
    ["file-shape", { ...FILE, children: [{ ...uri, repetitionType: "REQUIRED" }] }, /not optional/],
    ["file-shape", { ...FILE, children: [{ ...size, ...INT32 }] }, /no INT64/],
  ]);
});

test("column orders: one for each leaf, of its type", async () => {
  const schema = schemaOf([INT32, { type: "DOUBLE" }, { ...fixed(2), ...logical("FLOAT16") }]);
  const withOrders = (...types: string[]) =>
    fileOf({
      ...emptyMetaData(schema),
      columnOrders: types.map((type) => ({ type }) as ColumnOrder),
    });
  const [own, total] = ["TYPE_ORDER", "IEEE_754_TOTAL_ORDER"];
  assert.deepEqual(await findingsOf(withOrders(own, total, total)), []);
  await expectFinding(withOrders(own, own), "column-orders", /2 column orders for 3 leaves/);
  await expectFinding(withOrders(own, own, own, own), "column-orders", /4 column orders/);
  await expectFinding(withOrders(total, own, own), "column-orders", /INT32 cannot have/);
  await expectFinding(withOrders(own, "INT96_TIMESTAMP_ORDER", own), "column-orders", /DOUBLE/);
});
