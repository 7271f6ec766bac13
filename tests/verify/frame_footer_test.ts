/** Rules about magic, footer and Thrift. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyParquet } from "../../mod.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import {
  emptyMetaData,
  expectFinding,
  fileOf,
  findingsOf,
  footerOf,
  joined,
  MAGIC,
  withFooter,
} from "./frame_support.ts";

const SCHEMA = [
  { name: "root", numChildren: 1 },
  { name: "a", type: "INT32", repetitionType: "REQUIRED" },
] as const;
const RIGHT = fileOf(emptyMetaData(SCHEMA));
const FOOTER = footerOf(RIGHT).footer;

function changed(offset: number, ...bytes: number[]): Uint8Array {
  const file = RIGHT.slice();
  file.set(bytes, offset < 0 ? file.length + offset : offset);
  return file;
}

test("a file of nothing but a footer is right", async () => {
  assert.deepEqual(await findingsOf(RIGHT), []);
});

test("magic: both ends", async () => {
  await expectFinding(new Uint8Array(), "magic", /0 bytes are too few/);
  await expectFinding(joined(MAGIC, MAGIC), "magic", /8 bytes are too few/);
  assert.equal(
    (await expectFinding(changed(0, 0x51), "magic", /begins with 51 41 52 31/)).offset,
    0,
  );
  const end = await expectFinding(changed(-1, 0x32), "magic", /ends with 50 41 52 32/);
  assert.equal(end.offset, RIGHT.length - 4);
});

test("footer-length: within the file", async () => {
  await expectFinding(changed(-8, 0xff, 0xff, 0xff, 0xff), "footer-length", /4294967295 bytes/);
  await expectFinding(changed(-8, FOOTER.length + 1), "footer-length");
});

test("encrypted: PARE, and a plain footer that says so", async () => {
  const faults = await findingsOf(changed(-1, 0x45));
  assert.deepEqual(faults.map(({ rule, severity }) => [rule, severity]), [["encrypted", "fault"]]);
  const metadata = emptyMetaData(SCHEMA);
  metadata.encryptionAlgorithm = { type: "AES_GCM_V1" };
  await expectFinding(fileOf(metadata), "encrypted", /AES_GCM_V1/);
});

test("limit: of the footer, and of the nodes in it", async () => {
  await expectFinding(RIGHT, "limit", /the footer has/, { maxFooterBytes: FOOTER.length - 1 });
  assert.deepEqual(await findingsOf(RIGHT, { maxFooterBytes: FOOTER.length }), []);
  const leaf = { name: "a", type: "INT32", repetitionType: "REQUIRED" } as const;
  const schema = [{ name: "root", numChildren: 2 ** 17 }, ...Array(2 ** 17).fill(leaf)];
  const metadata = { ...emptyMetaData([]), schema };
  await expectFinding(withFooter(encodeFileMetaData(metadata)), "limit", /131073 nodes/);
});

test("version, created-by, key-value-duplicate", async () => {
  for (const version of [0, 3, -1]) {
    await expectFinding(fileOf({ ...emptyMetaData(SCHEMA), version }), "version", /reserved/);
  }
  assert.deepEqual(await findingsOf(fileOf({ ...emptyMetaData(SCHEMA), version: 2 })), []);
  await expectFinding(fileOf({ ...emptyMetaData(SCHEMA), createdBy: "me" }), "created-by", /"me"/);
  const { createdBy: _, ...anonymous } = emptyMetaData(SCHEMA);
  await expectFinding(fileOf(anonymous), "created-by", /absent/);
  const keyValueMetadata = [{ key: "a", value: "1" }, { key: "b" }, { key: "a", value: "2" }];
  const found = await findingsOf(fileOf({ ...emptyMetaData(SCHEMA), keyValueMetadata }));
  assert.deepEqual(found.map(({ message }) => message), ['the key "a" is there twice']);
  await expectFinding(
    fileOf({ ...emptyMetaData(SCHEMA), keyValueMetadata }),
    "key-value-duplicate",
  );
});

test("thrift: what cannot be read", async () => {
  await expectFinding(withFooter(new Uint8Array()), "thrift", /the bytes end too early/);
  await expectFinding(withFooter(FOOTER.subarray(0, -1)), "thrift");
  // A list of 2^31 - 1 schema elements.
  const bomb = joined([0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]);
  await expectFinding(withFooter(bomb), "thrift", /a list of 2147483647 cannot stand/);
  // The name of the root, which is no UTF-8.
  const at = FOOTER.indexOf("r".charCodeAt(0));
  const file = FOOTER.slice();
  file[at] = 0xff;
  await expectFinding(withFooter(file), "thrift", /not valid UTF-8/);
});

test("thrift: types, lengths, forms and members", async () => {
  assert.deepEqual([...FOOTER.subarray(0, 2)], [0x15, 0x02], "version 1, an i32");
  const rest = FOOTER.subarray(2);
  await expectFinding(
    withFooter(joined([0x16, 0x02], rest)),
    "thrift-type",
    /FileMetaData, field 1/,
  );
  await expectFinding(withFooter(joined(FOOTER, [0])), "thrift-length", /followed by bytes/);
  const long = await expectFinding(
    withFooter(joined([0x05, 0x02, 0x02], rest)),
    "thrift-form",
    /long form/,
  );
  assert.equal(long.offset, 4 + 2);
  await expectFinding(withFooter(joined([0x15, 0x82, 0x00], rest)), "thrift-form", /add nothing/);
  const open = FOOTER.subarray(0, -1);
  // A binary of one byte, with the id that is kept for extensions, and with one that is not.
  const extension = joined(open, [0x08, 0xfe, 0xff, 0x03, 1, 42, 0]);
  await expectFinding(withFooter(extension), "thrift-unknown-field", /field 32767 is an extension/);
  const unknown = joined(open, [0x08, 0x28, 1, 42, 0]);
  await expectFinding(withFooter(unknown), "thrift-unknown-field", /field 20 is unknown/);
  assert.deepEqual(await verifyParquet(withFooter(unknown)), [], "remarks are returned on demand");
});

test("verifyParquet() throws where there is no file, and where it is told to end", async () => {
  await assert.rejects(verifyParquet("/nowhere/nothing.parquet"), { code: "ENOENT" });
  await assert.rejects(verifyParquet(5 as never), TypeError);
  await assert.rejects(verifyParquet(new URL("ftp://example.org/a.parquet")), TypeError);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(verifyParquet(RIGHT, { signal }), { name: "AbortError" });
  assert.deepEqual(await verifyParquet(new Blob([RIGHT.slice()])), []);
  assert.deepEqual(await verifyParquet(RIGHT.slice().buffer), []);
});
