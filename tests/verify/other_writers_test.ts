/** What other writers do that is legal, or that no reader minds: remarks that say what it is, and no faults. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Field, Int32, Schema, Utf8 } from "apache-arrow";
import { type Fault, toParquet, verifyParquet } from "../../mod.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { COLUMN_CHUNK, COLUMN_META_DATA } from "../../src/format/structure_descriptions.ts";
import { encodeStruct } from "../../src/format/thrift_compact_writer.ts";
import { readArrowSchemaValue } from "../../src/verify/claims/arrow_schema_message.ts";
import { type FileModel, putTogether, takeApart } from "../mutation/file_model.ts";
import { randomBatch } from "../support/random_data.ts";
import {
  emptyMetaData,
  fileOf,
  findingsOf,
  footerOf,
  joined,
  withFooter,
} from "./frame_support.ts";

const SCHEMA = new Schema([
  new Field("id", new Int32(), false),
  new Field("name", new Utf8(), true),
]);
const SHAPE = { seed: 3, nulls: 0.2, distinct: 5, garbage: false, sliced: 0 };
const BYTES = await toParquet([randomBatch(SCHEMA, 40, SHAPE)], {
  parallelism: 0,
  writerVersion: "2.0",
  maxRowGroupRowCount: 10,
});
const MODEL = takeApart(BYTES);

const rulesOf = (findings: readonly Fault[]) =>
  findings.map(({ rule, severity }) => `${severity} ${rule}`);

function inFooter(apply: (metadata: FileModel["metadata"]) => void): Uint8Array {
  return putTogether(MODEL, {
    name: "",
    stage: "metadata",
    apply: (model) => apply(model.metadata),
  });
}

test("a signed plaintext footer is no fault, and the bytes of encrypted chunks are no gap", async () => {
  const url = new URL("../fixtures/parquet/plaintext_footer.parquet", import.meta.url);
  const bytes = new Uint8Array(readFileSync(url));
  assert.deepEqual(await verifyParquet(bytes), []);
  const rules = new Set(rulesOf(await findingsOf(bytes)));
  assert.deepEqual([...rules], ["remark encrypted", "remark deprecated-min-max"]);
  // A signature of another length is none.
  const { footer, data } = footerOf(bytes);
  const longer = await verifyParquet(withFooter(joined(footer, [0]), data));
  assert.deepEqual(rulesOf(longer), ["fault thrift-length"]);
});

test("an encrypted footer is a fault that says so", async () => {
  const bytes = BYTES.slice();
  bytes[bytes.length - 1] = 0x45;
  const [fault, ...more] = await verifyParquet(bytes);
  assert.deepEqual([fault!.rule, fault!.severity, more.length], ["encrypted", "fault", 0]);
  assert.match(fault!.message, /nothing of the file can be verified without its key/);
});

test("copies of ColumnMetaData are one remark for the file", async () => {
  const { footer, data } = footerOf(BYTES);
  const { rowGroups } = MODEL.metadata;
  const chunks = rowGroups.flatMap(({ columns }) => columns);
  assert.ok(chunks.length > 4);
  for (
    const copy of [
      (chunk: (typeof chunks)[number]) => encodeStruct(COLUMN_META_DATA, chunk.metaData),
      (chunk: (typeof chunks)[number]) => encodeStruct(COLUMN_CHUNK, chunk),
    ]
  ) {
    const findings = await findingsOf(withFooter(footer, joined(data, ...chunks.map(copy))));
    assert.deepEqual(rulesOf(findings), ["remark metadata-copies"]);
    assert.match(findings[0]!.message, new RegExp(`^${chunks.length} copies`));
    assert.equal(findings[0]!.offset, 4 + data.length);
  }
  // What is like a copy, but of no chunk of this file, or has more behind it, is a gap.
  const [{ metaData }] = chunks as [(typeof chunks)[number]];
  const other = encodeStruct(COLUMN_META_DATA, { ...metaData, dataPageOffset: 1 });
  const right = encodeStruct(COLUMN_META_DATA, metaData);
  for (const bytes of [other, joined(right, [7]), right.subarray(0, -1)]) {
    const findings = await findingsOf(withFooter(footer, joined(data, bytes)));
    assert.deepEqual(rulesOf(findings), ["remark gap"]);
  }
});

test("ARROW:schema may end with the marker of a stream's end", () => {
  const { value } = MODEL.metadata.keyValueMetadata!.find(({ key }) => key === "ARROW:schema")!;
  const message = Uint8Array.from(atob(value!), (c) => c.charCodeAt(0));
  const base64 = (...bytes: number[]) => btoa(String.fromCharCode(...message, ...bytes));
  const end = [255, 255, 255, 255, 0, 0, 0, 0];
  assert.equal(typeof readArrowSchemaValue(base64(...end)), "object");
  assert.equal(typeof readArrowSchemaValue(base64(0, 0, 0, 0)), "object");
  for (
    const more of [end.slice(0, 7), [...end, 1], [255, 255, 255, 255, 8, 0, 0, 0], [1, ...end]]
  ) {
    assert.equal(readArrowSchemaValue(base64(...more)), "something follows the message");
  }
});

test("RLE of levels in data pages v2 may be left out of encodings", async () => {
  const bytes = inFooter(({ rowGroups }) => {
    for (const { columns } of rowGroups) {
      for (const { metaData } of columns) {
        metaData.encodings = metaData.encodings.filter((encoding) => encoding !== "RLE");
      }
    }
  });
  const rules = new Set(rulesOf(await findingsOf(bytes)));
  assert.deepEqual([...rules], ["remark encodings-levels-v2"]);
});

test("data pages v2 may be counted as DATA_PAGE, all of them", async () => {
  const counted = (pages: (count: number) => number) =>
    inFooter(({ rowGroups }) => {
      for (const { metaData } of rowGroups[0]!.columns) {
        for (const stats of metaData.encodingStats!) {
          if (stats.pageType !== "DATA_PAGE_V2") continue;
          stats.pageType = "DATA_PAGE";
          stats.count = pages(stats.count);
        }
      }
    });
  const rules = new Set(rulesOf(await findingsOf(counted((count) => count))));
  assert.deepEqual([...rules], ["remark encoding-stats-v2"]);
  const wrong = new Set(rulesOf(await findingsOf(counted((count) => count + 1))));
  assert.deepEqual([...wrong], ["fault encoding-stats"]);
});

test("only local times may lack their converted type", async () => {
  const file = (isAdjustedToUTC: boolean) =>
    fileOf(emptyMetaData([{ name: "root", numChildren: 1 }, {
      name: "t",
      type: "INT64",
      repetitionType: "REQUIRED",
      logicalType: { type: "TIMESTAMP", isAdjustedToUTC, unit: "MICROS" },
    }]));
  assert.deepEqual(rulesOf(await findingsOf(file(false))), ["remark converted-type-local"]);
  assert.deepEqual(rulesOf(await findingsOf(file(true))), ["fault converted-type-missing"]);
});

test("the file that is changed above is right", async () => {
  assert.deepEqual(await findingsOf(BYTES), []);
  assert.equal(encodeFileMetaData(MODEL.metadata).length, footerOf(BYTES).footer.length);
});
