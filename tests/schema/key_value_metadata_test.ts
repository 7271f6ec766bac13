import assert from "node:assert/strict";
import { test } from "node:test";
import {
  KeyValueMetadata,
  MAX_KEY_VALUE_BYTES,
  MAX_KEY_VALUES,
} from "../../src/schema/key_value_metadata.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { LimitError } from "../../src/util/errors.ts";
import { field, INT32 } from "./arrow_fields.ts";
import { readSchemaMessage } from "./read_schema_message.ts";

function gather(metadata: [string, string][], options: WriterOptions = {}): KeyValueMetadata {
  const schema = { fields: [field("a", INT32)], metadata: new Map(metadata) };
  return new KeyValueMetadata(schema, resolveOptions(options));
}

test("KeyValueMetadata orders schema, ARROW:schema, options, appended", () => {
  const metadata = gather([["pandas", "{}"]], { keyValueMetadata: { x: "1", y: null } });
  metadata.append("z", "3");
  metadata.append("w");
  const [pandas, arrow, ...rest] = metadata.keyValues();
  assert.deepEqual(pandas, { key: "pandas", value: "{}" });
  assert.equal(arrow!.key, "ARROW:schema");
  const { schema } = readSchemaMessage(Uint8Array.from(Buffer.from(arrow!.value!, "base64")));
  assert.deepEqual(schema, {
    fields: [field("a", INT32)],
    metadata: new Map([["pandas", "{}"]]),
  });
  assert.deepEqual(rest, [
    { key: "x", value: "1" },
    { key: "y" },
    { key: "z", value: "3" },
    { key: "w" },
  ]);
});

test("KeyValueMetadata leaves ARROW:schema out when asked to", () => {
  assert.deepEqual(gather([], { skipArrowMetadata: true }).keyValues(), []);
  // One that the schema brings along describes another file.
  assert.deepEqual(gather([["ARROW:schema", "old"]], { skipArrowMetadata: true }).keyValues(), []);
  const [only, ...none] = gather([["ARROW:schema", "old"]]).keyValues();
  assert.notEqual(only!.value, "old");
  assert.deepEqual(none, []);
});

test("KeyValueMetadata writes a key once, in its first place", () => {
  const skip = { skipArrowMetadata: true };
  const metadata = gather([["a", "1"], ["b", "2"]], { ...skip, keyValueMetadata: { a: "ü" } });
  metadata.append("b");
  metadata.append("__proto__", "p");
  metadata.append("__proto__", "q");
  metadata.append("", "");
  assert.deepEqual(metadata.keyValues(), [
    { key: "a", value: "ü" },
    { key: "b" },
    { key: "__proto__", value: "q" },
    { key: "", value: "" },
  ]);
  assert.equal(metadata.byteLength, 1 + 2 + 1 + 9 + 1);
});

test("KeyValueMetadata counts bytes of UTF-8", () => {
  for (const text of ["", "a", "ü", "€", "\u{1f600}", "a\u{1f600}b", "\u{10ffff}\uffff"]) {
    const metadata = gather([], { skipArrowMetadata: true });
    metadata.append(text, text);
    assert.equal(
      metadata.byteLength,
      2 * new TextEncoder().encode(text).length,
      JSON.stringify(text),
    );
  }
});

test("KeyValueMetadata refuses the key ARROW:schema, and what are no strings", () => {
  const message = /"ARROW:schema".*skipArrowMetadata/;
  assert.throws(
    () => gather([], { keyValueMetadata: { "ARROW:schema": "x" } }),
    (error) => error instanceof TypeError && message.test(error.message),
  );
  const metadata = gather([], { skipArrowMetadata: true });
  assert.throws(() => metadata.append("ARROW:schema", "x"), TypeError);
  assert.throws(() => metadata.append("a", 1 as unknown as string), TypeError);
  assert.throws(() => metadata.append(undefined as unknown as string, "a"), TypeError);
  assert.deepEqual(metadata.keyValues(), []);
});

test("KeyValueMetadata limits bytes and pairs", () => {
  const metadata = gather([], { skipArrowMetadata: true });
  const large = "x".repeat(MAX_KEY_VALUE_BYTES - 1);
  metadata.append("a", large);
  assert.throws(() => metadata.append("b"), LimitError);
  assert.throws(() => metadata.append("a", `${large}x`), LimitError);
  assert.deepEqual(metadata.keyValues().map(({ key }) => key), ["a"]);
  metadata.append("a", "x".repeat(MAX_KEY_VALUE_BYTES - 2));
  metadata.append("b");
  assert.equal(metadata.byteLength, MAX_KEY_VALUE_BYTES);

  const many = gather([], { skipArrowMetadata: true });
  for (let i = 0; i < MAX_KEY_VALUES; i++) many.append(`${i}`);
  assert.throws(() => many.append("one more"), LimitError);
  many.append("0", "replaced");
});
