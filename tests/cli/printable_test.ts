/** No control character of a name, a value or an argument reaches a terminal as it is, whatever the command. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  DenseUnion,
  Dictionary,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { toParquet } from "../../mod.ts";
import { printableJson, printableLine, printableText } from "../../src/file/printable_text.ts";
import { inFolder, runCli } from "./run_cli.ts";

/** C0, DEL, C1, directions and isolates, line separators, a zero-width space, a tag: what moves, hides or turns text. */
const EVIL = "\u001b[31m\u0007\t\u007f\u009b2J\u202e\u2066\u200f\u2028\u2029\u200b\u{e0041}";
// deno-lint-ignore no-control-regex
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/u;

test("printableText(), printableLine() and printableJson() leave nothing raw, and JSON means the same", () => {
  for (let code = 0; code < 0x110000; code++) {
    const character = String.fromCodePoint(code);
    if (!/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\\]/u.test(character)) continue;
    const text = `a${character}b`;
    for (const shown of [printableText(text), printableLine(text), printableJson({ text })]) {
      assert.doesNotMatch(shown, RAW, code.toString(16));
      assert.doesNotMatch(shown, /\n/, code.toString(16));
    }
    assert.deepEqual(JSON.parse(printableJson({ [text]: [text] }, 2)), { [text]: [text] });
  }
  assert.equal(printableText("C:\\x"), "C:\\\\x");
  assert.equal(printableLine("C:\\x"), "C:\\x");
  assert.equal(printableJson("\u{e0041}\u009b"), '"\\udb40\\udc41\\u009b"');
});

if (process.platform !== "win32") {
  test("nothing that a command prints moves the cursor", async () => {
    await inFolder(async (folder) => {
      const evil = join(folder, `${EVIL}\nname`);
      const metadata = { [`key${EVIL}`]: `value${EVIL}` };
      const table = new Table({
        [`column${EVIL}`]: vectorFromArray([`one${EVIL}`, `two${EVIL}`], new Utf8()),
        plain: vectorFromArray([EVIL, "z"], new Dictionary(new Utf8(), new Int32())),
      });
      const bytes = await toParquet(table, {
        parallelism: 0,
        compression: "uncompressed",
        keyValueMetadata: metadata,
        createdBy: `me ${EVIL}`,
      });
      const wrong = bytes.slice();
      wrong[60]! ^= 1;
      const type = new DenseUnion([0], [new Field("a", new Int32())]);
      const schema = new Schema([new Field(`union${EVIL}`, type)]);
      const union = makeData({
        type,
        length: 1,
        typeIds: Int8Array.of(0),
        valueOffsets: Int32Array.of(0),
        children: [makeData({ type: new Int32(), length: 1, data: Int32Array.of(1) })],
      });
      const batch = new RecordBatch(
        schema,
        makeData({ type: new Struct(schema.fields), length: 1, children: [union] }),
      );
      await writeFile(`${evil}.parquet`, bytes);
      await writeFile(`${evil}.wrong.parquet`, wrong);
      await writeFile(`${evil}.arrow`, tableToIPC(table, "file"));
      await writeFile(`${evil}.union.arrow`, tableToIPC(new Table([batch]), "stream"));
      await writeFile(`${evil}.text`, `${EVIL}\0, neither Arrow nor Parquet, but long enough`);
      await writeFile(`${evil}.rows.csv`, `${EVIL},b\n1,2\n`);

      const cases: [string[], number][] = [
        [["inspect", `${evil}.parquet`], 0],
        [["inspect", `${evil}.parquet`, "--json"], 0],
        [["inspect", `${evil}.parquet`, `${evil}.wrong.parquet`, "--json"], 0],
        [["inspect", `${evil}.text`], 2],
        [["inspect", `${evil}.nothing`], 2],
        [["inspect", `${evil}*.nothing`], 2],
        [["verify", `${evil}.parquet`, `${evil}.wrong.parquet`, `${evil}.nothing`], 2],
        [["verify", `${evil}.wrong.parquet`, `${evil}.nothing`, "--json"], 2],
        [["verify", `${evil}.text`, "--all"], 1],
        [["convert", `${evil}.arrow`, "-f", "--options", JSON.stringify({ createdBy: EVIL })], 0],
        [["convert", `${evil}.arrow`, `${evil}.json.parquet`, "--json"], 0],
        [["convert", `${evil}.union.arrow`], 2],
        [["convert", `${evil}.text`], 2],
        [["convert", `${evil}.rows.csv`], 0],
        [["convert", `${evil}.rows.csv`, "--dry-run"], 0],
        [["convert", `${evil}.nothing`], 2],
        [["convert", `${evil}.arrow`, join(evil, "out.parquet")], 2],
        [["convert", `${evil}.arrow`, `${evil}.wrong.parquet`], 2],
        [["convert", "a", "--options", `{"${EVIL}":1}`], 2],
        [["convert", "a", "--options", JSON.stringify({ [EVIL]: 1 })], 2],
        [["convert", "a", "--options", JSON.stringify({ columns: { [EVIL]: { [EVIL]: 1 } } })], 2],
        [["convert", "a", "--memory-budget", EVIL], 2],
        [["convert", "a", "--compression", EVIL], 2],
        [["convert", "a", `--${EVIL}`], 2],
        [[EVIL], 2],
      ];
      for (let at = 0; at < cases.length; at += 4) {
        await Promise.all(
          cases.slice(at, at + 4).map(async ([args, expected]) => {
            const { code, out, err } = await runCli(args, undefined, { PARQUET_EXT_DEBUG: "1" });
            const what = `${args.map(printableLine).join(" ")}:\n${printableLine(out)}\n${
              printableLine(err)
            }`;
            assert.doesNotMatch(out, RAW, what);
            assert.doesNotMatch(err, RAW, what);
            assert.equal(code, expected, what);
            if (args.includes("--json") && code === 0) {
              const objects = out.startsWith("{\n") ? [out] : out.trimEnd().split("\n");
              assert.ok(
                objects.every((text) => JSON.stringify(JSON.parse(text)).includes("\u202e")),
                what,
              );
            }
          }),
        );
      }
    });
  });
}
