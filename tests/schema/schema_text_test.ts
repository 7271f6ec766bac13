/** Names and metadata that are not valid Unicode: the error names column and key, for objects as for IPC bytes. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Field, Int32, List, Schema, Struct, Table, tableToIPC } from "apache-arrow";
import {
  AsyncArrowWriter,
  InvalidBatchError,
  MemorySink,
  SchemaError,
  toParquet,
} from "../../mod.ts";

const LONE = "a\ud800";
const KEY = "ARROW:extension:metadata";

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/hostile/${name}`, import.meta.url)));
}

async function refused(write: () => Promise<unknown>, path: string, text: string): Promise<void> {
  await assert.rejects(write, (error) => {
    assert.ok(error instanceof SchemaError, `${error}`);
    assert.equal(error.path, path);
    assert.ok(error.message.includes(text), error.message);
    return true;
  });
}

function writer(schema: Schema): () => Promise<unknown> {
  return async () => await new AsyncArrowWriter(new MemorySink(), schema).close();
}

test("Arrow JS: lone surrogates in names and metadata are refused, at every level", async () => {
  const leaf = (name: string, metadata = new Map<string, string>()) =>
    new Field(name, new Int32(), true, metadata);
  await refused(writer(new Schema([leaf(LONE)])), "", "field name");
  await refused(writer(new Schema([leaf("x", new Map([[KEY, LONE]]))])), "x", KEY);
  await refused(writer(new Schema([leaf("x", new Map([[LONE, "v"]]))])), "x", "key");
  await refused(writer(new Schema([leaf("x")], new Map([["k", LONE]]))), "", '"k"');
  const inner = leaf("y", new Map([[KEY, LONE]]));
  await refused(writer(new Schema([new Field("s", new Struct([inner]))])), "s.y", KEY);
  await refused(writer(new Schema([new Field("l", new List(inner))])), "l.y", KEY);
  // A pair of surrogates is a character.
  await writer(new Schema([leaf("\u{1f600}", new Map([[KEY, "\u{1f600}"]]))]))();
});

test("IPC: metadata and names that are not UTF-8 name key and column", async () => {
  const bytes = fixture("binary_extension_metadata.arrow");
  await refused(() => toParquet(bytes), "v", KEY);
  await refused(() => toParquet([bytes]), "v", KEY);

  const metadata = new Map([["some key", "some value"]]);
  const schema = new Schema([new Field("column", new Int32(), true, metadata)]);
  const ipc = tableToIPC(new Table(schema), "stream");
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
  const broken = (word: string) => {
    const copy = ipc.slice();
    const at = text(copy).indexOf(word);
    assert.ok(at > 0);
    copy[at] = 0xff;
    return copy;
  };
  await refused(() => toParquet(broken("some key")), "column", "key is not valid UTF-8");
  await refused(() => toParquet(broken("some value")), "column", '"some key"');
  await refused(() => toParquet(broken("column")), "", "field name");
});

test("options: metadata that is not valid Unicode is refused with its key", async () => {
  const table = new Table(new Schema([new Field("v", new Int32())]));
  await assert.rejects(toParquet(table, { keyValueMetadata: { k: LONE } }), {
    name: "TypeError",
    message: /"k"/,
  });
});

test("negative_intervals.arrow is refused with column and row", async () => {
  await assert.rejects(toParquet(fixture("negative_intervals.arrow")), (error) => {
    assert.ok(error instanceof InvalidBatchError);
    assert.deepEqual([error.path, error.row], ["v", 0]);
    return true;
  });
});
